"""Judge a candidate: each gate against its number, and one verdict in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from payrisk.learning.spec import Gate

Metrics = Mapping[str, Mapping[str, float]]
_COUNTED = {"n": "rows", "n_events": "events"}
Outcome = Literal["passed", "refused", "not verifiable"]


@dataclass(frozen=True)
class Check:
    """One gate with the value found and the bound it had to keep (NaN = could not be measured).

    `is_enough` is False where too few rows or events stand behind the value.
    """

    gate: Gate
    value: float
    bound: float
    is_enough: bool = True

    @property
    def outcome(self) -> Outcome:
        """Whether the promise was kept."""
        if math.isnan(self.value) or math.isnan(self.bound) or not self.is_enough:
            return "not verifiable"
        return "passed" if self.value <= self.bound else "refused"


@dataclass(frozen=True)
class Verdict:
    """All checks of a candidate; refused when one is, not verifiable when none could be made."""

    checks: tuple[Check, ...]
    note: str = ""

    @property
    def outcome(self) -> Outcome:
        """The verdict."""
        outcomes = {check.outcome for check in self.checks}
        if "refused" in outcomes:
            return "refused"
        return "passed" if "passed" in outcomes else "not verifiable"

    @property
    def sentence(self) -> str:
        """The verdict in words, naming what failed."""
        failed = [
            f"{c.gate.sentence} (found {c.value:.4g}, bound {c.bound:.4g})"
            for c in self.checks
            if c.outcome == "refused"
        ]
        few = [
            f"{c.gate.metric} needs {c.gate.needs[1]} {_COUNTED.get(*c.gate.needs[:1] * 2)}"
            for c in self.checks
            if c.gate.needs is not None and not c.is_enough and not self.note
        ]
        more = f" ({', '.join(few)})" if few else ""
        words = {
            "passed": "Every gate that could be measured was passed.",
            "refused": f"Refused: {'; '.join(failed)}.",
            "not verifiable": f"Not verifiable yet{more}.",
        }
        return f"{words[self.outcome]} {self.note}".strip()

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        return {
            "outcome": self.outcome,
            "sentence": self.sentence,
            "checks": [
                {
                    "gate": check.gate.sentence,
                    "value": None if math.isnan(check.value) else check.value,
                    "bound": None if math.isnan(check.bound) else check.bound,
                    "outcome": check.outcome,
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
        is_enough = gate.needs is None or own.get(gate.needs[0], 0.0) >= gate.needs[1]
        checks.append(Check(gate, own.get(gate.metric, nothing), bound, is_enough))
    return Verdict(tuple(checks), note)
