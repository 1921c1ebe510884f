"""What is answered of receivables: the aged balance."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import ConfigDict, Field

from payrisk_api.responses.response_model import Cents, ResponseModel


class AgingLine(ResponseModel):
    """What is owed, by how late it is."""

    model_config = ConfigDict(extra="allow")

    currency: str
    not_due: Cents
    days_1_30: Cents
    days_31_60: Cents
    days_61_90: Cents
    days_over_90: Cents
    settled_residuals: Cents
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
