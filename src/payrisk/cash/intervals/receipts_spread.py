"""All receipts of a currency drawn as wide as past ones missed, by week and by sums of weeks.

The idea: open invoices and those not yet issued, drawn together and left as they were drawn, are
held against what both brought after past mornings. Each past week, and the first two, four, eight
and thirteen together, say by what factor the draws are too narrow or too wide; few of them move
it little from what is stated. So does each side: where more came than was expected more often
than less, the draws reach farther up. How wide is itself not sure, so each draw has a width of
its own. Stretching the open invoices and the band first, each by its own past, and a common miss
on top made receipts in all too wide where their misses evened out.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.cash.intervals.conformal import n_without_overlap
from payrisk.cash.intervals.cumulative import with_growing_spread, with_spread_scaled
from payrisk.cash.intervals.landmarks import PastWeeks

SUMS_OF = (2, 4, 8, 13)
"""First weeks whose sums are held against past ones, beside each week alone."""
LEVEL = 0.8
"""Central share of the past that the draws shall have held."""
WEEKS_COUNT = 4.0
"""Weeks of a morning hang together: for how many of them all single weeks count."""
SHRUNK_BY = 12.0
"""Past sums without overlap for which the stated factor counts, and none for a side alone."""
STATED_FACTOR = 1.2
"""How much wider than drawn receipts are where no past tells, as on made-up companies."""
LEAST_OF_WEEK = 0.5
"""Of a usual week, what a week's expected cash counts for at least where its miss is a share."""
LEAST_MISS = 0.01
"""Of the expected, added to every miss, so that a sure sum still has one."""
MOST_RATIO = 1.5
"""Log of how much a single sum may ask for."""
LEAST_FACTOR, MOST_FACTOR = 0.6, 2.5
FREEDOM = 5.0
"""Degrees of freedom of the width of single draws."""
MOST_LANDMARKS = 52


@dataclass(frozen=True)
class PastReceipts:
    """What came after past mornings beside what was expected, both layers together.

    mornings: (m,) days, oldest first; expected, actual: (m, w) cents by week ahead, NaN where a
    week had not closed or one layer is not told.
    """

    mornings: Ints
    expected: Floats
    actual: Floats

    @classmethod
    def of(cls, past: PastWeeks, currency: str, n_weeks: int) -> PastReceipts:
        """Of a currency, up to so many weeks ahead."""
        rows = past.table[(past.table["currency"] == currency).to_numpy(dtype=bool)]
        rows = rows[(rows["week"] <= n_weeks).to_numpy(dtype=bool)]
        if not len(rows):
            return cls(np.zeros(0, np.int64), *np.zeros((2, 0, n_weeks)))
        mornings, place = np.unique(rows["as_of"].to_numpy(np.int64), return_inverse=True)
        cell = place, rows["week"].to_numpy(np.int64) - 1
        shape = len(mornings), n_weeks
        n_layers, sums = np.zeros(shape), np.zeros((2, *shape))
        np.add.at(n_layers, cell, 1.0)
        for total, name in zip(sums, ("expected", "actual"), strict=True):
            np.add.at(total, cell, rows[name].to_numpy(np.float64))
        sums[:, n_layers < n_layers.max()] = np.nan
        return cls(mornings, *sums)


def draw_multipliers(past: PastWeeks, currency: str, weekly: Floats, expected: Floats) -> Floats:
    """(n_draws, w) factors of each draw's weeks: receipts in all are as wide as past ones missed.

    weekly: (n_draws, w) cents of both layers by week ahead, as drawn; expected: (w,) of both. The
    mean of a week's draws stays, and a sum of more weeks is never surer. Without a past they are
    as wide as is stated.
    """
    receipts = PastReceipts.of(past, currency, weekly.shape[1])
    n, both, above, below = _ratios(receipts, weekly, expected).T
    stated = SHRUNK_BY * np.log(STATED_FACTOR)
    whole = float(((n * both).sum() + stated) / (n.sum() + SHRUNK_BY))
    up, down = (
        np.clip(
            np.exp(whole + float((n * (side - whole)).sum() / (n.sum() + SHRUNK_BY))),
            LEAST_FACTOR,
            MOST_FACTOR,
        )
        for side in (above, below)
    )
    width = _widths(currency, len(weekly))[:, None]
    spread = with_growing_spread(with_spread_scaled(weekly, expected, up * width, down * width))
    return np.divide(spread, weekly, out=np.ones_like(weekly), where=weekly > 0)


def _widths(currency: str, n_draws: int) -> Floats:
    """(n_draws,) of each draw, with median 1; a currency's hang on no other."""
    generator = np.random.default_rng(zlib.crc32(currency.encode()))
    widths = np.sqrt(FREEDOM / generator.chisquare(FREEDOM, n_draws))
    return np.asarray(widths / np.median(widths))


def _ratios(receipts: PastReceipts, weekly: Floats, expected: Floats) -> Floats:
    """(k, 4) a row a span of weeks that past ones tell of, as of `_ratios_of`."""
    n_weeks = weekly.shape[1]
    spans = [(week, week + 1) for week in range(n_weeks)]
    spans += [(0, until) for until in SUMS_OF if until <= n_weeks]
    rows = [_ratios_of(receipts, weekly, expected, *span) for span in spans]
    return np.array([row for row in rows if row is not None], dtype=np.float64).reshape(-1, 4)


def _ratios_of(
    receipts: PastReceipts, weekly: Floats, expected: Floats, first: int, until: int
) -> tuple[float, float, float, float] | None:
    """N and the three logs of one span; None where no past sum tells, or nothing is expected."""
    size = until - first
    told = receipts.expected[:, first:until].sum(axis=1)
    mean = float(expected[first:until].sum())
    counted = np.flatnonzero(np.isfinite(told) & (told > 0))[-MOST_LANDMARKS:]
    if mean <= 0 or not len(counted):
        return None
    usual_week = np.nanmean(receipts.expected[counted], axis=1)
    now = max(mean, LEAST_OF_WEEK * size * float(expected.mean()))
    then = np.maximum(told[counted], LEAST_OF_WEEK * size * usual_week)
    came = receipts.actual[counted, first:until].sum(axis=1)
    missed = (came - told[counted]) / then * now
    n = n_without_overlap(receipts.mornings[counted], 7 * size)
    # As of n past mornings, of which none may be as far off as the next.
    n_mornings = n_without_overlap(receipts.mornings[counted], 7)
    level = min(LEVEL * (1 + 1 / n_mornings), 1.0)
    low, high = np.quantile(missed, [(1 - level) / 2, (1 + level) / 2])
    wanted = np.array([np.quantile(np.abs(missed), level), max(high, 0.0), max(-low, 0.0)])
    drawn = weekly[:, first:until].sum(axis=1)
    least, most = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) - mean
    width = np.array([(most - least) / 2, max(most, 0.0), max(-least, 0.0)])
    logs = np.log((wanted + LEAST_MISS * now) / (width + LEAST_MISS * now))
    both, above, below = np.clip(logs, -MOST_RATIO, MOST_RATIO)
    weight = n * (WEEKS_COUNT / weekly.shape[1] if size == 1 else 1.0)
    return weight, float(both), float(above), float(below)
