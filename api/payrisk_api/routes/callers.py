"""Who asks, as the service sees it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from payrisk_api.deps import CallerDep
from payrisk_api.responses.callers import CallerAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1", tags=["access"])


@router.get("/me", response_model=CallerAnswer)
async def me(caller: CallerDep) -> Response:
    """Say whose key this is, what it may do and for which entities."""
    return json_response(
        {
            "name": caller.name or None,
            "key_id": caller.key_id or None,
            "roles": sorted(caller.roles),
            "entities": None if caller.entities is None else sorted(caller.entities),
        }
    )
