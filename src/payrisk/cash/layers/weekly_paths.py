"""Sample paths of a series' coming weeks: a level that wanders, and weeks as far off it as ever.

Every path takes one way of smoothing by its weight, begins at a level that is itself uncertain,
lets it wander week by week, and multiplies it by ratios of past weeks, four in a row. So the later
a week, the less sure it is, and sums of many weeks are not as sure as their weeks would let think.
What a short past does not tell is a stated prior in relative units: no unit of money matters.
Then the paths are spread until their sums are as far off as sums of past weeks were from the
mornings before them, so far as the past is long enough to tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Floats
from payrisk.cash.intervals.cumulative import with_spread_scaled
from payrisk.cash.layers.levels import (
    MISSED_LEVEL,
    MISSED_SUMS,
    MOST_MISS,
    RATES,
    STATED_WEEKS,
    FittedLevels,
    trend_sums,
)

STATED_SPREAD = 0.35
"""Weekly spread as a share of the level, where the past is too short to tell; it counts for half
as many weeks as the stated mean."""
LEAST_SPREAD = 0.01
"""Weekly spread of a past that never varied, before the stated one has its share."""
LEAST_WANDERING = 0.015
"""Of the level, how far it wanders in a week at least, whatever the past was."""
MEAN_WEEKS = 6
"""Weeks that make the mean of the ratios at most, as older ones say little of now."""
MOST_UNCERTAIN = 0.5
"""Variance of the mean of the ratios at most, as a share of its square."""
IN_A_ROW = 4
"""Past weeks that follow each other in a path, too: many bill every other week or once a month."""
SHARED = 0.2
"""Share of the variance of a level's wandering that all series have in common."""
SHRUNK_BY = 12.0
"""Past sums without overlap for which the width of the paths as drawn counts."""
LEAST_FACTOR, MOST_FACTOR = 0.5, 1.5
MOST_RATIO = 1.5
"""Log of how much the sums of so many weeks may ask for."""
LEAST_MISS = 0.01
"""Of the expected, added to every miss, so that a sure sum still has one."""


@dataclass(frozen=True)
class ComingWeeks:
    """The coming weeks of s series in their own unit.

    expected: (s, h); paths: (n_draws, s, h), nothing negative.
    """

    expected: Floats
    paths: Floats


def weekly_paths(
    fitted: FittedLevels,
    n_weeks: int,
    n_draws: int,
    generator: np.random.Generator,
    shared: Floats | None = None,
) -> ComingWeeks:
    """Paths of the coming `n_weeks` weeks of fitted series.

    shared: (n_draws, 1 + n_weeks) standard normals that series fitted elsewhere share with these:
    of the level at the start, then of each week's wandering. Drawn here where not given.
    """
    n_series, n_ratios = fitted.ratios.shape
    mean = fitted.mean_ratio
    # Between logs, so that a steady series stays steadier than the stated one.
    known = n_ratios / (n_ratios + STATED_WEEKS / 2)
    spread = np.maximum(_moving_variance(fitted.ratios, mean), LEAST_SPREAD**2) ** known
    spread *= STATED_SPREAD ** (2 * (1 - known))
    drift = trend_sums(n_weeks)
    upto = np.cumsum(fitted.weights, axis=1)
    way = (generator.random((n_draws, n_series, 1)) > upto).sum(axis=2).clip(0, len(RATES) - 1)
    rows = np.arange(n_series)
    if shared is None:
        shared = generator.standard_normal((n_draws, 1 + n_weeks))
    own = generator.standard_normal((n_draws, n_series, 1 + n_weeks))
    normal = np.sqrt(SHARED) * shared[:, None] + np.sqrt(1 - SHARED) * own
    rate = RATES[way]
    steps = np.empty((n_draws, n_series, 1 + n_weeks))
    steps[..., 0] = rate / (2 - rate) * spread
    steps[..., 1:] = (rate**2 * spread + LEAST_WANDERING**2)[..., None]
    wandered = np.cumsum(np.sqrt(steps) * normal - steps / 2, axis=2)[..., 1:]
    start, trend = fitted.log_level[rows, way], fitted.trend[rows, way]
    paths = np.exp(start[..., None] + trend[..., None] * drift + wandered)
    paths *= _noise(fitted, spread, n_weeks, n_draws, generator)
    paths *= _uncertain_mean(fitted, n_draws, generator)[..., None]
    paths *= fitted.scale[:, None]
    expected = expected_weeks(fitted, n_weeks)
    return ComingWeeks(
        expected, with_spread_scaled(paths, expected, _width_factors(fitted, paths, expected))
    )


def _width_factors(fitted: FittedLevels, paths: Floats, expected: Floats) -> Floats:
    """(s, 1) by how much more or less the paths must lie off the expected than they were drawn.

    One factor for all weeks, so that later ones stay the less sure.
    """
    n_series, n_weeks = expected.shape
    ratios, whole = np.zeros(n_series), SHRUNK_BY
    for place, n_ahead in enumerate(MISSED_SUMS):
        n = float(fitted.n_missed[place])
        if n <= 0 or n_ahead > n_weeks:
            break
        usual = np.maximum(expected[:, :n_ahead].sum(axis=1), 1e-300)
        drawn = np.abs(paths[:, :, :n_ahead].sum(axis=2) / usual - 1.0)
        width = np.quantile(drawn, MISSED_LEVEL, axis=0)
        ratio = np.log((fitted.missed[:, place] + LEAST_MISS) / (width + LEAST_MISS))
        ratios, whole = ratios + n * np.clip(ratio, -MOST_RATIO, MOST_RATIO), whole + n
    factors = np.clip(np.exp(ratios / whole), LEAST_FACTOR, MOST_FACTOR)
    return np.asarray(factors[:, None])


def expected_weeks(fitted: FittedLevels, n_weeks: int) -> Floats:
    """(s, h) what is expected of the coming weeks of fitted series, in their own unit."""
    trend = fitted.trend[..., None] * trend_sums(n_weeks)
    by_way = np.exp(fitted.log_level[..., None] + trend) * fitted.weights[..., None]
    return np.asarray(by_way.sum(axis=1) * (fitted.mean_ratio * fitted.scale)[:, None])


def _moving_variance(ratios: Floats, mean: Floats) -> Floats:
    """(s,) variance of the ratios with rare huge weeks cut, as these are no moves of the level."""
    if not ratios.shape[1]:
        return np.zeros(len(ratios))
    away = ratios - mean[:, None]
    middle = np.median(ratios, axis=1)[:, None]
    usual = 3 * 1.4826 * np.median(np.abs(ratios - middle), axis=1)
    most = np.minimum(np.maximum(usual, 0.3 * away.std(axis=1)), MOST_MISS)[:, None]
    return np.asarray((np.clip(away, -most, most) ** 2).mean(axis=1))


def _noise(
    fitted: FittedLevels,
    spread: Floats,
    n_weeks: int,
    n_draws: int,
    generator: np.random.Generator,
) -> Floats:
    """(n_draws, s, h) ratios of past weeks, or stated ones, with the mean of the ratios."""
    n_series, n_ratios = fitted.ratios.shape
    mean = fitted.mean_ratio[:, None]
    shape = (n_draws, n_series, -(-n_weeks // IN_A_ROW))
    normal = generator.standard_normal((n_draws, n_series, n_weeks))
    stated = np.exp(np.sqrt(spread)[:, None] * normal - spread[:, None] / 2) * mean
    if not n_ratios:
        return np.asarray(stated)
    stated_share = STATED_WEEKS / 2 / (n_ratios + STATED_WEEKS / 2)
    is_stated = np.repeat(generator.random(shape) < stated_share, IN_A_ROW, axis=2)
    # A week counts by what was expected of it: from little, ratios lie far apart.
    upto = np.cumsum(fitted.told, axis=1)
    upto = upto / upto[:, -1:] + np.arange(n_series)[:, None]
    chance = generator.random(shape) + np.arange(n_series)[:, None]
    first = np.searchsorted(upto.ravel(), chance).reshape(shape)
    first = first - n_ratios * np.arange(n_series)[:, None]
    place = (first[..., None] + np.arange(IN_A_ROW)) % n_ratios
    place = place.reshape(n_draws, n_series, -1)[..., :n_weeks]
    past = fitted.ratios[np.arange(n_series)[:, None], place]
    noise = np.where(is_stated[..., :n_weeks], stated, past)
    drawn = noise.mean(axis=(0, 2))[:, None]
    return np.asarray(noise * (mean / np.maximum(drawn, 1e-9)))


def _uncertain_mean(fitted: FittedLevels, n_draws: int, generator: np.random.Generator) -> Floats:
    """(n_draws, s) factors of mean 1: how little so many ratios tell of their mean."""
    n_series, n_ratios = fitted.ratios.shape
    if not n_ratios:
        return np.ones((n_draws, n_series))
    mean = fitted.mean_ratio
    away = (fitted.ratios - mean[:, None]) ** 2 * fitted.told
    relative = away.sum(axis=1) / fitted.told.sum(axis=1) / mean**2
    relative = np.clip(relative / min(n_ratios, MEAN_WEEKS), 1e-8, MOST_UNCERTAIN)
    return np.asarray(generator.gamma(1 / relative, size=(n_draws, n_series)) * relative)
