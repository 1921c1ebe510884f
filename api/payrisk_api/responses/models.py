"""What is answered of models: which are in service, and why others are not."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from payrisk_api.responses.response_model import ResponseModel


class ModelAnswer(ResponseModel):
    """A model in service, or why it is not, or why the version before it still is."""

    name: str
    version: str | None
    is_available: bool
    why_not: Annotated[
        str | None,
        Field(
            description="Why the promoted version does not answer, or that none is promoted;"
            " another version may answer meanwhile."
        ),
    ]
    expired: Annotated[
        bool, Field(description="Whether its card's last day is before the served morning.")
    ]
    warning: str | None
    card: dict[str, Any] | None
