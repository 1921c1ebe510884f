"""What is answered as a reason: one cause of a risk, a decision or a payment day."""

from __future__ import annotations

import datetime as dt

from payrisk_api.responses.response_model import ResponseModel


class ReasonAnswer(ResponseModel):
    """One cause, in words a person can check."""

    code: str
    text: str
    contribution: float
    source: str
    dated_on: dt.date | None
