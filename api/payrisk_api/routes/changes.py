"""What changed, for warehouses that follow."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from payrisk_api.deps import ServiceDep
from payrisk_api.requests.changes import ChangesQuery
from payrisk_api.responses.changes import ChangesAnswer
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
