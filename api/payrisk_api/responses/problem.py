"""What is answered where a request is refused or fails (RFC 9457)."""

from __future__ import annotations

from pydantic import BaseModel


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457); nothing that was sent is repeated."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[dict[str, str]] | None = None
