"""A decision laid out for the eye: its figures picked and put in order, none of them changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from payrisk.credit.explaining.spoken import KINDS, LIMITS, OUTCOMES, PROTECTIONS, RELEASES
from payrisk_api.pages.frame.rendering import TONES

STARTING_POINTS = frozenset({"base_rate", "base", "prior", "intercept"})
"""Causes that hold for everybody: where a score begins, before anything is known of this one."""
LONGEST_LIST = 6


def decision_sheet(decision: Mapping[str, Any], overrides: Any = ()) -> dict[str, Any]:
    """The decision, and beside it what a sheet shows of it.

    overrides: what persons decided instead, the last of which counts. causes: contributions to
    the score, the strongest first, with the sign that a bar shows; largest: the scale of the bars.
    """
    risk = decision["risk"]
    causes = [] if risk is None else list(risk["contributions"])
    moving = strongest(causes)
    last = overrides[-1] if overrides else None
    outcome = decision["outcome"] if last is None else last["outcome"]
    return {
        "decision": decision,
        "outcome": OUTCOMES[outcome],
        "tone": TONES[outcome],
        "machine_outcome": OUTCOMES[decision["outcome"]],
        "kind": KINDS[decision["kind"]],
        "release": decision["release"] and RELEASES[decision["release"]["action"]],
        "release_tone": decision["release"] and TONES[decision["release"]["action"]],
        "protection": decision["terms"] and PROTECTIONS[decision["terms"]["protection"]],
        "protections": PROTECTIONS,
        "limits": [
            (name, words, decision["limit"][name], name == decision["limit"]["binding"])
            for name, words in LIMITS.items()
        ],
        "causes": moving,
        "n_shown": LONGEST_LIST,
        "largest": largest(moving),
        "starting": [cause for cause in causes if cause["code"] in STARTING_POINTS],
        "override": last,
        "overrides": list(overrides),
    }


def strongest(causes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Causes that move the score of this one and not of everybody, the strongest first."""
    moving = (c for c in causes if c["code"] not in STARTING_POINTS and c["contribution"])
    return sorted(moving, key=lambda cause: -abs(cause["contribution"]))


def largest(causes: Iterable[Mapping[str, Any]]) -> float:
    """The scale of the bars of causes."""
    return max((abs(cause["contribution"]) for cause in causes), default=0.0)
