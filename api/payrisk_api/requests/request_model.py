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
Identifier = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"
    ),
]
Currency = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$"), Field(examples=["EUR"])
]
Country = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"),
    Field(examples=["DE"]),
]
Horizon = Annotated[int, Field(ge=1, le=730)]
Lateness = Annotated[int, Field(ge=-365, le=730)]


class RequestModel(BaseModel):
    """A part of a question; a field it does not know is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class QuoteBody(RequestModel):
    """An invoice that the ledger need not hold."""

    invoice_id: Identifier = "quote"
    customer_id: Identifier
    issued_on: Date
    due_on: Date
    amount: Annotated[Cents, Field(ge=1)]
    currency: Currency
    country: Country | None = None


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


class AsOfQuery(RequestModel):
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
