"""How strongly payments move together, chosen on past weeks by CRPS and coverage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from payrisk.arrays import Floats
from payrisk.cash.intervals.measures import crps, is_covered
from payrisk.predictions import Dependence

INDEPENDENT = Dependence(0.0, 0.0, 0.0)
GRID: tuple[Dependence, ...] = (
    INDEPENDENT,
    Dependence(0.0, 0.3, 0.0),
    Dependence(0.3, 0.2, 0.0),
    Dependence(0.3, 0.2, 0.02),
    Dependence(0.3, 0.2, 0.05),
    Dependence(0.3, 0.2, 0.1),
    Dependence(0.5, 0.2, 0.05),
    Dependence(0.1, 0.1, 0.02),
    Dependence(0.1, 0.1, 0.2),
)
"""Coarse on purpose: a dozen landmarks cannot tell finer ones apart."""
LEVELS = (0.8, 0.95)
LEAST_TOTALS = 24
"""Closed weekly totals below which the usual dependence is kept."""


def crps_and_coverage_miss(draws: Floats, actual: Floats, open_: Floats) -> tuple[float, float]:
    """Of (n_draws, m) totals: CRPS as a share of the actual cash, and the mean miss of coverage.

    Totals smaller than a thousandth of what was open say nothing of coverage and are left out.
    """
    counted = np.maximum(actual, draws.mean(axis=0)) >= 1e-3 * open_
    if not counted.any():
        return float("nan"), float("nan")
    draws, actual = draws[:, counted], actual[counted]
    misses = []
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        misses.append(abs(float(is_covered(low, high, actual).mean()) - level))
    whole = float(actual.sum())
    return float(crps(draws, actual).sum()) / whole, float(np.mean(misses))


def best_dependence(scores: Sequence[tuple[Dependence, float, float]]) -> Dependence:
    """The dependence whose CRPS, as a ratio of the best, plus miss of coverage is least.

    scores: (dependence, CRPS, miss). Dependence fixes coverage and hardly touches CRPS, so neither
    alone would do. Of equals the first counts; the usual one where nothing can be told.
    """
    finite = [score for score in scores if np.isfinite(score[1]) and np.isfinite(score[2])]
    if not finite:
        return Dependence()
    best = min(score[1] for score in finite) or 1.0
    return min(finite, key=lambda score: score[1] / best + score[2])[0]
