"""What is answered of proposals: overrides that wait for a second person."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from payrisk_api.responses.response_model import ResponseModel


class ProposalAnswer(ResponseModel):
    """An override that waits for a second person, or what became of it."""

    proposal_id: str
    decision_id: str
    proposed_at: dt.datetime
    proposed_by: str
    state: Annotated[
        Literal["waits", "confirmed", "overtaken"],
        Field(description="overtaken: the decision was overridden or erased meanwhile."),
    ]
    override: dict[str, Any]


class ProposalsAnswer(ResponseModel):
    """Overrides that were proposed, the newest first."""

    proposals: list[ProposalAnswer]
