"""What is answered of a batch: each decision as if it was asked alone, or why there is none."""

from __future__ import annotations

from payrisk_api.responses.credit import DecisionAnswer
from payrisk_api.responses.problem import ProblemDocument
from payrisk_api.responses.response_model import ResponseModel


class BatchLine(ResponseModel):
    """One question of a batch, under its key."""

    key: str
    status: int
    decision: DecisionAnswer | None = None
    problem: ProblemDocument | None = None


class BatchAnswer(ResponseModel):
    """The decisions of a batch, in the order of its questions."""

    decisions: list[BatchLine]
