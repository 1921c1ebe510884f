"""What may be asked of receivables: the aged balance and its documents, roll rates, KPIs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payrisk.answers import groups
from payrisk_api.requests.request_model import AsOfQuery, Date, Identifier, group_pattern

Base = Annotated[
    str | None,
    Field(
        pattern="^([A-Z]{3}|entity)$",
        description="A currency, or entity for each one's own; left out, currencies stay apart.",
    ),
]


class BooksQuery(AsOfQuery):
    """Which books: as known on a morning, or as true at the close of an evening."""

    close_of: Annotated[
        Date | None, Field(description="That day included, by all that the ledger holds.")
    ] = None

    @model_validator(mode="after")
    def _is_one_reading(self) -> Self:
        if self.as_of is not None and self.close_of is not None:
            raise ValueError("ask as_of a morning or close_of an evening, not both")
        return self


class AgedQuery(BooksQuery):
    """By what, and into which buckets, the balance is aged."""

    buckets: Annotated[
        str,
        Field(
            pattern=r"^[1-9]\d{0,3}(,[1-9]\d{0,3}){0,23}$",
            description="The last day of each bucket but the open one, rising.",
        ),
    ] = "30,60,90"
    age_by: Annotated[
        Literal["due", "issued"], Field(description="Days late, or days since issue.")
    ] = "due"


class AgingQuery(AgedQuery):
    """How the aged balance is cut, and in which currency it is given."""

    by: Annotated[
        str,
        Field(
            pattern=group_pattern(groups.RECEIVABLES),
            description="How `lines` are cut: customer, parent, country, segment, entity, several"
            " with commas, or currency.",
        ),
    ] = "customer"
    base: Base = None


class DocumentsQuery(AgedQuery):
    """Which documents behind the aged balance."""

    customer_id: Identifier | None = None
    bucket: Annotated[
        str | None,
        Field(
            pattern="^[a-z0-9_]{1,40}$",
            description="Only those in this column of the aging, for example days_31_60.",
        ),
    ] = None
    offset: Annotated[int, Field(ge=0, le=10**9)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class RollRatesQuery(AsOfQuery):
    """Over which months; `as_of` says by which knowledge."""

    since: Date
    until: Date


class KpisQuery(BooksQuery):
    """How the KPIs are cut, over which days, and which choices their terms make."""

    by: Annotated[
        str,
        Field(pattern=group_pattern(groups.RECEIVABLES), description="As in the aging."),
    ] = "currency"
    window_days: Annotated[int, Field(ge=1, le=3650)] = 90
    base: Base = None
    credit_notes: Literal["netted", "gross"] = "netted"
    vat: Literal["included", "excluded"] = "included"
    unapplied: Literal["apart", "netted"] = "apart"
    history: Annotated[
        int, Field(ge=1, le=60, description="Months, one row each; more than 1 has `uk_…`.")
    ] = 1


class ContributionsQuery(BooksQuery):
    """Since which evening each customer's part in the change of the DSO is asked for."""

    since: Date
    window_days: Annotated[int, Field(ge=1, le=3650)] = 90
    base: Base = None
    credit_notes: Literal["netted", "gross"] = "netted"
    vat: Literal["included", "excluded"] = "included"
    unapplied: Literal["apart", "netted"] = "apart"
