"""What may be asked of liquidity: single needs, or a plan of balances, needs and flows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from payrisk_api.requests.cash import Grain, Layer, RateType
from payrisk_api.requests.request_model import Date, Horizon, MorningQuery, RequestModel

MOST_NEEDS = 50
MOST_PLAN_LINES = 2_000
MOST_MEMBERS = 200

Words = Annotated[str, Field(min_length=1, max_length=100)]
Note = Annotated[str, Field(max_length=200)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
DecimalText = Annotated[
    str,
    Field(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$", description='In whole units: "50000.00".'),
]


class LiquidityQuery(MorningQuery):
    """Which needs are held against the cash that comes."""

    horizon: Annotated[Horizon, Field(description="Days ahead.")] = 91
    view: Literal["model", "adjusted"] = "model"
    layer: Layer = "all"
    need: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=160)]],
        Field(
            min_length=1,
            max_length=MOST_NEEDS,
            description="CURRENCY:AMOUNT:DATE[:ENTITY] in whole units, like"
            " EUR:250000.00:2025-06-30:DE01; the entity where several receive it; repeatable.",
        ),
    ]


class CashPlanLine(RequestModel):
    """One line of a cash plan; an opening balance needs its account and its source."""

    kind: Literal["opening", "inflow", "outflow", "need", "minimum"]
    on: Date
    entity_id: Words
    currency: Code
    amount: DecimalText
    account: Note = ""
    source: Note = ""
    note: Note = ""


class CashPoolMember(RequestModel):
    """An entity's money in a currency, as part of a pool."""

    pool: Words
    pool_currency: Code
    entity_id: Words
    currency: Code
    trapped: DecimalText = "0"
    rate: Annotated[
        str,
        Field(
            pattern=r"^([0-9]{1,9}(\.[0-9]{1,9})?)?$",
            description="Units of the pool's currency for one; empty takes the ledger's.",
        ),
    ] = ""
    rate_on: Date | None = None


class CashPlanRequest(MorningQuery):
    """A plan to be walked, and the pools in which money of several entities is one."""

    horizon: Annotated[Horizon, Field(description="Days ahead.")] = 91
    by: Grain = "week"
    view: Literal["model", "adjusted"] = "model"
    layer: Layer = "all"
    rate_type: RateType = "spot"
    plan: Annotated[list[CashPlanLine], Field(min_length=1, max_length=MOST_PLAN_LINES)]
    pools: Annotated[list[CashPoolMember], Field(max_length=MOST_MEMBERS)] = Field(
        default_factory=list
    )
