"""A change in how a customer pays: found where it is, and not where there is only chance."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.receivables.behaviour.change_point import (
    LEAST_BEFORE,
    LEAST_SINCE,
    MOST_RECENT,
    change_points,
)
from support.company.planted_changes import Found, find, planted_company
from support.full import FULL

PRIOR = np.array([0.05 / 12])


def read(late: list[float], *, n_open: int = 0, direction: int = 1):
    row = np.full((1, 72), np.nan)
    row[0, 72 - len(late) :] = late
    is_open = np.zeros(row.shape, dtype=bool)
    is_open[0, 72 - n_open :] = n_open > 0
    return change_points(row, is_open, PRIOR, direction=direction)


STEADY = [0, 2, -1, 3, 1, 0, 2, 1, -2, 0, 1, 2, 0, 3, 1, 0]


def test_four_payments_twenty_days_later_are_a_change_dated_and_sized():
    found = read([*STEADY, 21, 19, 20, 22])
    assert found.probability[0] > 0.95
    assert found.n_since[0] == 4
    assert (found.before[0], found.since[0]) == (1.0, 20.5)
    assert found.shift[0] == 20.0


def test_nothing_has_changed_where_payments_come_as_ever_and_two_strays_are_none():
    assert read(STEADY).probability[0] < 0.1
    assert read([*STEADY, 1, 45, 0, 2, 60, 1]).probability[0] < 0.3


def test_who_pays_in_two_ways_has_not_changed_by_a_run_of_the_later_one():
    mixed = [-7, 4, -7, -7, 5, 4, -7, -7, 3, -7, 4, -7, -7, 5, -7, 4]
    assert read([*mixed, 4, 5, 4]).probability[0] < 0.5


def test_what_is_open_and_overdue_counts_as_that_late_or_later():
    paid, waiting = [*STEADY, 18, 20], [*STEADY, 18, 20, 25]
    assert read(waiting, n_open=1).probability[0] > read([*paid, 1]).probability[0]
    assert read(waiting, n_open=1).probability[0] > 0.8


def test_an_improvement_is_the_same_the_other_way():
    late = [x + 25 for x in STEADY]
    assert read([*late, 1, 3, 2, 0], direction=-1).probability[0] > 0.95
    assert read([*late, 1, 3, 2, 0], direction=1).probability[0] < 0.1
    assert read([*late, 1, 3, 2, 0], direction=-1).shift[0] < 0


def test_too_few_payments_are_not_judged():
    assert np.isnan(read([0] * (LEAST_BEFORE + LEAST_SINCE - 1)).probability[0])
    assert not np.isnan(read([0] * (LEAST_BEFORE + LEAST_SINCE)).probability[0])


def test_a_change_longer_ago_than_is_looked_at_is_a_habit():
    assert read([*STEADY, *[21] * (MOST_RECENT + 32)]).probability[0] < 0.1


@pytest.mark.parametrize("rows", [1, 5])
def test_a_customers_reading_hangs_on_others_by_their_spread_alone(rows):
    row = np.full((rows, 72), np.nan)
    row[:, 72 - 20 :] = [*STEADY, 21, 19, 20, 22]
    found = change_points(row, np.zeros(row.shape, dtype=bool), np.repeat(PRIOR, rows))
    assert found.probability == pytest.approx(read([*STEADY, 21, 19, 20, 22]).probability[0])


def test_planted_changes_are_found_in_time_and_few_are_named_falsely():
    """Payments 15 to 45 days later; --full: the companies on which it was judged (ADR 0060)."""
    seeds, n, share = (range(701, 713), 120, 0.25) if FULL else ((401,), 50, 0.3)
    counts = Found()
    for seed in seeds:
        counts += find(planted_company(seed, n, share))
    assert counts.unchanged > (600 if FULL else 15)
    assert counts.share_found >= (0.9 if FULL else 0.6)
    assert counts.false_rate <= (0.05 if FULL else 0.15)
    assert counts.precision_at(0.05) >= (0.6 if FULL else 0.0)
