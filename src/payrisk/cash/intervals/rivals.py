"""Rivals for receipts in all that know the calendar, or are plain statistics."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import weekday
from payrisk.cash.intervals.naive import NAIVE, WEEK, Naive, mean_of_last_4_weeks, with_draws

MONTHS = 6
"""Latest months whose same weekday in the same week of month is averaged."""
RATES = (0.05, 0.1, 0.2, 0.4)
"""Rates of plain exponential smoothing, of which the one that missed least is taken."""
LEVEL_RATE, TREND_RATE, DAMPING = 0.3, 0.1, 0.9
"""Of the damped trend."""


def same_weekday_and_week_of_month(before: Floats, n_days: int, as_of: int) -> Floats:
    """Each day as its weekday in its week of month was on average in the last six months.

    before: receipts by day up to the eve of as_of. A day whose like never was takes its weekday's
    mean of the last four weeks.
    """
    out = mean_of_last_4_weeks(before, n_days)
    past = np.arange(as_of - len(before), as_of)
    recent = past >= as_of - 31 * MONTHS
    past, receipts = past[recent], before[recent]
    if not len(past):
        return out
    kinds = _kinds(past)
    sums, n = np.bincount(kinds, receipts, 42), np.bincount(kinds, minlength=42)
    ahead = _kinds(np.arange(as_of, as_of + n_days))
    return np.where(n[ahead] > 0, sums[ahead] / np.maximum(n[ahead], 1), out)


def statistical_ensemble(before: Floats, n_days: int) -> Floats:
    """Mean of four simple statistics of the weekly sums, spread over the days of recent weeks.

    Mean of 4 and of 13 weeks, exponential smoothing at its best rate, damped trend.
    """
    weeks = len(before) // WEEK
    by_day = mean_of_last_4_weeks(before, n_days)
    if weeks < 8:
        return by_day
    weekly = before[-weeks * WEEK :].reshape(-1, WEEK).sum(axis=1)
    n_weeks = -(-n_days // WEEK)
    level, trend = _damped(weekly)
    steps = np.cumsum(DAMPING ** np.arange(1, n_weeks + 1))
    flat = weekly[-4:].mean() + weekly[-13:].mean() + _smoothed(weekly)
    told = (flat + np.maximum(level + trend * steps, 0.0)) / 4
    usual = weekly[-4:].mean()
    shares = by_day / usual if usual > 0 else np.full(n_days, 1.0 / WEEK)
    return np.asarray(told[np.arange(n_days) // WEEK] * shares)


def rivals(before: Floats, as_of: int) -> dict[str, Naive]:
    """Name → method of every rival for a series that ends on the eve of as_of."""

    def by_calendar(past: Floats, n_days: int) -> Floats:
        return same_weekday_and_week_of_month(past, n_days, as_of - (len(before) - len(past)))

    return {
        **NAIVE,
        "same-weekday-and-week-of-month": by_calendar,
        "statistical-ensemble": statistical_ensemble,
    }


def rival_draws(before: Floats, n_days: int, as_of: int) -> dict[str, tuple[Floats, Floats]]:
    """Name → (n_days,) expected and (n_draws, n_days) draws by the rival's own past errors."""
    return {
        name: with_draws(method, before, n_days) for name, method in rivals(before, as_of).items()
    }


def _kinds(days: Ints) -> Ints:
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    day_of_month = days - months.astype(np.int64)
    return np.asarray(day_of_month // WEEK * WEEK + weekday(days))


def _smoothed(weekly: Floats) -> float:
    misses, levels = [], []
    for rate in RATES:
        level, missed = float(weekly[:4].mean()), 0.0
        for week, came in enumerate(weekly):
            missed += abs(came - level) if week >= 8 else 0.0
            level += rate * (float(came) - level)
        misses.append(missed)
        levels.append(level)
    return levels[int(np.argmin(misses))]


def _damped(weekly: Floats) -> tuple[float, float]:
    level, trend = float(weekly[:4].mean()), 0.0
    for came in weekly:
        told = level + DAMPING * trend
        miss = float(came) - told
        level, trend = told + LEVEL_RATE * miss, DAMPING * trend + LEVEL_RATE * TREND_RATE * miss
    return level, trend
