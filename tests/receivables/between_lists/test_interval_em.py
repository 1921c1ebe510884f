"""EM over the days between two lists: by hand, and the laws it has to keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.receivables.between_lists.interval_em import (
    CandidateDays,
    CertainDayCounts,
    expected_hazard,
    fit_hazard_and_weights,
)

N_CELLS = 12


def between(*bounds):
    first, last = (np.array(days, dtype=np.int64) for days in zip(*bounds, strict=True))
    return CandidateDays.between(first, last)


def test_two_payments_between_two_days_and_one_on_the_second_by_hand():
    """Cells are days 0 and 1: an exact payment on day 1 was at risk on both."""
    days = between((0, 1), (0, 1))
    sure = CertainDayCounts(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    hazard = expected_hazard(days, days.day, days.even_weights(), sure)
    assert hazard == pytest.approx([1 / 3, 1.0])
    hazard, weight = fit_hazard_and_weights(days, days.day, sure, 1)
    assert weight == pytest.approx([1 / 3, 2 / 3, 1 / 3, 2 / 3])
    assert hazard == pytest.approx([2 / 9, 1.0])
    _, weight = fit_hazard_and_weights(days, days.day, sure, 200)
    assert weight == pytest.approx([0.0, 1.0, 0.0, 1.0], abs=1e-6)


def test_later_days_of_an_interval_weigh_less_where_the_hazard_is_even():
    days = between((3, 5))
    chance = days.chances(np.array([0.5, 0.5, 0.5]))
    assert chance.tolist() == [0.5, 0.25, 0.125]
    assert days.weights(np.array([0.5, 0.5, 0.5])) == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert days.weights(np.zeros(3)) == pytest.approx([1 / 3, 1 / 3, 1 / 3])


spans = st.lists(
    st.tuples(st.integers(0, N_CELLS - 1), st.integers(0, 6)), min_size=1, max_size=12
)


@st.composite
def observed(draw):
    """Intervals, exact payments and invoices still open, all watched from some day on."""
    days = between(*((a, min(a + w, N_CELLS - 1)) for a, w in draw(spans)))
    paid, at_risk = np.zeros(N_CELLS), np.zeros(N_CELLS)
    enters = draw(st.lists(st.integers(0, N_CELLS - 1), min_size=0, max_size=10))
    for since in enters:
        last = draw(st.integers(since, N_CELLS - 1))
        at_risk[since : last + 1] += 1
        paid[last] += draw(st.booleans())
    first = days.day[days.start]
    for start in first:
        at_risk[draw(st.integers(0, int(start))) : start] += 1
    return days, CertainDayCounts(paid, at_risk)


def log_likelihood(days, sure, hazard):
    """Of everything observed: exact payments, days survived, and the intervals."""
    inside = np.clip(hazard, 1e-300, 1 - 1e-16)
    exact = sure.paid * np.log(inside) + (sure.at_risk - sure.paid) * np.log1p(-inside)
    return float(exact.sum()) + days.log_likelihood(hazard[days.day])


@settings(max_examples=60, deadline=None)
@given(observed())
def test_no_turn_lowers_the_likelihood_of_the_intervals(case):
    days, sure = case
    before = -np.inf
    for rounds in range(12):
        hazard, weight = fit_hazard_and_weights(days, days.day, sure, rounds)
        now = log_likelihood(days, sure, hazard)
        assert now >= before - 1e-9
        assert np.bincount(days.item, weight) == pytest.approx(1.0)
        before = now


@settings(max_examples=40, deadline=None)
@given(observed())
def test_intervals_of_one_day_give_the_product_limit_of_exact_days(case):
    wide, sure = case
    day = wide.day[wide.start]
    days = CandidateDays.between(day, day)
    hazard, weight = fit_hazard_and_weights(days, days.day, sure, 3)
    paid = sure.paid + np.bincount(day, minlength=N_CELLS)
    at_risk = sure.at_risk + np.bincount(day, minlength=N_CELLS)
    assert weight.tolist() == [1.0] * len(day)
    assert (hazard == np.where(at_risk > 0, paid / np.maximum(at_risk, 1e-12), 0.0)).all()


@pytest.mark.parametrize("draws", [1, 3])
def test_many_payments_are_drawn_in_the_share_that_their_days_weigh(draws):
    days = between(*[(1, 4)] * 1000)
    weight = np.tile([0.1, 0.2, 0.3, 0.4], 1000)
    drawn = days.sampled_weights(weight, draws)
    assert np.bincount(days.item, drawn).tolist() == pytest.approx([1.0] * 1000)
    assert set(np.round(drawn * draws, 9)) <= set(range(draws + 1))
    assert drawn.reshape(-1, 4).mean(axis=0) == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.005)
