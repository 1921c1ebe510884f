"""Totals of the draws by group and day, week, month or quarter, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Floats, Ints, Texts
from payrisk.cash.forecasting.draws import Landings
from payrisk.cash.intervals.stretching import PeriodShifts

BLOCK_CELLS = 8_000_000  # draws × groups × buckets held at once
BLOCK_ROWS = 4096  # bounds the scratch memory of sums, never the result


def periods(horizon_days: int) -> Ints:
    """(horizon + 2,) week ahead of each day from 0, then beyond and never as periods of their own.

    >>> periods(9).tolist()
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3]
    """
    weeks = np.arange(horizon_days) // 7
    return np.append(weeks, [weeks[-1] + 1, weeks[-1] + 2])


def sums_by_group(cents: Cents, code: Ints, n_groups: int) -> Cents:
    """(n_groups, k) sums of the rows of each group; cents: (n, k), code: (n,) below n_groups.

    >>> sums_by_group(np.array([[1, 2], [3, 4], [5, 6]]), np.array([1, 0, 1]), 3).tolist()
    [[3, 4], [6, 8], [0, 0]]
    """
    sums = np.zeros((n_groups, cents.shape[1]), dtype=cents.dtype)
    for low in range(0, len(cents), BLOCK_ROWS):
        part = code[low : low + BLOCK_ROWS]
        order = np.argsort(part, kind="stable")
        named, starts = np.unique(part[order], return_index=True)
        block = cents[low : low + BLOCK_ROWS]
        sums[named] += np.add.reduceat(block[order], starts, axis=0)
    return sums


def joint_totals(
    landed: Landings,
    invoices: pd.DataFrame,
    expected: Cents,
    slips: Mapping[str, PeriodShifts],
    *,
    code: Ints,
    currency: Texts,
    of_day: Ints,
) -> Iterator[tuple[slice, Floats]]:
    """Blocks of groups with their (n_draws, groups, buckets) totals in cents; memory bounded.

    landed: (n_draws, n) and invoices, expected: (n,) rows as of a `CashForecast`; slips: by
    currency. code: (n,) the group of each row, of one currency; currency: (groups,) whose; of_day:
    (h,) bucket of each day. Promised cash lands where it was promised: it never slips.
    """
    n_groups, n_days, n = len(currency), len(of_day) + 2, int(of_day[-1]) + 1
    n_draws = len(landed)
    step = max(1, BLOCK_CELLS // (n_draws * (n + 1)))
    order = np.argsort(code, kind="stable")
    edges = np.searchsorted(code[order], np.arange(0, n_groups + step, step))
    amount = invoices["expected_from"].to_numpy(np.float64)
    firm = invoices["is_promised"].to_numpy(bool)
    starts, period_of = np.searchsorted(of_day, np.arange(n)), periods(len(of_day))
    names = list(slips)
    place = pd.Index(names, dtype=object).get_indexer(invoices["currency"].to_numpy(dtype=object))
    place[firm] = -1  # what is promised is no pattern, and -1 is a group of its own
    spread = sums_by_group(expected, np.where(place < 0, len(names), place), len(names) + 1)
    profiles = {
        name: _profile(by_day, period_of) for name, by_day in zip(names, spread[:-1], strict=True)
    }
    for block, (low, high) in enumerate(pairwise(edges)):
        first = block * step
        size = min(step, n_groups - first)
        block_currency = currency[first : first + size]
        moving = [(each, block_currency == name, profiles[name]) for name, each in slips.items()]
        rows = order[low:high]
        loose, promised = rows[~firm[rows]], rows[firm[rows]]
        if len(loose) == len(code):
            loose = slice(None)  # whole columns as they lie: nothing is copied
        cells = [(code[part] - first) * n_days for part in (loose, promised)]
        drawn, weight = landed[:, loose], amount[loose]
        totals = np.empty((n_draws, size, n))
        for draw in range(n_draws):
            counted = np.bincount(cells[0] + drawn[draw], weight, minlength=size * n_days)
            # of no rows at all, counts come back whole
            by_day = counted.reshape(size, n_days).astype(np.float64, copy=False)
            for each, in_currency, profile in moving:
                if in_currency.any():
                    by_day[in_currency] = each.apply(draw, by_day[in_currency], period_of, profile)
            if len(promised):
                places = cells[1] + landed[draw, promised]
                by_day += np.bincount(places, amount[promised], size * n_days).reshape(
                    size, n_days
                )
            totals[draw] = np.add.reduceat(by_day[:, :-2], starts, axis=1)
        yield slice(first, first + size), totals


def _profile(by_day: Cents, period_of: Ints) -> Floats:
    """(days + 2,) how each period's expected cash spreads over its days; evenly where none is."""
    whole = np.bincount(period_of, by_day)[period_of]
    return np.where(
        whole > 0, by_day / np.maximum(whole, 1), 1 / np.bincount(period_of)[period_of]
    )
