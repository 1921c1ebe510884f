"""What is answered: the shapes of the answers, as documented in openapi.json."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from payrisk.files import json_bytes

Cents = Annotated[int, Field(description="Minor units of the currency.")]


def answer(document: Any, **headers: str) -> Response:
    """Send a document, or bytes encoded before."""
    body = document if isinstance(document, bytes) else json_bytes(document)
    return Response(body, media_type="application/json", headers=headers)


class ResponseModel(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid")


class ReasonAnswer(ResponseModel):
    """One cause, in words a person can check."""

    code: str
    text: str
    contribution: float
    source: str
    dated_on: dt.date | None


class BalanceAnswer(ResponseModel):
    """Where every cent of the open balance goes."""

    model_config = ConfigDict(extra="allow")

    currency: str
    open_balance: Cents
    settled_by_credits: Cents
    within_horizon: Cents
    beyond_horizon: Cents
    never: Cents


class AgingLine(ResponseModel):
    """What is owed, by how late it is."""

    model_config = ConfigDict(extra="allow")

    currency: str
    not_due: Cents
    days_1_30: Cents
    days_31_60: Cents
    days_61_90: Cents
    days_over_90: Cents
    open: Cents
    unapplied: Cents
    net: Cents
    disputed: Cents


class AgingAnswer(ResponseModel):
    """The aged balance, tied to the ledger to the cent."""

    close_of: dt.date
    known_before: Annotated[
        dt.date, Field(description="Only facts recorded on earlier days are in it.")
    ]
    ledger_sha: str
    totals: list[AgingLine]
    lines: list[AgingLine]


class ModelAnswer(ResponseModel):
    """A model in service, or why it is not, or why the version before it still is."""

    name: str
    version: str | None
    is_available: bool
    why_not: Annotated[
        str | None,
        Field(
            description="Why the promoted version does not answer, or that none is promoted;"
            " another version may answer meanwhile."
        ),
    ]
    expired: Annotated[
        bool, Field(description="Whether its card's last day is before the served morning.")
    ]
    warning: str | None
    card: dict[str, Any] | None


class HealthAnswer(ResponseModel):
    """Whether decisions can be kept, and which models answer."""

    status: Literal["ready", "degraded"]
    as_of: dt.date
    ledger_sha: str
    models: dict[str, str | None]
    refused: Annotated[
        dict[str, str],
        Field(
            description="What is promoted or current and does not answer, and why: by model, or"
            " under `home` where nothing that moved can be read. Tried again now and then."
        ),
    ]


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457); nothing that was sent is repeated."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[dict[str, str]] | None = None
