"""The level of a weekly series and where it drifts: several ways of smoothing, weighed by misses.

Each way is an exponential smoothing with relative errors and a damped trend (Hyndman, Koehler,
Ord & Snyder, Forecasting with Exponential Smoothing, 2008, ch. 2, ETS(M,Ad,N)): the level moves by
a share of how far a week was above or below it. A single huge week counts as three usual ones, so
that it moves no level far; what that leaves out comes back through the mean of the ratios.
Weights: the ways whose four-week sums missed least from past mornings count most, and the fewer
mornings there are, the nearer the weights lie to the stated ones. The same mornings tell how far
sums of weeks missed, by which the paths of `weekly_paths` are made as wide as they must be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Floats, Ints, weighted_sums

RATES = np.repeat([0.03, 0.08, 0.16, 0.3, 0.5], 2)
"""Share of a week's relative miss that the level takes over, way by way."""
TREND_RATES = np.tile([0.0, 0.06], 5)
"""Share of what the level takes over that its trend takes over, too."""
STATED = np.repeat([1.0, 2.0, 2.0, 1.5, 0.7], 2) * np.tile([1.0, 0.25], 5) / 9.0
"""Weights of the ways before any past is looked at; they sum to 1."""
DAMPING = 0.8
"""Of a trend, what is left of it a week later."""
MOST_TREND = 0.05
"""Of the level, what a trend may add or take a week."""
MOST_MISS = 2.0
"""Of the level, by how much a week may lie above it and still move it in full."""
STARTING_WEEKS = 8
"""First weeks that make the starting level, and whose misses say nothing."""
LEAST_START = 0.05
"""Of the mean of all weeks, what the starting level is at least."""
SUM_OF = 4
"""Weeks whose sum past mornings are judged by."""
FORGETTING = 0.98
"""Weight of a morning's miss beside that of a week later."""
STATED_WEEKS = 8.0
"""Weeks for which it counts that, on average, as much comes as is expected."""
RATIO_WEEKS = 52
"""Latest weeks whose ratios to their level are kept."""
MISSED_SUMS = (1, 2, 4, 8, 13)
"""Weeks whose sums past mornings tell the usual miss of."""
MISSED_LEVEL = 0.8
"""Share of past mornings that missed by less."""


@dataclass(frozen=True)
class FittedLevels:
    """What the past of s series says of their coming weeks.

    scale: (s,) mean of each series, in its own unit. log_level, trend: (s, ways) where each way
    leaves the series, the level as a log of `scale` and the trend as a log a week. weights:
    (s, ways) summing to 1. ratios: (s, n) latest weeks by the weighted level they were expected
    at; n is 0 where there is no past. told: (s, n) what was expected of them, beside a mean of 1.
    missed: (s, k) by what share of the expected the sums of MISSED_SUMS weeks missed from past
    mornings, at MISSED_LEVEL; n_missed: (k,) of these that do not overlap, 0 where there are none.
    """

    scale: Floats
    log_level: Floats
    trend: Floats
    weights: Floats
    ratios: Floats
    told: Floats
    missed: Floats
    n_missed: Floats

    @property
    def mean_ratio(self) -> Floats:
        """(s,) what comes by what was expected, both added up over the weeks before.

        A mean of ratios would be too high: weeks of which little was expected have the largest.
        """
        return _mean_ratio(self.ratios, self.told)


def fit_levels(weekly: Floats, usual: Floats | None = None) -> FittedLevels:
    """Smooth (s, t) weekly series, oldest week first, each of them the ten ways and weigh these.

    weekly: nothing negative, in any unit: the answer but for `scale` is the same for ten times it.
    Where weeks are unlike by themselves, they are given by their `usual`: (s, t), mean 1.
    """
    n_series, n_weeks = weekly.shape
    mean = weekly.mean(axis=1) if n_weeks else np.zeros(n_series)
    scale = np.where(mean > 0, mean, 1.0)
    relative = weekly / scale[:, None]
    levels, trends, expected = _smoothed(relative)
    weights = _weights(relative, levels, trends)
    first = min(STARTING_WEEKS, max(n_weeks - 1, 0))
    told = (expected * weights).sum(axis=2).T
    latest = slice(max(first, n_weeks - RATIO_WEEKS), None)
    ratios = relative[:, latest] / told[:, latest]
    told = told[:, latest] if usual is None else told[:, latest] * usual[:, latest]
    told = told / told.mean(axis=1, keepdims=True) if told.shape[1] else told
    mean = _mean_ratio(ratios, told)
    missed, n_missed = _missed_sums(relative, levels, trends, weights * mean[:, None])
    return FittedLevels(scale, levels[-1], trends[-1], weights, ratios, told, missed, n_missed)


def trend_sums(n_weeks: int) -> Floats:
    """(n,) how much of a trend has added up after 1 … n weeks, damped week by week."""
    return np.asarray(np.cumsum(DAMPING ** np.arange(1, n_weeks + 1)))


def _smoothed(relative: Floats) -> tuple[Floats, Floats, Floats]:
    """(t + 1, s, ways) log level and trend before each week and after the last; (t, s, ways)."""
    n_series, n_weeks = relative.shape
    shape = (n_series, len(RATES))
    start = relative[:, :STARTING_WEEKS].mean(axis=1) if n_weeks else np.ones(n_series)
    levels, trends = np.empty((n_weeks + 1, *shape)), np.zeros((n_weeks + 1, *shape))
    expected = np.empty((n_weeks, *shape))
    levels[0] = np.log(np.maximum(start, LEAST_START))[:, None]
    for week in range(n_weeks):
        drift = DAMPING * trends[week]
        expected[week] = np.exp(levels[week] + drift)
        miss = np.clip(relative[:, week, None] / expected[week] - 1.0, -1.0, MOST_MISS)
        moved = levels[week] + drift + np.log1p(RATES * miss)
        levels[week + 1] = np.clip(moved, np.log(1e-3), np.log(1e3))
        trend = drift + RATES * TREND_RATES * miss
        trends[week + 1] = np.clip(trend, -MOST_TREND, MOST_TREND)
    return levels, trends, expected


def _weights(relative: Floats, levels: Floats, trends: Floats) -> Floats:
    """(s, ways) by the relative misses of four-week sums from past mornings, see the module."""
    n_series, n_weeks = relative.shape
    first = min(STARTING_WEEKS, n_weeks)
    mornings = np.arange(first, n_weeks - SUM_OF + 1)
    if not len(mornings):
        return np.tile(STATED, (n_series, 1))
    came = _sums_ahead(relative, mornings, SUM_OF).T[:, :, None]
    told = _told_sums(levels, trends, mornings, SUM_OF)
    # Between 0 and 1 for any two sums, so no single morning decides.
    misses = np.abs(came - told) / (came + told)
    recent = FORGETTING ** np.arange(len(mornings))[::-1]
    score = np.maximum(weighted_sums(np.moveaxis(misses, 0, -1), recent) / recent.sum(), 1e-3)
    # Four-week sums of neighbouring mornings share three weeks: a quarter as many tell apart.
    chance = np.log(STATED) - 2.0 * recent.sum() / SUM_OF * np.log(score)
    weights = np.exp(chance - chance.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _missed_sums(
    relative: Floats, levels: Floats, trends: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """(s, k) and (k,) as of `FittedLevels`; weights: (s, ways), by which the ways' sums add up."""
    n_series, n_weeks = relative.shape
    missed, n_missed = np.zeros((n_series, len(MISSED_SUMS))), np.zeros(len(MISSED_SUMS))
    for place, n_ahead in enumerate(MISSED_SUMS):
        mornings = np.arange(STARTING_WEEKS, n_weeks - n_ahead + 1)
        if len(mornings) < 2:
            break
        told = (_told_sums(levels, trends, mornings, n_ahead) * weights).sum(axis=2).T
        away = np.abs(_sums_ahead(relative, mornings, n_ahead) / told - 1.0)
        n_missed[place] = len(mornings) / n_ahead
        level = min(MISSED_LEVEL * (1 + 0.5 / n_missed[place]), 1.0)
        missed[:, place] = np.quantile(away, level, axis=1)
    return missed, n_missed


def _sums_ahead(relative: Floats, mornings: Ints, n_ahead: int) -> Floats:
    """(s, mornings) what came in the weeks ahead of each."""
    upto = np.cumsum(np.pad(relative, ((0, 0), (1, 0))), axis=1)
    return np.asarray(upto[:, mornings + n_ahead] - upto[:, mornings])


def _told_sums(levels: Floats, trends: Floats, mornings: Ints, n_ahead: int) -> Floats:
    """(mornings, s, ways) what each way expected of the weeks ahead."""
    told = np.zeros((len(mornings), *levels.shape[1:]))
    for share in trend_sums(n_ahead):
        told += np.exp(levels[mornings] + share * trends[mornings])
    return told


def _mean_ratio(ratios: Floats, expected: Floats) -> Floats:
    came = (ratios * expected).sum(axis=1) + STATED_WEEKS
    return np.asarray(came / (expected.sum(axis=1) + STATED_WEEKS))
