"""What may be asked: strict bodies and queries, bounded in every direction."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from payrisk.answers import groups
from payrisk.calendar import day_of
from payrisk.credit import CreditApplication, CreditRequest, Order
from payrisk.readouts import Thresholds

MOST_INVOICES = 1_000
MOST_EXPLAINED = 50
LARGEST_AMOUNT = 10**15
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _words(known: Mapping[str, str]) -> str:
    """Pattern of some of these words with commas between them."""
    word = f"({'|'.join(known)})"
    return f"^{word}(,{word}){{0,{len(known) - 1}}}$"


def _date(value: Any) -> dt.date:
    # pydantic alone would also take timestamps and numbers for dates
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise ValueError("a date is written YYYY-MM-DD")
    return dt.date.fromisoformat(value)


Date = Annotated[
    dt.date,
    BeforeValidator(_date),
    Field(ge=dt.date(1900, 1, 1), le=dt.date(2199, 12, 31)),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2025-03-31"]}),
]
Cents = Annotated[
    int, Field(strict=True, ge=0, le=LARGEST_AMOUNT, description="Minor units of the currency.")
]
SignedCents = Annotated[int, Field(strict=True, ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]
Identifier = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"
    ),
]
Text = Annotated[
    str, StringConstraints(strict=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")
]
Currency = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$"), Field(examples=["EUR"])
]
Country = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"),
    Field(examples=["DE"]),
]
Days = Annotated[int, Field(strict=True, ge=0, le=730)]
Horizon = Annotated[int, Field(ge=1, le=730)]
Lateness = Annotated[int, Field(ge=-365, le=730)]


class Asked(BaseModel):
    """A part of a question; a field it does not know is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ApplicationBody(Asked):
    """What an applicant says of itself; what is unknown is left out."""

    name: Identifier
    currency: Currency
    is_natural_person: Annotated[
        bool | None, Field(strict=True, description="Left out counts as yes.")
    ] = None
    country: Country | None = None
    sector: Text | None = None
    parent_id: Annotated[
        Identifier | None, Field(description="The customer that heads its group.")
    ] = None
    registration_number: Text | None = None
    vat_number: Text | None = None
    lei: Text | None = None
    email: Text | None = None
    website: Text | None = None
    requested_limit: Cents | None = None
    requested_terms_days: Days | None = None
    monthly_sales: Annotated[
        Cents | None, Field(description="Expected in the peak month, net of VAT.")
    ] = None
    founded_on: Date | None = None
    turnover: Annotated[Cents | None, Field(description="Of the last year.")] = None
    net_worth: SignedCents | None = None
    financials_on: Annotated[Date | None, Field(description="Day the figures speak of.")] = None
    bureau_score: Annotated[float | None, Field(strict=True, ge=-1e6, le=1e6)] = None
    bureau_scored_on: Date | None = None
    n_references: Annotated[int | None, Field(strict=True, ge=0, le=1_000)] = None

    def application(self) -> CreditApplication:
        """Make the library's application of it; dates become days."""
        said = self.model_dump()
        days = {name: day_of(v) for name, v in said.items() if isinstance(v, dt.date)}
        return CreditApplication(**(said | days))


class OrderBody(Asked):
    """An order waiting for release."""

    amount: Annotated[Cents, Field(ge=1)]
    currency: Currency
    order_id: Identifier | None = None


class DecisionBody(Asked):
    """An application, or a customer (its limit), or a customer and an order (its release)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "application": {
                        "name": "Muster GmbH",
                        "currency": "EUR",
                        "is_natural_person": False,
                        "requested_limit": 2_000_000,
                        "monthly_sales": 1_000_000,
                        "net_worth": 60_000_000,
                        "turnover": 400_000_000,
                    }
                },
                {"customer_id": "C0001", "order": {"amount": 125_000, "currency": "EUR"}},
            ]
        }
    )

    application: ApplicationBody | None = None
    customer_id: Identifier | None = None
    order: OrderBody | None = None

    @model_validator(mode="after")
    def _is_one_question(self) -> Self:
        is_mixed = (self.application is None) == (self.customer_id is None)
        if is_mixed or (self.order is not None and self.customer_id is None):
            raise ValueError("send an application, a customer_id, or a customer_id and an order")
        return self

    def request(self) -> CreditRequest:
        """Make the library's request of it."""
        order = self.order
        return CreditRequest(
            None if self.application is None else self.application.application(),
            self.customer_id,
            None if order is None else Order(order.amount, order.currency, order.order_id),
        )


class QuoteBody(Asked):
    """An invoice that the ledger need not hold."""

    invoice_id: Identifier = "quote"
    customer_id: Identifier
    issued_on: Date
    due_on: Date
    amount: Annotated[Cents, Field(ge=1)]
    currency: Currency
    country: Country | None = None


class CurvesBody(Asked):
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


class AsOfQuery(Asked):
    """The morning to answer for."""

    as_of: Annotated[
        Date | None,
        Field(
            description="Only facts recorded on earlier days are known; default: the served day."
        ),
    ] = None


class CurvesQuery(AsOfQuery):
    """What to read off the curves."""

    reasons: Annotated[
        bool,
        Field(description=f"Also say why, for at most {MOST_EXPLAINED} invoices."),
    ] = False
    late_after: Annotated[
        Lateness, Field(description="Days late up to which an invoice is on time.")
    ] = 0
    very_late_after: Annotated[
        Lateness, Field(description="Days late after which an invoice is very late.")
    ] = 30
    by_date: Annotated[
        Date | None, Field(description="A day to read the chance of payment at.")
    ] = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.late_after >= self.very_late_after:
            raise ValueError("very_late_after must be more days than late_after")
        return self

    def lines(self) -> Thresholds:
        """Make the library's thresholds of it."""
        by_date = None if self.by_date is None else day_of(self.by_date)
        return Thresholds(self.late_after, self.very_late_after, by_date)


class ForecastQuery(AsOfQuery):
    """Which cash, in which steps."""

    horizon: Annotated[Horizon, Field(description="Days ahead.")] = 91
    by: Literal["day", "week", "month", "quarter"] = "week"
    group: Annotated[
        str | None,
        Field(
            pattern=_words(groups.CASH),
            description="Also by entity, customer, parent or country; several with commas.",
        ),
    ] = None


class AgingQuery(AsOfQuery):
    """Which books: as known on a morning, or as true at the close of an evening."""

    close_of: Annotated[
        Date | None, Field(description="That day included, by all that the ledger holds.")
    ] = None
    by: Annotated[
        str,
        Field(
            pattern=_words(groups.RECEIVABLES),
            description="How `lines` are cut: customer, entity, both with a comma, or currency.",
        ),
    ] = "customer"

    @model_validator(mode="after")
    def _is_one_reading(self) -> Self:
        if self.as_of is not None and self.close_of is not None:
            raise ValueError("ask as_of a morning or close_of an evening, not both")
        return self
