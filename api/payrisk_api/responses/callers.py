"""What is answered of whoever asks."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from payrisk_api.responses.response_model import ResponseModel


class CallerAnswer(ResponseModel):
    """Whose key was sent, and what it may do."""

    name: Annotated[str | None, Field(description="Its holder; null in a home without keys.")]
    key_id: str | None
    roles: list[str]
    entities: Annotated[
        list[str] | None, Field(description="The entities it is for; null for all.")
    ]
