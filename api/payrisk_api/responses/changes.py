"""What is answered of changes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from payrisk_api.responses.response_model import ResponseModel


class ChangeLine(ResponseModel):
    """Something that was kept; `id` reads it where it has a route of its own."""

    seq: int
    at: dt.datetime
    what: Annotated[str, Field(description="As `credit.decided` or `collecting.recorded`.")]
    id: str
    customer_id: str | None


class ChangesAnswer(ResponseModel):
    """Changes in the order of their commits."""

    changes: list[ChangeLine]
    next_since: int


class AuditLineAnswer(ChangeLine):
    """A link of the audit chain with who did it."""

    actor: Annotated[
        str | None, Field(description="Null where the house decided or nobody is named.")
    ]
    decision_id: Annotated[str | None, Field(description="The decision that it is, or is about.")]


class AuditAnswer(ResponseModel):
    """A page of the audit trail, newest first."""

    lines: list[AuditLineAnswer]
    next_cursor: str | None
