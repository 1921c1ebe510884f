"""What is answered of collecting: actions as they are kept, promises and what came of them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from payrisk_api.responses.receivables import BooksAnswer
from payrisk_api.responses.response_model import ResponseModel

Decimal = Annotated[str, Field(description="Decimal text in the currency's decimals.")]


class PlanPartLine(ResponseModel):
    """One payment of a plan."""

    due_on: dt.date
    amount: Decimal


class ActionLine(ResponseModel):
    """One recorded action."""

    action_id: str
    made_at: str
    undone_by: Annotated[str | None, Field(description="The action that took it back.")]
    kind: str
    customer_id: str
    name: str
    actor: str
    happened_on: dt.date
    recorded_on: dt.date
    invoices: list[str]
    amount: Decimal | None
    currency: str | None
    refers_on: dt.date | None
    parts: list[PlanPartLine]
    channel: str | None
    tone: str | None
    outcome: str | None
    reason: str | None
    owner: str | None
    undoes: str | None
    text: str | None
    standing: Annotated[
        str,
        Field(description="posted, waits (for the next posting), kept here, or undone."),
    ]


class ActionsAnswer(ResponseModel):
    """Recorded actions, newest first, and how far the ledger knows them."""

    ledger_sha: str
    last_action_posted: str | None
    actions_waiting: int
    n_actions: int
    actions: list[ActionLine]


class PromiseLine(ResponseModel):
    """One promise to pay and what came of it."""

    customer_id: str
    name: str
    invoice_id: Annotated[str | None, Field(description="Null: the whole account.")]
    instalment: int
    currency: str
    promised: Annotated[int, Field(json_schema_extra={"format": "minor-units"})]
    received: Annotated[int, Field(json_schema_extra={"format": "minor-units"})]
    made_on: dt.date
    promised_on: dt.date
    state: str
    probability_kept: Annotated[
        float | None,
        Field(description="Of one pending: the chance that 95 % comes by its day and 3 more."),
    ]


class PromisesAnswer(BooksAnswer):
    """Promises, the latest promised day first; what waits to be posted is not among them."""

    last_action_posted: str | None
    actions_waiting: int
    n_promises: int
    promises: list[PromiseLine]


MinorUnits = Annotated[int, Field(json_schema_extra={"format": "minor-units"})]


class WorklistRow(ResponseModel):
    """One customer to act on."""

    rank: int
    customer_id: str
    name: str
    collector: str | None
    step: Annotated[str, Field(description="reminder, call or plan.")]
    channel: str
    tone: str
    contact: Annotated[str | None, Field(description="Told to collectors alone.")]
    currency: str
    overdue: MinorUnits
    n_invoices: int
    oldest_days_late: int
    value: Annotated[
        MinorUnits, Field(description="Money sooner and loss avoided, less the cost.")
    ]
    held_a_month_earlier: Annotated[MinorUnits, Field(description="Cash × days sooner ÷ 30.")]
    expected_30_days: Annotated[MinorUnits, Field(description="Likely to come anyhow.")]
    claimed_by: str | None
    reason: str
    invoices: str


class LeftAloneRow(ResponseModel):
    """One customer that owes and is left alone."""

    customer_id: str
    name: str
    currency: str
    overdue: MinorUnits
    oldest_days_late: int
    why: str


class EffectRow(ResponseModel):
    """What a step is taken to change, and where that is known from."""

    step: str
    answered: float
    resented: float
    recovered: float
    cost: Annotated[float, Field(description="Major units of the list's currency.")]
    source: str


class WorklistAnswer(ResponseModel):
    """Whom to act on, who waits and why, and what the ranking rests on."""

    as_of: dt.date
    ledger_sha: str
    last_action_posted: str | None
    actions_waiting: int
    curves: str
    currency: str
    ranked_by: str
    chance_need_is_reached: float | None
    rows: list[WorklistRow]
    n_waiting: int
    waiting: list[LeftAloneRow]
    effects: list[EffectRow]
    unrated: Annotated[
        dict[str, int], Field(description="Overdue by currency without a rate, minor units.")
    ]
