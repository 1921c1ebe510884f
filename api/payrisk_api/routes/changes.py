"""What changed, for warehouses that follow, and who did it, for auditors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from payrisk.store import DecidedDays
from payrisk_api.deps import ServiceDep
from payrisk_api.requests.changes import AuditQuery, ChangesQuery
from payrisk_api.responses.changes import AuditAnswer, ChangesAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1", tags=["changes"])


@router.get("/changes", response_model=ChangesAnswer)
def changes(service: ServiceDep, query: Annotated[ChangesQuery, Query()]) -> Response:
    """List what was kept after a place, in the order of its commits, without a gap.

    Ask again with `next_since`; an empty list means that nothing has changed since.
    """
    rows = service.store.changes(query.since, query.limit)
    return json_response(
        {
            "changes": [row._asdict() for row in rows],
            "next_since": rows[-1].seq if rows else query.since,
        }
    )


@router.get("/audit", response_model=AuditAnswer)
def audit(service: ServiceDep, query: Annotated[AuditQuery, Query()]) -> Response:
    """List what was kept, by whom, the newest first; `payrisk audit verify` proves the chain."""
    before = None if query.cursor is None else int(query.cursor, 16)
    days = DecidedDays(query.since, query.until)
    rows = service.store.audit_lines(before, query.limit + 1, days, query.actor)
    shown = rows[: query.limit]
    return json_response(
        {
            "lines": [row._asdict() for row in shown],
            "next_cursor": f"{shown[-1].seq:x}" if len(rows) > len(shown) else None,
        }
    )
