"""Naive forecasts of receipts without looking at an invoice: recent weeks, last year."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from payrisk.arrays import Floats

Naive = Callable[[Floats, int], Floats]
"""(days before a morning, days ahead) → (days ahead,) expected receipts."""

WEEK, YEAR = 7, 364
PAST_ORIGINS = 52


def mean_of_last_4_weeks(before: Floats, n_days: int) -> Floats:
    """Each weekday as it was on average in the last four weeks; fewer where there are no more."""
    weeks = max(1, min(4, len(before) // WEEK))
    recent = before[-weeks * WEEK :]
    if len(recent) < WEEK:
        return np.full(n_days, recent.mean() if len(recent) else 0.0)
    return np.asarray(np.resize(recent.reshape(-1, WEEK).mean(axis=0), n_days))


def seasonal_naive(before: Floats, n_days: int) -> Floats:
    """Each day as 364 days earlier; four weeks earlier where the past is shorter.

    >>> seasonal_naive(np.arange(28.0), 3).tolist()
    [0.0, 1.0, 2.0]
    """
    for span in (YEAR, 4 * WEEK, WEEK):
        if len(before) >= span:
            return np.asarray(np.resize(before[-span:], n_days))
    return mean_of_last_4_weeks(before, n_days)


NAIVE: dict[str, Naive] = {
    "mean-of-last-4-weeks": mean_of_last_4_weeks,
    "seasonal-naive": seasonal_naive,
}
"""Name → method; their names in every table."""


def with_draws(method: Naive, before: Floats, n_days: int) -> tuple[Floats, Floats]:
    """(n_days,) expected and (n_draws, n_days) draws: the method's own past errors, added.

    Each draw takes the errors that one past morning would have made; at least one draw.
    """
    expected = method(before, n_days)
    draws = [expected]
    for back in range(1, PAST_ORIGINS + 1):
        end = len(before) - WEEK * (back - 1) - n_days
        if end < 8 * WEEK:
            break
        error = before[end : end + n_days] - method(before[:end], n_days)
        draws.append(np.maximum(expected + error, 0.0))
    return expected, np.stack(draws[1:] or draws)
