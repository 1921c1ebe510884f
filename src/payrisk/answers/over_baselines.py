"""How far a model is ahead of each baseline on the data it was judged on, by its card."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEADLINES = ("crps", "log_loss")
"""The error a model is compared by: of curves, of chances. Smaller is better."""


@dataclass(frozen=True)
class GainOverBaseline:
    """A model beside one baseline.

    error, error_of_baseline: the means on the same rows, in the measure's unit (days, nats).
    gain: the share of the baseline's error that the model saves; below 0 where it is worse.
    is_sure: whether the two 95 % intervals lie apart.
    """

    baseline: str
    measure: str
    error: float
    error_of_baseline: float
    gain: float
    is_sure: bool


def gains_over_baselines(card: Mapping[str, Any]) -> list[GainOverBaseline]:
    """The model of a card beside every baseline, the strongest first; empty where none was judged.

    >>> card = {"name": "a", "metrics": {"a": {"crps": 4.0}, "mean": {"crps": 5.0}}}
    >>> [(m.baseline, round(m.gain, 2), m.is_sure) for m in gains_over_baselines(card)]
    [('mean', 0.2, False)]
    """
    metrics, intervals = card.get("metrics", {}), card.get("intervals", {})
    name = str(card.get("name", ""))
    measure = next((headline for headline in HEADLINES if headline in metrics.get(name, {})), None)
    if measure is None:
        return []
    error = float(metrics[name][measure])
    made = []
    for baseline, figures in metrics.items():
        theirs = figures.get(measure)
        if baseline == name or theirs is None or not math.isfinite(theirs) or theirs <= 0:
            continue
        made.append(
            GainOverBaseline(
                baseline,
                measure,
                error,
                float(theirs),
                1 - error / float(theirs),
                _lie_apart(intervals.get(name, {}), intervals.get(baseline, {}), measure),
            )
        )
    return sorted(made, key=lambda gain_over: (gain_over.error_of_baseline, gain_over.baseline))


def _lie_apart(ours: Mapping[str, Any], of_baseline: Mapping[str, Any], measure: str) -> bool:
    """Whether two intervals of a measure do not meet; False where one is not known."""
    model, baseline = ours.get(measure), of_baseline.get(measure)
    if not model or not baseline:
        return False
    return bool(model[1] < baseline[0] or baseline[1] < model[0])
