"""How a customer's score went, and what changed from one time to the next."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

ScoreState = Mapping[str, Any]
SMALLEST = 1e-9
"""Log-odds that rounding may leave over; more is named as a cause of its own."""


def score_state(decision: ScoreState) -> dict[str, Any]:
    """What a decision's body says of the score: its day, probability, log-odds and causes."""
    risk = decision["risk"]
    return {
        "decision_id": decision.get("decision_id"),
        "kind": decision["kind"],
        "as_of": decision["as_of"],
        "probability": risk["probability"],
        "low": risk.get("low"),
        "high": risk.get("high"),
        "band": risk.get("band") or None,
        "source": risk.get("source"),
        "score": decision.get("score"),
        "contributions": risk.get("contributions", []),
        "model_versions": decision["model_versions"],
    }


def score_states_with_changes(states: Sequence[ScoreState]) -> list[dict[str, Any]]:
    """The states, oldest first as given, each with what changed since the one before."""
    before: ScoreState | None = None
    out = []
    for current in states:
        out.append(
            {**current, "change": None if before is None else score_change(before, current)}
        )
        before = current
    return out


def score_change(before: ScoreState, after: ScoreState) -> dict[str, Any]:
    """What changed between two states: causes by code, which add up to the score's difference.

    A cause's `difference` is that of its contributions in log-odds; positive = adverse. What the
    contributions leave unexplained (a status such as default has none) is a cause of its own.
    Where the model's version differs the causes are those of two models, and it is said.
    """
    texts = {
        part["code"]: part["text"] for part in [*before["contributions"], *after["contributions"]]
    }
    differences = {
        code: math.fsum(
            [*_contributions(after, code), *(-part for part in _contributions(before, code))]
        )
        for code in texts
    }
    causes = [
        {"code": code, "text": texts[code], "difference": difference}
        for code, difference in differences.items()
        if difference
    ]
    total = None
    if before["score"] is not None and after["score"] is not None:
        total = after["score"] - before["score"]
        rest = total - math.fsum(differences.values())
        if abs(rest) > SMALLEST:
            text = "What no contribution explains."
            causes.append({"code": "unexplained", "text": text, "difference": rest})
    causes.sort(key=lambda contribution: (-abs(contribution["difference"]), contribution["code"]))
    return {
        "since": before["as_of"],
        "probability_difference": after["probability"] - before["probability"],
        "score_difference": total,
        "is_same_model": before["model_versions"] == after["model_versions"],
        "causes": causes,
    }


def _contributions(state: ScoreState, code: str) -> list[float]:
    return [
        contribution["contribution"]
        for contribution in state["contributions"]
        if contribution["code"] == code
    ]
