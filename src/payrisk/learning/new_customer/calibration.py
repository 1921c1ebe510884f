"""The level of a risk: a slope put right, and a shift to what the matured recent ones showed."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Days, Flags, Floats, weighted_sums
from payrisk.calendar import NEVER
from payrisk.learning.measuring.risk_metrics import calibration_line
from payrisk.scoring.log_odds import probability_of

LEAST_TO_CALIBRATE = 30


SLOPES = (0.9, 1.1)
"""Out-of-fold slopes within which no calibration is made (docs/design.md, 'Default risk')."""


RECENT_DAYS = 365


LEVEL_WEIGHT = 10.0
"""Expected bad ones that the level's prior of 'as expected' counts for."""


def fit_platt(log_odds: Floats, bad: Flags) -> tuple[float, float]:
    """(0, 1), or the line where the slope out of fold is surely off: by a standard error."""
    if int(bad.sum()) < LEAST_TO_CALIBRATE:
        return 0.0, 1.0
    intercept, slope = calibration_line(log_odds, bad)
    p = probability_of(intercept + slope * log_odds)
    weight = p * (1.0 - p)
    centred = log_odds - weighted_sums(weight, log_odds) / max(weight.sum(), 1e-12)
    error = 1.0 / np.sqrt(max(float(weighted_sums(weight, centred**2)), 1e-12))
    is_off = slope < SLOPES[0] - error or slope > SLOPES[1] + error
    return (intercept, slope) if is_off and slope > 0 else (0.0, 1.0)


def level_shift(
    log_odds: Floats, bad: Flags, dated_on: Days
) -> tuple[float, tuple[int, int, float]]:
    """The shift of the log-odds to the matured recent level, and the counts behind it.

    Recent: dated within RECENT_DAYS of the latest. What is asked for is the rate of bad ones
    among them, shrunk to the mean chance given to them out of fold; after the shift, that mean is
    the shrunk rate exactly. No dates, no shift.
    """
    is_dated = dated_on < NEVER
    if not is_dated.any():
        return 0.0, (0, 0, 0.0)
    recent = is_dated & (dated_on > int(dated_on[is_dated].max()) - RECENT_DAYS)
    own = log_odds[recent]
    n, gone, expected = int(recent.sum()), int(bad[recent].sum()), float(probability_of(own).sum())
    wanted = shrunk_rate(n, gone, expected)
    return shift_to_mean(own, wanted), (n, gone, expected)


def shift_to_mean(log_odds: Floats, mean_chance: float) -> float:
    """The shift of some log-odds after which their mean chance is the one named."""
    low, high = -20.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (
            (middle, high)
            if probability_of(log_odds + middle).mean() < mean_chance
            else (low, middle)
        )
    return (low + high) / 2.0


def shrunk_rate(n: int, bad: int, expected: float) -> float:
    """The rate of n applications, drawn to what was expected by the weight of LEVEL_WEIGHT.

    >>> shrunk_rate(100, 20, 10.0)
    0.15
    """
    return expected / n * (bad + LEVEL_WEIGHT) / (expected + LEVEL_WEIGHT)
