"""Measures of totals, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.cash.intervals.dependence import (
    GRID,
    INDEPENDENT,
    best_dependence,
    crps_and_coverage_miss,
)
from payrisk.cash.intervals.measures import bias, crps, is_covered, net_accuracy, wape
from payrisk.cash.intervals.naive import mean_of_last_4_weeks, seasonal_naive, with_draws
from payrisk.predictions import Dependence


def test_wape_counts_every_miss_and_net_accuracy_hides_opposite_ones():
    said, came = np.array([8.0, 12.0]), np.array([10.0, 10.0])
    assert (wape(said, came), bias(said, came), net_accuracy(said, came)) == (0.2, 0.0, 1.0)
    assert np.isnan(wape(said, np.zeros(2)))


def test_crps_of_one_draw_is_the_error_and_of_two_by_hand():
    assert crps(np.array([[3.0]]), np.array([5.0])).tolist() == [2.0]
    # E|X - a| = 1, E|X - X'| = 1: 1 - 1/2
    assert crps(np.array([[0.0], [2.0]]), np.array([1.0])).tolist() == [0.5]


def test_an_interval_holds_its_ends():
    assert is_covered(np.array([1.0]), np.array([2.0]), np.array([2.0])).tolist() == [1.0]


def test_the_dependence_that_covers_is_chosen_among_equal_crps():
    wide = Dependence(0.3, 0.2, 0.05)
    scores = [(INDEPENDENT, 0.030, 0.30), (wide, 0.031, 0.02)]
    assert best_dependence(scores) == wide
    assert best_dependence([(wide, float("nan"), float("nan"))]) == Dependence()
    assert best_dependence([(GRID[0], 0.1, 0.0), (GRID[1], 0.3, 0.0)]) == GRID[0]


def test_true_draws_are_judged_better_than_narrow_ones():
    g = np.random.default_rng(0)
    actual, open_ = g.normal(100, 10, 400), np.full(400, 1000.0)
    true, narrow = g.normal(100, 10, (300, 400)), g.normal(100, 3, (300, 400))
    assert (
        crps_and_coverage_miss(true, actual, open_)[1]
        < 0.04
        < crps_and_coverage_miss(narrow, actual, open_)[1]
    )
    nothing = crps_and_coverage_miss(np.zeros((5, 2)), np.zeros(2), np.full(2, 10.0))
    assert np.isnan(nothing[0])


def test_naive_methods_repeat_weeks_and_years():
    before = np.arange(28.0)
    assert mean_of_last_4_weeks(before, 8).tolist() == [*np.arange(10.5, 17.5), 10.5]
    assert seasonal_naive(before, 2).tolist() == [0.0, 1.0]
    assert seasonal_naive(np.arange(400.0), 1).tolist() == [36.0]
    assert seasonal_naive(np.ones(3), 2).tolist() == [1.0, 1.0]


def test_naive_draws_are_past_errors():
    before = np.tile([5.0, 0, 0, 0, 0, 0, 0], 30)
    expected, draws = with_draws(mean_of_last_4_weeks, before, 14)
    assert expected.sum() == pytest.approx(10.0)
    assert np.allclose(draws, expected)
    assert len(draws) > 10
