"""What may be asked of cash: strict queries, bounded in every direction."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payrisk.answers import groups
from payrisk.answers.cash.choosing import CashChoice
from payrisk.cash.forecasting.forecast import LEVELS
from payrisk_api.requests.request_model import (
    Currency,
    Date,
    Format,
    Horizon,
    MorningQuery,
    RequestModel,
    group_pattern,
)

Grain = Literal["day", "week", "month", "quarter"]
RateType = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_]{1,30}$", description="Which of the ledger's rates convert.")
]
Base = Annotated[Currency | None, Field(description="Show all currencies in this one.")]
Words = Annotated[str, Field(min_length=1, max_length=100)]
MOST_SCENARIOS = 8


class ForecastQuery(MorningQuery):
    """Which cash, in which steps."""

    horizon: Annotated[Horizon, Field(description="Days ahead.")] = 91
    by: Literal["day", "week", "month", "quarter"] = "week"
    group: Annotated[
        str | None,
        Field(
            pattern=group_pattern(groups.CASH),
            description="Also by entity, customer, parent or country; several with commas.",
        ),
    ] = None


class CashQuery(ForecastQuery):
    """Which cash, in which steps, in which form."""

    currency: Annotated[Currency | None, Field(description="Only this one.")] = None
    entity: Annotated[Words | None, Field(description="Only this entity's.")] = None
    country: Annotated[Words | None, Field(description="Only of customers there.")] = None
    customer: Annotated[Words | None, Field(description="Only this customer's.")] = None
    parent: Annotated[
        Words | None, Field(description="Only of this parent and its customers.")
    ] = None
    quantiles: Annotated[
        str,
        Field(
            pattern=r"^(0\.[0-9]{1,3})(,0\.[0-9]{1,3}){0,8}$",
            description="Levels of the totals' quantiles, ascending, with commas.",
        ),
    ] = ",".join(map(str, LEVELS))
    intercompany: Annotated[
        Literal["with", "without", "only"], Field(description="Customers of our own group.")
    ] = "with"
    basis: Annotated[
        Literal["booking", "value"],
        Field(
            description="Cash on the day it is booked, or the day the bank counts it;"
            " `basis_said` says which it is, should no value date have been recorded."
        ),
    ] = "booking"
    arriving: Annotated[
        bool,
        Field(
            description="In the currencies that customers pay in, not those of the invoices;"
            " `fx` tells what of each invoice currency arrives in which, and at which rate."
        ),
    ] = False
    base: Base = None
    rate_type: RateType = "spot"
    format: Annotated[
        Format, Field(description="json, or flat records as a file for spreadsheets and BI.")
    ] = "json"

    @model_validator(mode="after")
    def _is_ascending(self) -> Self:
        levels = self.levels()
        if levels != tuple(sorted(set(levels))) or levels[0] == 0:
            raise ValueError("quantiles must ascend and lie between 0 and 1")
        return self

    def choice(self) -> CashChoice:
        """Whose cash is asked for."""
        return CashChoice(
            self.currency or "",
            self.entity or "",
            self.country or "",
            self.customer or "",
            self.parent or "",
        )

    def levels(self) -> tuple[float, ...]:
        """The levels as numbers."""
        return tuple(float(text) for text in self.quantiles.split(","))


Layer = Annotated[
    Literal["all", "open"],
    Field(description="All receipts to come, or those of open invoices alone."),
]


class SnapshotQuery(RequestModel):
    """Which totals of a published forecast."""

    by: Grain = "week"


class VarianceQuery(RequestModel):
    """Which days of a published forecast are held against what came, and by whose knowledge."""

    by: Grain = "week"
    until: Annotated[
        Date | None, Field(description="Last day compared; default all that is over.")
    ] = None
    known: Annotated[
        Date | None,
        Field(description="The morning whose knowledge judges; default all that is recorded."),
    ] = None
    view: Annotated[
        Literal["model", "adjusted"],
        Field(description="The model alone, or with promises and user dates."),
    ] = "model"
    layer: Layer = "all"


class ScenarioQuery(MorningQuery):
    """Which changes, side by side."""

    horizon: Annotated[Horizon, Field(description="Days ahead.")] = 91
    by: Grain = "week"
    layer: Layer = "all"
    base: Base = None
    rate_type: RateType = "spot"
    scenario: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=120)]],
        Field(
            min_length=1,
            max_length=MOST_SCENARIOS,
            description="largest:N:DAYS, slower:PERCENT,"
            " stops:customer|parent|country|entity:NAME, fx:CURRENCY:PERCENT,"
            " discount:PERCENT:DAYS:NET[:TAKE-UP], terms:DAYS; repeatable.",
        ),
    ]


class PositionsQuery(MorningQuery):
    """Whose balances, at the end of which buckets."""

    horizon: Annotated[Horizon, Field(description="Days ahead.")] = 91
    by: Grain = "week"
    layer: Layer = "all"
