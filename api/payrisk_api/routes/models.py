"""Which models answer."""

from __future__ import annotations

from fastapi import APIRouter, Response

from payrisk_api.deps import ServiceDep
from payrisk_api.responses.models import ModelAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models", response_model=list[ModelAnswer])
def models(service: ServiceDep) -> Response:
    """List the models in service with their cards, and why others are not.

    A model whose card has expired answers on, with a warning.
    """
    return json_response(service.live.current.models(service.as_of(None)))
