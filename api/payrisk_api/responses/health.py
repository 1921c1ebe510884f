"""What is answered of the service itself: whether it is ready."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from payrisk_api.responses.response_model import ResponseModel


class HealthAnswer(ResponseModel):
    """Whether decisions can be kept, and which models answer."""

    status: Literal["ready", "degraded"]
    as_of: dt.date
    ledger_sha: str
    models: dict[str, str | None]
    refused: Annotated[
        dict[str, str],
        Field(
            description="What is promoted or current and does not answer, and why: by model, or"
            " under `home` where nothing that moved can be read. Tried again now and then."
        ),
    ]
    ledger_last_on: Annotated[
        dt.date, Field(description="The day on which the ledger's last fact was recorded.")
    ]
    ledger_age_days: Annotated[
        int, Field(description="Days from that day to the evening before the served morning.")
    ]
    warnings: Annotated[
        list[str],
        Field(description="What whoever watches must know, such as a stale ledger, in words."),
    ]
