"""What may be asked at once: questions of a batch, each under a key of its own."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from payrisk_api.requests.credit import DecisionBody
from payrisk_api.requests.request_model import RequestModel


class BatchQuestion(DecisionBody):
    """A question of a batch under a key of its own, as alone in the header Idempotency-Key."""

    key: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]

    def alone(self) -> DecisionBody:
        """The question as it is asked alone."""
        return DecisionBody.model_validate(self.model_dump(exclude={"key"}, exclude_unset=True))


class BatchBody(RequestModel):
    """Several questions, each decided and kept as if it was asked alone, in this order."""

    questions: Annotated[list[BatchQuestion], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _has_a_key_each(self) -> Self:
        if len({question.key for question in self.questions}) < len(self.questions):
            raise ValueError("each question of a batch has a key of its own")
        return self
