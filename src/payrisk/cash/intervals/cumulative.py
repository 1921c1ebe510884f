"""Draws as wide as sums of past weeks missed: one factor for weeks and for sums of them alike.

The idea: what a first week, the first two, four, eight and thirteen weeks brought in all, beside
what had been expected of them, says by what factor the draws are too narrow or too wide. One
factor for all of these sums, so that weeks, months and totals over several weeks stay one story:
a draw far above the expected stays above in every sum. Past sums that overlap count as those that
do not, and few of them move the factor little, as the draws have a spread of their own already.
"""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats
from payrisk.cash.intervals.conformal import n_without_overlap
from payrisk.cash.intervals.landmarks import PastWeeks

SUMS_OF = (1, 2, 4, 8, 13)
"""Weeks whose sums are held against past ones."""
LEVEL = 0.8
"""Central share of the past sums that the draws shall have held."""
SHRUNK_BY = 24.0
"""Sums without overlap for which the draws' own spread counts."""
LEAST_FACTOR, MOST_FACTOR = 0.8, 3.0
LEAST_SCALE = 0.01
"""Of a usual week, added to the spread of each week, so that a sure sum still has one."""
MOST_LANDMARKS = 52
NEVER_FALLING_AT = ((0.1, 0.9), (0.025, 0.975))
ROUNDS = 8


def spread_factor(
    past: PastWeeks, currency: str, layer: str, weekly: Floats, usual: float
) -> float:
    """How much wider (above 1) than they are these draws must be by the past.

    weekly: (n_draws, w) cents by week ahead; usual: cents that a usual week bills now, by which
    past misses are made larger or smaller, as the past's own usual week is in `past` (`open`).
    """
    table = past.of(currency, layer)
    if not len(table) or usual <= 0:
        return 1.0
    whole, ratios = 0.0, 0.0
    upto = np.cumsum(weekly, axis=1)
    table = table.assign(missed=table["actual"] - table["expected"])
    by_week = table.pivot_table(index="as_of", columns="week", values="missed", aggfunc="sum")
    then = table.groupby("as_of")["open"].first().reindex(by_week.index).to_numpy(np.float64)
    for n_weeks in SUMS_OF:
        weeks = list(range(1, n_weeks + 1))
        if n_weeks > weekly.shape[1] or not set(weeks) <= set(by_week.columns):
            break
        missed = np.abs(by_week[weeks].sum(axis=1, skipna=False).to_numpy(np.float64))
        counted = np.flatnonzero(np.isfinite(missed) & (then > 0))[-MOST_LANDMARKS:]
        if not len(counted):
            continue
        drawn = upto[:, n_weeks - 1]
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        half = (high - low) / 2 + LEAST_SCALE * usual * n_weeks
        wanted = float(np.quantile(missed[counted] / then[counted] * usual, LEVEL))
        wanted += LEAST_SCALE * usual * n_weeks
        n = n_without_overlap(by_week.index.to_numpy(np.int64)[counted], 7 * n_weeks)
        whole, ratios = whole + n, ratios + n * float(np.log(wanted / half))
    factor = float(np.exp(ratios / (whole + SHRUNK_BY)))
    return float(np.clip(factor, LEAST_FACTOR, MOST_FACTOR))


def with_spread_scaled(
    weekly: Floats,
    expected: Floats,
    factor: float | Floats,
    below_factor: float | Floats | None = None,
) -> Floats:
    """(n_draws, …, w) draws so much farther from the expected, never below nothing.

    Above it the distance is multiplied, below it the ratio is raised to a power (the factor, or
    below_factor where the sides differ); the mean of each week's draws stays as it was.
    """
    power = factor if below_factor is None else below_factor
    if np.all(np.equal(factor, 1.0)) and np.all(np.equal(power, 1.0)):
        return weekly
    safe = np.maximum(expected, 1e-300)
    below = safe * np.minimum(weekly / safe, 1.0) ** power
    spread = np.where(weekly > expected, expected + factor * (weekly - expected), below)
    spread *= weekly.mean(axis=0) / np.maximum(spread.mean(axis=0), 1e-300)
    return np.where(expected > 0, spread, weekly)


def with_growing_spread(weekly: Floats) -> Floats:
    """(n_draws, w) draws whose sums of the first weeks are no surer the more weeks they hold.

    Where the 80 % or 95 % width of a sum lies below that of a shorter one, all draws of the sum
    are spread about their mean; no week falls below nothing.
    """
    out = weekly
    for _ in range(ROUNDS):
        upto = np.cumsum(out, axis=1)
        factor = np.ones(out.shape[1])
        for low, high in NEVER_FALLING_AT:
            width = np.diff(np.quantile(upto, [low, high], axis=0), axis=0)[0]
            widest = np.maximum.accumulate(width)
            short = width < widest
            ratio = np.divide(widest * 1.001, width, out=np.ones_like(width), where=width > 0)
            factor = np.where(short, np.maximum(factor, np.minimum(ratio, 4.0)), factor)
        if (factor == 1.0).all():
            break
        mean = upto.mean(axis=0)
        upto = np.maximum.accumulate(np.maximum(mean + (upto - mean) * factor, 0.0), axis=1)
        out = np.diff(upto, axis=1, prepend=0.0)
    return np.asarray(out)
