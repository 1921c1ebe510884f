"""Widths learnt from past weeks, and the monotone map that gives them to the draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import NEVER
from payrisk.cash.forecasting.forecast import widened_by_past_weeks
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.intervals.conformal import (
    LEVELS,
    NOT_YET,
    Widths,
    conformal_quantile,
    least_landmarks,
)
from payrisk.cash.intervals.landmarks import OPEN, PastWeeks, past_weeks
from payrisk.cash.intervals.stretching import PeriodShifts, stretch_weeks, stretched_periods
from payrisk.errors import ModelError
from support.cash.by_hand import AS_OF, credits, curves, open_invoices


def past(
    misses: list[float], sd: float = 10.0, currency: str = "EUR", weeks: int = 2
) -> PastWeeks:
    """Weekly landmarks before AS_OF that missed by so much in every week; nothing else open."""
    told = [
        past_weeks(
            AS_OF - 7 * (len(misses) - at) - 7 * weeks,
            currency,
            OPEN,
            np.full(weeks, 100.0),
            np.full(weeks, sd),
            np.full(weeks, 100.0 + miss),
            0.0,
        )
        for at, miss in enumerate(misses)
    ]
    return PastWeeks().with_more(told)


def test_the_least_landmarks_of_each_level():
    assert [least_landmarks(level) for level in LEVELS] == [1, 4, 9, 19]


def test_the_quantile_is_the_ceiling_of_n_plus_one_times_level():
    scores = np.arange(1.0, 20.0)
    assert conformal_quantile(scores, 0.95) == 19.0
    assert conformal_quantile(scores, 0.8) == 16.0
    assert conformal_quantile(scores[:18], 0.95) == float("inf")


def test_widths_are_the_misses_in_units_of_the_sd():
    widths = Widths.of(past([-10.0, 20.0, 5.0, -40.0]), "EUR", 2)
    assert widths.n.tolist() == [4, 4]
    assert widths.effective.tolist() == [4, 2]  # two weeks ahead overlap with the next landmark
    assert widths.k[0].tolist() == [2.0, 4.0, float("inf"), float("inf")]
    table = widths.table().set_index(["week", "level"])["verified"]
    assert table[1, 0.8] == "on 4 closed landmarks, 4 without overlap"
    assert table[2, 0.8] == "on 4 closed landmarks, 2 without overlap"
    assert table[1, 0.95] == NOT_YET
    assert Widths.of(past([1.0] * 19), "EUR", 1).table()["verified"].ne(NOT_YET).all()
    assert Widths.of(past([1.0] * 19), "USD", 1).table()["verified"].eq(NOT_YET).all()


def test_a_level_without_enough_landmarks_widens_as_the_highest_that_has_them():
    widths = Widths.of(past([20.0] * 4), "EUR", 1)
    own = np.array([[6.0, 10.0, 15.0, 20.0]])
    wide = widths.half_widths(np.array([10.0]), own, 0.0)
    assert wide.tolist() == [[20.0, 20.0, 30.0, 40.0]]


def test_without_a_past_the_draws_stay():
    draws = np.random.default_rng(0).normal(50, 10, (400, 3))
    same = stretch_weeks(
        draws, np.full(3, 50.0), Widths.of(PastWeeks(), "EUR", 3), 0.0, most=np.inf
    )
    assert np.allclose(same, np.clip(draws, 0, None))


@given(st.integers(0, 50), st.floats(0.2, 4.0))
def test_the_map_is_monotone_stays_in_bounds_and_has_the_width_asked(seed, factor):
    g = np.random.default_rng(seed)
    draws = g.gamma(4.0, 25.0, (300, 1))
    widths = Widths.of(past([10.0 * factor] * 19, weeks=1), "EUR", 1)
    most = 400.0
    new = stretch_weeks(draws, np.array([100.0]), widths, 0.0, most=most)
    order = np.argsort(draws[:, 0])
    assert (np.diff(new[order, 0]) >= -1e-9).all()
    assert (new >= 0).all()
    assert (new <= most).all()
    inside = np.abs(new[:, 0] - 100.0) <= factor * draws.std() + 1e-6
    assert inside.mean() >= 0.95 - 1 / 300


@given(st.integers(0, 40))
def test_slips_lose_no_cent_and_reach_their_target(seed):
    g = np.random.default_rng(seed)
    before = g.integers(0, 50, (20, 5)).astype(float)
    after = g.dirichlet(np.ones(5), 20) * before.sum(axis=1, keepdims=True)
    slips = PeriodShifts.between(before, after)
    assert np.allclose(slips.share.sum(axis=2), 1.0)
    for draw in range(20):
        moved = slips.apply(draw, before[draw][None], np.arange(5), np.ones(5))
        assert np.allclose(moved[0], after[draw])
        parts = np.vstack([before[draw] * 0.3, before[draw] * 0.7])
        assert np.allclose(
            slips.apply(draw, parts, np.arange(5), np.ones(5)).sum(axis=0), after[draw]
        )


def test_targets_keep_the_whole():
    g = np.random.default_rng(1)
    totals = g.dirichlet(np.ones(4), 100) * 1000
    widths = Widths.of(past([500.0] * 19, weeks=2), "EUR", 2)
    new = stretched_periods(totals, totals[:, :2].mean(axis=0), widths, 1000.0)
    assert np.allclose(new.sum(axis=1), 1000.0)
    assert (new >= 0).all()
    assert new[:, 0].std() > totals[:, 0].std()


def make(seed: int = 0):
    n = 80
    return forecast(
        open_invoices(n, seed, entity_id="north", currency="EUR"),
        curves(n, seed, days=60),
        credits(),
        as_of=AS_OF,
        generator=np.random.default_rng(seed),
        horizon_days=30,
        n_draws=60,
    )


@given(st.integers(0, 8))
def test_every_grain_and_cut_of_a_stretched_forecast_still_adds_up(seed):
    raw = make(seed)
    history = past([3e6] * 19, sd=1e6)
    cash = widened_by_past_weeks(raw, history)
    assert cash.slips
    assert np.array_equal(cash.expected, raw.expected)
    _, by_day = cash.draws("day")
    for grain in ("week", "month", "quarter"):
        assert np.allclose(cash.draws(grain)[1].sum(axis=2), by_day.sum(axis=2))
    groups, of_customers = cash.draws("day", "customer_id")
    assert np.allclose(of_customers.sum(axis=1), by_day[:, 0])
    open_ = raw.invoices.groupby("customer_id")["expected_from"].sum()
    total = of_customers.sum(axis=2)
    assert (of_customers >= 0).all()
    assert (total <= open_.reindex(groups["customer_id"]).to_numpy() + 1e-6).all()
    weekly = (cash.draws("week")[1], raw.draws("week")[1])
    assert weekly[0].std(axis=0).sum() > weekly[1].std(axis=0).sum()


def test_what_is_verified_is_said_of_each_week():
    cash = widened_by_past_weeks(make(), past([1e6] * 5, sd=1e6))
    assert cash.verified == "80 %: weeks 1-2 on 5-5 closed landmarks; 95 %: not verifiable yet"
    records = cash.records("week")
    said = records.loc[records["part"] == "week", "verified"]
    assert said.iloc[0] == "on 5 closed landmarks, 5 without overlap"
    assert said.iloc[-1] == NOT_YET
    assert make().verified == NOT_YET
    for records in (cash.records("month"), cash.records("week", "entity_id")):
        said = records.loc[records["starts_on"] < NEVER, "verified"]
        assert set(said) == {"not verified: past weeks tell of weekly totals alone"}


def test_landmarks_are_read_as_they_were_written():
    one = past([1.0, 2.0])
    again = PastWeeks.from_json(one.to_json())
    assert again.to_json() == one.to_json()
    assert len(one.closed_before(AS_OF - 14)) == 3
    assert len(one.with_more([one])) == len(one)
    assert PastWeeks.from_json([]).to_json() == []
    with pytest.raises(ModelError, match="landmarks"):
        PastWeeks.from_json([{"as_of": "2024-01-01"}])
