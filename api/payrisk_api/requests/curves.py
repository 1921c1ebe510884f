"""What may be asked of payment curves: invoices of the ledger or quotes, and what to read off."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from payrisk.calendar import day_of
from payrisk.readouts import Thresholds
from payrisk_api.requests.request_model import (
    Amount,
    Country,
    Currency,
    Date,
    Identifier,
    MorningQuery,
    RequestModel,
    with_minor_units,
)

MOST_INVOICES = 1_000
MOST_EXPLAINED = 50
DaysLate = Annotated[int, Field(ge=-365, le=730)]


class QuoteBody(RequestModel):
    """An invoice that the ledger need not hold."""

    invoice_id: Identifier = "quote"
    customer_id: Identifier
    issued_on: Date
    due_on: Date
    amount: Annotated[Amount, Field(ge=1)]
    currency: Currency
    country: Country | None = None
    discount_days: Annotated[
        int | None,
        Field(
            ge=0,
            le=365,
            description="Days from the issue within which a discount may be taken; the curve then"
            " counts on it as often as this customer took past ones.",
        ),
    ] = None

    @model_validator(mode="after")
    def _ends_before_it_is_due(self) -> Self:
        wait = day_of(self.due_on) - day_of(self.issued_on)
        if self.discount_days is not None and self.discount_days >= wait:
            raise ValueError("discount_days must be fewer than the days until due_on")
        return self

    @model_validator(mode="before")
    @classmethod
    def _in_minor_units(cls, fields: Any) -> Any:
        currency = fields.get("currency") if isinstance(fields, dict) else None
        return with_minor_units(fields, ("amount",), currency)


class CurvesBody(RequestModel):
    """Invoices of the ledger by id, or quotes."""

    invoice_ids: (
        Annotated[list[Identifier], Field(min_length=1, max_length=MOST_INVOICES)] | None
    ) = None
    invoices: Annotated[list[QuoteBody], Field(min_length=1, max_length=MOST_INVOICES)] | None = (
        None
    )

    @model_validator(mode="after")
    def _is_one_question(self) -> Self:
        if (self.invoice_ids is None) == (self.invoices is None):
            raise ValueError("send either invoice_ids or invoices")
        return self


class CurvesQuery(MorningQuery):
    """What to read off the curves."""

    reasons: Annotated[
        bool,
        Field(description=f"Also say why, for at most {MOST_EXPLAINED} invoices."),
    ] = False
    late_after: Annotated[
        DaysLate, Field(description="Days late up to which an invoice is on time.")
    ] = 0
    very_late_after: Annotated[
        DaysLate, Field(description="Days late after which an invoice is very late.")
    ] = 30
    by_date: Annotated[
        Date | None, Field(description="A day to read the chance of payment at.")
    ] = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.late_after >= self.very_late_after:
            raise ValueError("very_late_after must be more days than late_after")
        return self

    def thresholds(self) -> Thresholds:
        """Make the library's thresholds of it."""
        by_date = None if self.by_date is None else day_of(self.by_date)
        return Thresholds(self.late_after, self.very_late_after, by_date)
