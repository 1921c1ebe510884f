"""From which place on changes are asked for, and which links of the audit trail."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from payrisk_api.requests.credit import Cursor
from payrisk_api.requests.request_model import Date, RequestModel, Text


class ChangesQuery(RequestModel):
    """After which place, and how many at most."""

    since: Annotated[int, Field(ge=0, le=2**53, description="`next_since` of before; 0: all.")] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 500


class AuditQuery(RequestModel):
    """Which links of the audit trail, newest first."""

    cursor: Annotated[
        Cursor | None, Field(description="`next_cursor` of the page before; absent: the newest.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    actor: Annotated[
        Text | None, Field(max_length=100, description="A part of the name of who did it.")
    ] = None
    since: Annotated[Date | None, Field(description="Kept on this day (UTC) or later.")] = None
    until: Annotated[Date | None, Field(description="Kept on this day (UTC) or earlier.")] = None
