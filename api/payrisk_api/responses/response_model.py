"""A part of an answer, and how a document of plain values is sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from payrisk.files import json_bytes

Cents = Annotated[
    int,
    Field(description="Minor units of the currency.", json_schema_extra={"format": "minor-units"}),
]


def json_response(document: Any, **headers: str) -> Response:
    """Send a document, or bytes that were encoded before."""
    body = document if isinstance(document, bytes) else json_bytes(document)
    return Response(body, media_type="application/json", headers=headers)


class ResponseModel(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid")
