"""Made-up weekly billing, and the ensemble of plain statistics that a forecast of it must beat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from payrisk.arrays import Floats, Texts

KINDS = ("shifted", "shifted and intermittent", "growing", "lumpy")
SHIFTED_AGO = 8
"""Weeks ago that the first two kinds shifted to another level."""
ORIGINS = 52
"""Past weeks whose errors the ensemble draws from."""


def made_series(
    n: int, seed: Sequence[int], weeks: int = 78, ahead: int = 13
) -> tuple[Floats, Floats, Texts]:
    """(n, weeks) past and (n, ahead) coming weeks in cents, and (n,) KINDS in turn."""
    g = np.random.default_rng(seed)
    kind, time = np.arange(n) % 4, np.arange(weeks + ahead)
    shape = (n, len(time))

    def each(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values[:, None]

    spread = each(np.exp(g.normal(np.log(0.2), 0.6, n)).clip(0.03, 0.8))
    noise = np.exp(spread * g.standard_normal(shape) - spread**2 / 2)
    wander = each(np.exp(g.normal(np.log(0.015), 0.7, n)).clip(0, 0.06))
    level = np.exp(np.cumsum(g.standard_normal(shape) * wander, axis=1))
    size = np.exp(g.choice([-1, 1], n) * g.uniform(0.25, 0.9, n))
    at = np.where(kind < 2, weeks - SHIFTED_AGO, g.integers(5, weeks - 10, n))
    shifts = (kind < 2) | ((kind == 2) & (g.random(n) < 0.3))
    level = level * np.where((time >= each(at)) & each(shifts), each(size), 1.0)
    grows = np.where(kind == 2, g.uniform(-0.012, 0.015, n), g.normal(0, 0.002, n))
    level = level * np.exp(each(grows) * time)
    rare = np.where(kind == 1, g.uniform(0.15, 0.7, n), g.uniform(0.1, 0.9, n))
    chance = each(np.where(kind % 2 == 1, rare, 1.0))
    billed = (g.random(shape) < chance) / chance
    lumps = np.where(each(kind == 3), np.exp(g.standard_normal(shape) - 0.5), 1.0)
    phase, depth = each(g.uniform(0, 52, n)), each(g.uniform(0, 0.2, n))
    season = 1 + depth * np.sin(2 * np.pi * (time + phase) / 52)
    made: Floats = 1e5 * np.exp(each(g.normal(0, 2, n))) * level * noise * billed * lumps * season
    return made[:, :weeks], made[:, weeks:], np.array(KINDS, dtype=object)[kind]


def ensemble(past: Floats, ahead: int) -> Floats:
    """(draws, n, ahead) the mean of four statistics plus its own errors on past weeks."""
    n, weeks = past.shape
    upto = np.cumsum(np.pad(past, ((0, 0), (1, 0))), axis=1)

    def mean_of(last: int) -> Floats:
        since = np.maximum(np.arange(weeks + 1) - last, 0)
        means = (upto - upto[:, since]) / np.maximum(np.arange(weeks + 1) - since, 1)
        return np.asarray(means)

    smoothed = np.stack([_smoothed(past, rate) for rate in (0.05, 0.1, 0.2, 0.4)])
    missed = np.abs(past[:, 8:] - smoothed[:, :, 8:-1]).mean(axis=2)
    best = smoothed[missed.argmin(axis=0), np.arange(n)]
    level, trend = _damped(past)
    steps = np.cumsum(0.9 ** np.arange(1, ahead + 1))
    flat = mean_of(4) + mean_of(13) + best

    def told(week: int) -> Floats:
        damped = np.maximum(level[:, week, None] + trend[:, week, None] * steps, 0.0)
        return np.asarray((flat[:, week, None] + damped) / 4)

    origins = [weeks - ahead - back for back in range(ORIGINS) if weeks - ahead - back >= 8]
    errors = [past[:, week : week + ahead] - told(week) for week in origins]
    return np.stack([np.maximum(told(weeks) + error, 0.0) for error in errors])


def _smoothed(past: Floats, rate: float) -> Floats:
    levels = [past[:, :4].mean(axis=1)]
    for came in past.T:
        levels.append(levels[-1] + rate * (came - levels[-1]))
    return np.stack(levels, axis=1)


def _damped(past: Floats) -> tuple[Floats, Floats]:
    levels, trends = [past[:, :4].mean(axis=1)], [np.zeros(len(past))]
    for came in past.T:
        told = levels[-1] + 0.9 * trends[-1]
        levels.append(told + 0.3 * (came - told))
        trends.append(0.9 * trends[-1] + 0.03 * (came - told))
    return np.stack(levels, axis=1), np.stack(trends, axis=1)
