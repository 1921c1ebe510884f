"""A part of an answer, and how a document of plain values or a file is sent."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
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


MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {} for kind in MEDIA_TYPES.values()}}
}
"""What a route documents that answers with files too."""


def sent_file(kind: str, stem: str, write: Callable[[Path], object]) -> Response:
    """Send what `write` writes to a path as a file to keep. kind: of `MEDIA_TYPES`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{stem}.{kind}"
        write(path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{stem}.{kind}"'}
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


class ResponseModel(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid")
