from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from payrisk.calendar import NEVER
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk.learning.new_customer.fit_years import (
    fit_across_years,
    inputs_with_reversed_effect,
    is_surely_below_zero,
    walks_after,
)
from payrisk.learning.new_customer.folds import in_order
from payrisk.learning.new_customer.origins import origins_of
from payrisk.learning.new_customer.training_matrix import Setting
from payrisk.scoring.log_odds import probability_of
from payrisk.scoring.new_customer.scorecard import ScorecardModel
from support.credit.past_applications import table
from support.credit.quick_trees import QUICKER

SMALL = QUICKER[1:2]
GREEDY = Setting(
    "greedy",
    20,
    {"learning_rate": 5.0, "num_leaves": 60, "min_data_in_leaf": 1, "lambda_l2": 0.0},
)
"""Trees that learn by heart and overshoot."""


def turning(n=600, turns_at=0.5):
    """Applications of two years; from a share of them on more debt is the better sign."""
    made = table(n, 1, monotone={})
    debt = made.frame["debt"].to_numpy()
    later = made.dated_on >= np.quantile(made.dated_on, turns_at)
    rng = np.random.default_rng(5)
    odds = np.where(later, -0.9, 0.9) * (debt - 2.0) - 1.0
    return in_order(replace(made, bad=rng.random(n) < 1.0 / (1.0 + np.exp(-odds))))


@pytest.fixture(scope="module")
def two_years():
    return in_order(table(450, 2))


@pytest.fixture(scope="module")
def model(two_years):
    return fit_across_years(two_years, 0, SMALL)


def test_without_dates_or_enough_before_a_year_it_is_the_ordinary_fit():
    undated = replace(table(300), dated_on=np.full(300, NEVER, dtype=np.int64))
    ordinary = fit_applicant(undated, 0, SMALL)
    assert ordinary.years is None
    assert fit_across_years(undated, 0, SMALL).to_files() == ordinary.to_files()


def test_what_walking_forward_showed_is_kept_and_told(model):
    back = type(model).from_files(model.to_files())
    assert back.years == model.years
    assert back.to_files() == model.to_files()
    told = model.parameters
    assert told["walked_from"]
    assert 0.0 < told["log_odds_kept"] < 1.0
    assert told["half_life_days"] == model.years.half_life_days


def test_a_level_that_moves_draws_chances_in_and_widens_their_bounds(model, two_years):
    calm = replace(model, years=replace(model.years, level_deviation=0.0))
    wide = replace(model, years=replace(model.years, level_deviation=0.8))
    frame = two_years.frame.head(20)
    gained = wide.standard_error(frame) ** 2 - calm.standard_error(frame) ** 2
    assert gained == pytest.approx(np.full(20, 0.64))
    assert calm.years.widening == 1.0
    # the mean of σ(2 + 0.8 e) over a standard normal e, by simulation
    drawn = probability_of(2.0 + 0.8 * np.random.default_rng(0).normal(size=200_000)).mean()
    assert probability_of(2.0 * wide.years.widening) == pytest.approx(drawn, abs=0.01)


@pytest.mark.parametrize(("turns_at", "has_held"), [(0.5, True), (0.75, False)])
def test_an_input_that_turned_is_named_and_whether_it_has_held_since(turns_at, has_held):
    made = turning(turns_at=turns_at)
    assert inputs_with_reversed_effect(made, origins_of(made), 0) == {"debt": has_held}


def test_a_past_morning_hears_nothing_of_what_came_after(two_years):
    origin = origins_of(two_years)[0]
    bad = two_years.bad.copy()
    bad[origin.later] = ~bad[origin.later]
    heard, unheard = (
        walks_after(each, [origin], 365, 0, SMALL)[0]
        for each in (two_years, replace(two_years, bad=bad))
    )
    for ours, theirs in zip(
        (*heard.known, *heard.asked), (*unheard.known, *unheard.asked), strict=True
    ):
        assert np.array_equal(ours, theirs)
    assert heard.gap == unheard.gap


def test_where_trees_are_surely_worse_on_later_years_the_scorecard_ships(two_years):
    shipped = fit_across_years(two_years, 0, (GREEDY,))
    assert isinstance(shipped, ScorecardModel)
    assert shipped.years.is_card
    assert shipped.parameters["scorecard_ships"]
    assert shipped.years.brier_less < 0.0
    assert type(shipped).from_files(shipped.to_files()).years == shipped.years


def test_a_mean_is_surely_negative_beyond_its_standard_error_and_the_more_so_with_more_tries():
    gains = np.array([-1.0, 1.0] * 50) - 0.18  # mean −.18, standard error .1
    assert is_surely_below_zero(gains, 1)
    assert not is_surely_below_zero(gains, 4)
    assert not is_surely_below_zero(-gains, 1)


def test_an_input_that_turned_is_told_and_what_came_after_is_followed():
    made = turning()
    fitted = fit_across_years(made, 0, SMALL)
    assert fitted.parameters["inputs_that_turned"] == ["debt"]
    assert fitted.years.half_life_days > 0
    low, high = (fitted.rows([{"debt": debt, "score": 600.0}]) for debt in (0.5, 6.0))
    assert fitted.log_odds(high)[0] < fitted.log_odds(low)[0]  # as the second year had it
