"""Questions that a morning answered before: each answer is a part of the prepared morning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payrisk.answers.answering import Answers
from payrisk.answers.champions import CURVES
from payrisk.answers.mornings.kept import LedgerMorning
from payrisk.answers.mornings.parts import ANSWERED, Buffer

Question = Mapping[str, Any]
"""All that is asked in plain values, and by which code it is answered."""


@dataclass(frozen=True)
class AnsweredQuestions:
    """What was answered of one morning, as files; another ledger, model or policy finds none.

    morning: where parts are kept, None keeps none. basis: model and policy by their hashes.
    """

    morning: LedgerMorning | None
    basis: Mapping[str, str]

    def read(self, question: Question) -> Mapping[str, Buffer] | None:
        """The files of an answer to the same question; None where there is none that is whole."""
        if self.morning is None:
            return None
        part = self.morning.read(ANSWERED, question=question, **self.basis)
        return None if part is None else part.files

    def keep(self, question: Question, files: Mapping[str, bytes]) -> None:
        """Keep the files of an answer; where there is no room nothing is kept."""
        if self.morning is not None:
            self.morning.keep(ANSWERED, files, question=question, **self.basis)


def earlier_cash_questions(answers: Answers, as_of: int) -> AnsweredQuestions:
    """The questions on a morning's cash that were answered before, by the same curve model."""
    champion = answers.champions.get(CURVES)
    model = str(getattr(champion, "digest", ""))
    morning = None
    if answers.parts is not None and answers.ledger_sha and champion is not None and model:
        morning = LedgerMorning(answers.parts, as_of, answers.ledger_sha)
    version = "" if champion is None else str(champion.version)
    basis = {"model": model, "version": version, "policy": answers.policy.sha}
    return AnsweredQuestions(morning, basis)
