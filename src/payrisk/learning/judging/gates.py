"""Judge a candidate: each promise against its number, and one verdict in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from payrisk.files import plain_value
from payrisk.learning.judging.spec import Gate

Metrics = Mapping[str, Mapping[str, float]]
MOST_MB = 100.0
MOST_MS = 500.0
"""Of the processor, for one question alone; a screen waits no longer."""
ASKED_TIMES = 7
_COUNTED = {"n": "rows", "n_events": "events"}
Outcome = Literal["passed", "refused", "not verifiable"]


@dataclass(frozen=True)
class Check:
    """One promise in words, the value found and the bound it had to keep (NaN = not measured).

    needs: what is still missing before the value proves anything, such as '500 rows'; '' where
    enough stands behind it. is_decisive: whether nothing is passed without it.
    """

    sentence: str
    value: float
    bound: float
    needs: str = ""
    is_decisive: bool = False

    @property
    def outcome(self) -> Outcome:
        """Whether the promise was kept."""
        if math.isnan(self.value) or math.isnan(self.bound) or self.needs:
            return "not verifiable"
        return "passed" if self.value <= self.bound else "refused"


@dataclass(frozen=True)
class Verdict:
    """All checks of a candidate; refused when one is, not verifiable when no gate could be asked.

    n_gates: how many of the checks, from the first on, are gates of the spec, all where None:
    the others may refuse, but what was not judged by a gate is not passed.
    """

    checks: tuple[Check, ...]
    note: str = ""
    n_gates: int | None = None

    @property
    def outcome(self) -> Outcome:
        """The verdict."""
        if any(check.outcome == "refused" for check in self.checks):
            return "refused"
        if any(check.is_decisive and check.outcome != "passed" for check in self.checks):
            return "not verifiable"
        gates = {check.outcome for check in self.checks[: self.n_gates]}
        return "passed" if "passed" in gates else "not verifiable"

    @property
    def sentence(self) -> str:
        """The verdict in words, naming what failed."""
        failed = [
            f"{c.sentence} (found {c.value:.4g}, bound {c.bound:.4g})"
            for c in self.checks
            if c.outcome == "refused"
        ]
        few = dict.fromkeys(f"{c.sentence.split()[0]} needs {c.needs}" for c in self._too_few)
        more = f" ({', '.join(few)})" if few else ""
        words = {
            "passed": "Every gate that could be measured was passed.",
            "refused": f"Refused: {'; '.join(failed)}.",
            "not verifiable": f"Not verifiable yet{more}.",
        }
        return f"{words[self.outcome]} {self.note}".strip()

    @property
    def _too_few(self) -> list[Check]:
        return [c for c in self.checks if c.needs and not self.note]

    def with_checks(self, checks: Sequence[Check]) -> Self:
        """The verdict with further checks, which may refuse but not pass it."""
        n_gates = len(self.checks) if self.n_gates is None else self.n_gates
        return type(self)((*self.checks, *checks), self.note, n_gates)

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        return {
            "outcome": self.outcome,
            "sentence": self.sentence,
            "checks": [
                {
                    "gate": check.sentence,
                    "value": plain_value(check.value),
                    "bound": plain_value(check.bound),
                    "outcome": check.outcome,
                    **({"needs": check.needs} if check.needs else {}),
                }
                for check in self.checks
            ],
        }


def judge(name: str, gates: Sequence[Gate], metrics: Metrics, note: str = "") -> Verdict:
    """Check the model `name` against its gates; metrics: model name → metric → value.

    A metric or baseline that was not measured makes its gate not verifiable, never passed.
    """
    nothing = float("nan")
    own = metrics.get(name, {})
    checks = []
    for gate in gates:
        other = metrics.get(gate.against, {}).get(gate.metric, nothing)
        bound = {
            "at most": gate.limit,
            "times": gate.limit * other,
            "plus": gate.limit + other,
        }[gate.how]
        needs = ""
        if gate.needs is not None and not own.get(gate.needs[0], 0.0) >= gate.needs[1]:
            needs = f"{gate.needs[1]} {_COUNTED.get(gate.needs[0], gate.needs[0])}"
        checks.append(Check(gate.sentence, own.get(gate.metric, nothing), bound, needs))
    return Verdict(tuple(checks), note)


def serving_cost(
    files: Mapping[str, bytes], ask: Callable[[], object], clock: Callable[[], float]
) -> list[Check]:
    """What a model costs whoever serves it, as promises: its size on disk, the time of one answer.

    files: of the model; ask: one question, answered; clock: seconds of the processor, so that what
    else the machine does while it trains is no burden of the model's. The least of a few answers,
    the first left out: a model is read once and asked often.
    """
    megabytes = sum(len(content) for content in files.values()) / 1e6
    took = []
    for _ in range(ASKED_TIMES + 1):
        began = clock()
        ask()
        took.append(clock() - began)
    return [
        Check(f"megabytes on disk, at most {MOST_MB:g}", round(megabytes, 3), MOST_MB),
        Check(
            f"milliseconds of processor time for one answer, at most {MOST_MS:g}",
            round(1000.0 * min(took[1:]), 1),
            MOST_MS,
        ),
    ]
