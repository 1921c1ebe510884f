"""Person-period rows of payments between two lists: by hand, and what has to stay as it was."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.days_to_pay.interval_rows import (
    ArrivedParts,
    DaysStillOut,
    place_on_likely_days,
)
from payrisk.learning.days_to_pay.person_period import person_period
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.ledger import Ledger
from payrisk.receivables.between_lists.interval_em import CandidateDays
from payrisk.receivables.between_lists.likely_days import LikelyDays
from payrisk.receivables.between_lists.settlement_intervals import SettlementIntervals
from payrisk.simulate import simulate

SMALL = {"seeds": 1, "rounds": 10}


def ints(*values):
    return np.array(values, dtype=np.int64)


def likely(earliest, latest, weight):
    """One payment on invoice 0, known to these days."""
    intervals = SettlementIntervals(
        ints(0), ints(earliest), ints(latest), np.array([True]), ints(-1), ints(99)
    )
    days = CandidateDays.between(intervals.earliest, intervals.latest)
    return LikelyDays(intervals, days, np.array(weight))


def rows(first, last=14, **what):
    """One moment that waits from `first`; its invoice was paid on the evening of day 14."""
    arrived = ArrivedParts(ints(0), ints(last), np.array([1.0]), np.array([1.0]))
    days = np.arange(first, last)
    ones = np.ones(len(days))
    waiting = DaysStillOut(np.zeros(len(days), dtype=np.int64), days, ones, ones)
    return place_on_likely_days(arrived, waiting, ints(0), ints(first), likely(**what))


def test_it_arrives_on_one_day_and_waits_before_by_the_chance_that_it_had_not_come():
    """Days 11 to 14 weigh 1/8, 1/8, 1/4, 1/2; the golden section draws day 14 (0.618 > 0.5)."""
    came, waits = rows(9, earliest=11, latest=14, weight=[0.125, 0.125, 0.25, 0.5])
    assert (came.day.tolist(), came.settles.tolist()) == ([14], [1.0])
    assert waits.day.tolist() == [9, 10, 11, 12, 13]
    assert waits.settled == pytest.approx([1.0, 1.0, 0.875, 0.75, 0.5])
    assert waits.money == pytest.approx(waits.settled)


def test_a_moment_inside_counts_with_the_chance_that_it_still_had_to_wait():
    came, waits = rows(12, earliest=11, latest=14, weight=[0.5, 0.125, 0.125, 0.25])
    assert came.settles.sum() == pytest.approx(0.5)
    assert waits.day.tolist() == [12, 13]
    assert waits.settled == pytest.approx([0.375, 0.25])


def with_days(exact, width):
    """The same books, each payment known to the days up to `width` before the one it is booked."""
    credits = exact.tables["credits"]
    day = credits["happened_on"]
    return Ledger(
        {**exact.tables, "credits": credits.assign(earliest_on=day - width, latest_on=day)}
    )


@pytest.fixture(scope="module")
def company():
    return Ledger.from_tables(simulate(15, 12, 3).tables)[0]


def test_intervals_of_one_day_give_the_exact_model_to_the_bit(company):
    morning = company.last_day - 30
    exact, same = (
        fit_daily_hazard(one.as_of(morning), **SMALL).to_files()
        for one in (company, with_days(company, 0))
    )
    assert exact == same
    assert len(exact) > 1


@pytest.mark.parametrize("reading", ["settled", "money"])
def test_a_moment_waits_less_from_day_to_day_and_no_more_arrives_than_waited(company, reading):
    every = Sampling(unpaid_rate=1.0, unpaid_days=10**9)
    found = person_period(with_days(company, 20).as_of(company.last_day - 30), sampling=every)
    weight, n = found.weight(reading), len(found.moments)
    assert (weight >= 0).all()
    assert np.bincount(found.row[found.paid], weight[found.paid], n).max() <= 1 + 1e-9
    waits = np.flatnonzero(~found.paid)
    order = waits[np.lexsort((found.day[waits], found.row[waits]))]
    same = found.row[order][1:] == found.row[order][:-1]
    assert np.diff(weight[order])[same].max() <= 1e-9
    assert ((weight[order] > 0.01) & (weight[order] < 0.99)).sum() > 1_000


def test_payments_are_learnt_from_before_the_day_of_the_list(company):
    morning, late = company.last_day - 30, []
    wide = with_days(company, 20)
    for one in (wide, Ledger({**wide.tables, "credits": company.tables["credits"]})):
        found = person_period(one.as_of(morning))
        weight = found.settled * found.paid
        days = found.day - found.moments.due_on[found.row]
        late.append(float((weight * days).sum() / weight.sum()))
    assert late[1] - 20 < late[0] < late[1] - 5
