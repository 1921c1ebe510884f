"""Draws held against sums of past weeks: wider, level by level, never surer the longer."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.cash.intervals.cumulative import (
    LEAST_FACTOR,
    MOST_FACTOR,
    spread_factor,
    with_growing_spread,
    with_spread_scaled,
)
from payrisk.cash.intervals.landmarks import OPEN, UNBILLED, PastWeeks, past_weeks
from payrisk.cash.intervals.rivals import rivals, same_weekday_and_week_of_month

WEEKS = 8


def landmarks(misses, layers=(OPEN, UNBILLED), currency="EUR"):
    """A past morning a miss, each week of which came so many times as expected."""
    parts = [
        past_weeks(
            7 * number, currency, layer, np.full(WEEKS, 100.0), np.full(WEEKS, 10.0),
            np.full(WEEKS, 100.0 * miss), 100.0,
        )
        for number, miss in enumerate(misses)
        for layer in layers
    ]  # fmt: skip
    return PastWeeks().with_more(parts)


def drawn(sd=10.0, n=500):
    return np.maximum(np.random.default_rng(0).normal(100.0, sd, (n, WEEKS)), 0.0)


def test_sums_that_missed_more_than_the_draws_widen_them_and_little_past_little():
    g = np.random.default_rng(1)
    far = 1 + 0.5 * g.choice([-1, 1], 40)
    much = spread_factor(landmarks(far), "EUR", UNBILLED, drawn(), 100.0)
    little = spread_factor(landmarks(far[:3]), "EUR", UNBILLED, drawn(), 100.0)
    assert MOST_FACTOR >= much > little > 1.0
    near = spread_factor(landmarks(np.ones(40)), "EUR", UNBILLED, drawn(), 100.0)
    assert near == LEAST_FACTOR
    assert spread_factor(PastWeeks(), "EUR", UNBILLED, drawn(), 100.0) == 1.0
    assert spread_factor(landmarks(far), "USD", UNBILLED, drawn(), 100.0) == 1.0


def test_spread_draws_keep_order_mean_and_sign():
    weekly, expected = drawn(30.0), np.full(WEEKS, 100.0)
    wide = with_spread_scaled(weekly, expected, 2.0)
    assert wide.mean(axis=0) == pytest.approx(weekly.mean(axis=0))
    assert (np.argsort(wide[:, 0]) == np.argsort(weekly[:, 0])).all()
    assert (wide >= 0).all()
    assert (wide.std(axis=0) > 1.5 * weekly.std(axis=0)).all()
    up = with_spread_scaled(weekly, expected, 2.0, 1.0)
    assert (np.quantile(up, 0.9, axis=0) > np.quantile(weekly, 0.9, axis=0) + 10).all()
    assert with_spread_scaled(weekly, expected, np.ones(WEEKS)) is weekly


def test_sums_that_would_become_surer_are_spread():
    g = np.random.default_rng(2)
    first, last = g.uniform(0, 100, 400), g.uniform(40, 60, 400)
    slips = np.stack([first, 100 - 0.8 * first, last], axis=1)  # what slips a week, mostly
    held = np.cumsum(with_growing_spread(slips), axis=1)
    width = np.diff(np.quantile(held, [0.1, 0.9], axis=0), axis=0)[0]
    assert (width >= np.maximum.accumulate(width) * 0.999).all()
    grows = np.cumsum(np.abs(drawn()), axis=1)
    assert np.array_equal(with_growing_spread(grows), grows)


def test_rivals_know_the_calendar_or_the_level():
    before = np.tile([1.0, 2, 3, 4, 5, 0, 0], 60)
    named = rivals(before, 20_004)
    assert set(named) >= {"statistical-ensemble", "same-weekday-and-week-of-month"}
    for method in named.values():
        told = method(before, 14)
        assert told.shape == (14,)
        assert told.sum() == pytest.approx(30.0, rel=0.01)
    first_week = np.zeros(400)
    days = np.arange(20_000 - 400, 20_000).astype("datetime64[D]")
    first_week[(days - days.astype("datetime64[M]")).astype(int) < 7] = 70.0
    told = same_weekday_and_week_of_month(first_week, 40, 20_000)
    ahead = np.arange(20_000, 20_040).astype("datetime64[D]")
    is_first = (ahead - ahead.astype("datetime64[M]")).astype(int) < 7
    assert np.array_equal(told > 0, is_first)
