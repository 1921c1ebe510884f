"""What may be recorded and asked of collecting: actions, what is taken back, promises."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payrisk.calendar import day_of
from payrisk.collecting.recording.action import Action, InvoicePart, PlanPart
from payrisk.errors import InputError
from payrisk_api.requests.receivables import BooksQuery
from payrisk_api.requests.request_model import (
    AmountAsWritten,
    AsOfQuery,
    Currency,
    Date,
    Identifier,
    Prose,
    RequestModel,
    minor_units,
)

Words = Annotated[Prose, Field(min_length=1)]


class PlanPartBody(RequestModel):
    """One payment of a plan."""

    due_on: Date
    amount: AmountAsWritten


class ActionBody(RequestModel):
    """What was done about a customer's open items, or what it said.

    The day it is recorded is the service's own; who records it is told by the service, too.
    """

    kind: Literal[
        "call",
        "reminder",
        "note",
        "promise",
        "dispute_opened",
        "dispute_closed",
        "plan",
        "escalation",
        "claim",
        "release",
    ]
    customer_id: Identifier
    happened_on: Annotated[Date | None, Field(description="Default: today.")] = None
    invoices: Annotated[
        tuple[Identifier, ...],
        Field(max_length=200, description="ID, or ID/2 for a second instalment; none: all."),
    ] = ()
    amount: AmountAsWritten | None = None
    currency: Currency | None = None
    refers_on: Annotated[
        Date | None, Field(description="The day promised, or up to which a claim holds.")
    ] = None
    parts: Annotated[tuple[PlanPartBody, ...], Field(max_length=60)] = ()
    channel: Literal["telephone", "e-mail", "letter", "portal", "visit", "message"] | None = None
    tone: Literal["friendly", "firm", "empathetic"] | None = None
    outcome: Literal["reached", "message left", "nobody reached", "wrong number"] | None = None
    reason: Words | None = None
    owner: Words | None = None
    text: Annotated[Words | None, Field(description="Kept where it can be erased.")] = None

    def action(self, actor: str, today: int) -> Action:
        """The action, recorded today by this actor."""
        return Action(
            kind=self.kind,
            customer_id=self.customer_id,
            actor=actor,
            happened_on=_day(self.happened_on) or today,
            recorded_on=today,
            invoices=tuple(map(InvoicePart.from_text, self.invoices)),
            amount=_cents(self.amount, self.currency),
            currency=self.currency,
            refers_on=_day(self.refers_on),
            parts=tuple(
                PlanPart(day_of(part.due_on), _cents(part.amount, self.currency) or 0)
                for part in self.parts
            ),
            channel=self.channel,
            tone=self.tone,
            outcome=self.outcome,
            reason=self.reason,
            owner=self.owner,
            text=self.text,
        )


class UndoBody(RequestModel):
    """Why an action is taken back."""

    reason: Words


class ActionsQuery(RequestModel):
    """Which recorded actions."""

    customer_id: Identifier | None = None
    kind: Annotated[str | None, Field(max_length=20)] = None
    offset: Annotated[int, Field(ge=0, le=10**7)] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class PromisesQuery(BooksQuery):
    """Which promises, by which books."""

    state: (
        Literal["kept", "part_kept", "broken", "renegotiated", "pending", "not_needed"] | None
    ) = None
    offset: Annotated[int, Field(ge=0, le=10**7)] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class WorklistQuery(AsOfQuery):
    """Which morning's list, how long, in which currency, and for which shortfall."""

    limit: Annotated[int | None, Field(ge=1, le=1_000)] = None
    currency: Annotated[
        Currency | None, Field(description="Default: that of most late invoices.")
    ] = None
    for_shortfall: Annotated[
        Date | None, Field(description="Rank by the chance that cash reaches `need` by this day.")
    ] = None
    need: Annotated[
        int | None, Field(ge=1, le=10**15, description="Minor units of `currency`.")
    ] = None
    waiting_limit: Annotated[int, Field(ge=0, le=10_000)] = 200

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.for_shortfall is not None and (self.need is None or self.currency is None):
            raise ValueError("a shortfall needs its need and its currency")
        return self


def _cents(amount: int | str | None, currency: str | None) -> int | None:
    """Minor units; a text needs the currency that tells its decimals."""
    if not isinstance(amount, str):
        return amount
    if currency is None:
        raise InputError("An amount is above 0 and has a currency; give both.")
    try:
        return minor_units(amount, "amount", currency)
    except ValueError as error:
        raise InputError(f"{error}.") from None


def _day(date: dt.date | None) -> int | None:
    return None if date is None else day_of(date)
