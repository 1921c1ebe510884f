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


class PromisesAnswer(BooksAnswer):
    """Promises, the latest promised day first; what waits to be posted is not among them."""

    last_action_posted: str | None
    actions_waiting: int
    n_promises: int
    promises: list[PromiseLine]
