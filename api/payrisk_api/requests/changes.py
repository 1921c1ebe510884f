"""From which place on changes are asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from payrisk_api.requests.request_model import RequestModel


class ChangesQuery(RequestModel):
    """After which place, and how many at most."""

    since: Annotated[int, Field(ge=0, le=2**53, description="`next_since` of before; 0: all.")] = 0
    limit: Annotated[int, Field(ge=1, le=1_000)] = 500
