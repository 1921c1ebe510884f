"""Draws widened to cover: cash of a draw comes a little earlier or later, none is lost.

The idea: the draws of a week's total are too narrow, since models share errors that no draw holds.
Past weeks say how far forecasts missed, so each draw's distance from the expected total is mapped
by one increasing function to the distance that covers; order and expected total stay. Cash that
leaves a week in a draw goes to its neighbours, so every draw still sums to the open balance.
Example: 100 is open and expected in weeks 1 and 2 as 60 and 40. A draw of 66 : 34, of those whose
half-width was 6, must reach 12 to cover: it becomes 72 : 28, six units having slipped a week.
Biased where the future misses otherwise than the past weeks did, and for single customers: the
same share slips from each, whoever they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Floats, Ints, matrix_product
from payrisk.cash.intervals.conformal import LEVELS, Widths


def stretch_weeks(
    draws: Floats, expected: Floats, widths: Widths, open_: float, *, most: float
) -> Floats:
    """(n_draws, w) draws of weekly totals spread so that their intervals have the widths asked.

    draws: (n_draws, w) as simulated; expected: (w,) exact. Each week's distance from the expected
    is mapped by one increasing function, so the order of the draws stays; results lie in
    [0, most].
    """
    away = draws - expected
    far = np.abs(away)
    unscaled = np.quantile(far, LEVELS, axis=0).T
    half_widths = widths.half_widths(draws.std(axis=0), unscaled, open_)
    out = np.empty_like(draws)
    for week in range(draws.shape[1]):
        knots = np.append(0.0, unscaled[week])
        values = np.append(0.0, half_widths[week])
        last = values[-1] / knots[-1] if knots[-1] > 0 else 1.0
        new = np.interp(far[:, week], knots, values)
        new = np.where(far[:, week] > knots[-1], last * far[:, week], new)
        out[:, week] = expected[week] + np.sign(away[:, week]) * new
    return np.clip(out, 0.0, most)


@dataclass(frozen=True)
class PeriodShifts:
    """In each draw, the share of what lands in one period that comes in another instead.

    share: (n_draws, p, p) rows summing to 1 over periods: weeks from as_of, beyond, never.
    The order of arrivals stays as it was: the monotone transport between two totals.
    """

    share: Floats

    @classmethod
    def between(cls, before: Floats, after: Floats) -> PeriodShifts:
        """The transport of (n_draws, p) period totals into others with the same row sums."""
        upto = np.cumsum(before, axis=1)
        targets = np.cumsum(after, axis=1)
        since, began = upto - before, targets - after
        high = np.minimum(upto[:, :, None], targets[:, None, :])
        low = np.maximum(since[:, :, None], began[:, None, :])
        moved = np.maximum(high - low, 0.0)
        total = moved.sum(axis=2, keepdims=True)
        stay = np.broadcast_to(np.eye(before.shape[1]), moved.shape)
        share = np.divide(moved, total, out=stay.copy(), where=total > 0)
        return cls(share)

    def apply(self, draw: int, by_day: Floats, period_of: Ints, profile: Floats) -> Floats:
        """(groups, days + 2) cash of one draw by day, beyond and never, after slipping.

        by_day: the same before; period_of: (days + 2,) the period of each column; profile:
        (days + 2,) how cash that slips into a period spreads over its days, summing to 1 in each.
        """
        stay, off = self.share[draw].diagonal(), self.share[draw].copy()
        np.fill_diagonal(off, 0.0)
        starts = np.searchsorted(period_of, np.arange(len(stay)))
        totals = np.add.reduceat(by_day, starts, axis=1)
        out = np.take(matrix_product(totals, off), period_of, axis=1)
        out *= profile
        out += by_day * stay[period_of]
        return out


def stretched_periods(totals: Floats, expected: Floats, widths: Widths, open_: float) -> Floats:
    """(n_draws, weeks + 2) stretched period totals; every row still sums to `open_`.

    totals: (n_draws, weeks + 2) weeks, beyond, never as simulated; expected: (weeks,). What never
    comes stays so unless the weeks need it; beyond takes up the rest.
    """
    weeks = len(expected)
    new = stretch_weeks(totals[:, :weeks], expected, widths, open_, most=open_)
    whole = new.sum(axis=1)
    new *= np.divide(open_, whole, out=np.ones(len(whole)), where=whole > open_)[:, None]
    left = np.maximum(open_ - new.sum(axis=1), 0.0)
    never = np.minimum(totals[:, weeks + 1], left)
    return np.column_stack([new, left - never, never])
