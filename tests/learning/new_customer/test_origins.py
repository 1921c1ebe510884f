from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from payrisk.calendar import NEVER
from payrisk.learning.new_customer.origins import (
    LEVEL_PRIOR,
    QUARTER,
    YEAR,
    age_of_learned,
    before,
    level_deviation,
    origins_of,
    with_age_weights,
)
from support.credit.past_applications import table


@pytest.fixture(scope="module")
def made():
    return table(900, 0)


def test_years_then_quarters_each_with_its_own_past(made):
    origins = origins_of(made)
    last = made.last_dated
    assert [origin.day for origin in origins] == [
        last + 1 - YEAR,
        last + 1 - QUARTER,
        last + 1 - 2 * QUARTER,
    ]
    for origin in origins:
        assert made.dated_on[origin.past].max() < origin.day <= made.dated_on[origin.later].min()
    assert len(origins[0].past) + len(origins[0].later) == len(made)


def test_what_had_not_matured_by_a_morning_is_not_in_its_past(made):
    slow = replace(made, known_on=made.dated_on + 300)
    day = int(made.dated_on.min()) + 400
    rows = before(slow, day)
    assert len(rows)
    assert (slow.dated_on[rows] + 300 <= day).all()
    assert len(rows) < len(before(made, day))


def test_a_table_without_dates_has_no_mornings(made):
    undated = replace(made, dated_on=np.full(len(made), NEVER, dtype=np.int64))
    assert origins_of(undated) == []
    assert with_age_weights(undated, YEAR).weight is None


def test_a_weight_halves_with_each_half_life_and_the_undated_count_as_the_mean(made):
    few = made.take(np.arange(4))
    dates = np.array([1000, 1000 - YEAR, 1000 - 2 * YEAR, NEVER])
    aged = with_age_weights(replace(few, dated_on=dates), YEAR)
    assert aged.weight.tolist() == pytest.approx([1.0, 0.5, 0.25, 1.75 / 3])
    assert with_age_weights(few, 0).weight is None


def test_what_was_learned_is_as_old_as_half_of_its_bad_ones(made):
    few = replace(
        made.take(np.arange(4)),
        bad=np.array([True, True, True, False]),
        dated_on=np.array([1000, 1000 - 2 * YEAR, 1000 - 3 * YEAR, 0]),
    )
    assert age_of_learned(few, 1000.0) == pytest.approx(2.0)
    assert age_of_learned(with_age_weights(few, YEAR), 1000.0) == 0.0


def test_the_level_moves_by_what_years_differ_by_beyond_their_counts(made):
    def years(*rates):
        n = 1000
        bad = np.concatenate([np.arange(n) < rate * n for rate in rates])
        day = np.repeat(3000 - YEAR * np.arange(len(rates)), n)
        rows = np.zeros(len(bad), dtype=np.int64)
        return replace(made.take(rows), bad=bad, dated_on=day)

    assert level_deviation(years(0.1)) == pytest.approx(LEVEL_PRIOR)
    assert level_deviation(years(0.1, 0.1)) == pytest.approx(LEVEL_PRIOR * np.sqrt(2 / 3))
    step = np.log(0.2 / 0.8) - np.log(0.1 / 0.9)
    noise = 1 / 200 + 1 / 800 + 1 / 100 + 1 / 900
    expected = np.sqrt((2 * LEVEL_PRIOR**2 + step**2 - noise) / 3)
    assert level_deviation(years(0.2, 0.1)) == pytest.approx(expected)
