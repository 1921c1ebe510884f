"""Last year's layer: counted by hand, tried on the past, and never told what came later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.cash.layers.last_year import (
    LEAST_TRIALS,
    TRIAL_EVERY,
    cash_of_last_year,
    cash_of_unseen,
    rows_known_on,
    share_of_last_year,
)
from payrisk.cash.layers.unbilled import forecast_unbilled

AS_OF = day_of("2024-06-03")  # a Monday
PAID_AFTER = 10


def billed_on(days, cents=100, as_of=AS_OF):
    """An invoice each of these days, paid ten days later, as known on as_of."""
    days = np.asarray(days, dtype=np.int64)
    closed = days + PAID_AFTER
    rows = pd.DataFrame(
        {
            "customer_id": "c",
            "currency": "EUR",
            "issued_on": days,
            "recorded_on": days,
            "amount": cents,
            "closed_on": np.where(closed < as_of, closed, NEVER),
            "cash": np.where(closed < as_of, cents, 0),
        }
    )
    return rows[rows["recorded_on"] < as_of].reset_index(drop=True)


def seasons(first, last):
    """Bills in one quarter of the year only, which begins on AS_OF."""
    days = np.arange(first, last)
    return days[(days - AS_OF) % 364 < 91]


def layer(rows, n_days=91):
    return forecast_unbilled(
        rows, as_of=AS_OF, horizon_days=n_days, n_draws=40, generator=np.random.default_rng(0)
    )


def test_what_came_counts_unseen_invoices_only_and_stops_where_nothing_is_known():
    rows = billed_on([100, 105, 110], as_of=200)
    assert cash_of_unseen(rows, 105, 12, 200).tolist() == [0] * 10 + [100, 0]
    late = rows.assign(recorded_on=[104, 107, 110])
    assert cash_of_unseen(late, 104, 7, 200).tolist() == [0.0] * 6 + [
        100.0
    ]  # recorded late, so unseen
    found = cash_of_unseen(rows, 105, 12, 116)
    assert found[:11].tolist() == [0] * 10 + [100]
    assert np.isnan(found[11:]).all()


def test_an_earlier_morning_does_not_know_what_was_paid_since():
    then = rows_known_on(billed_on([100, 105, 110], as_of=200), 112)
    assert then["closed_on"].tolist() == [110, NEVER, NEVER]
    assert then["cash"].tolist() == [100, 0, 0]
    assert len(rows_known_on(then, 108)) == 2


def test_steady_billing_says_the_same_as_last_year():
    rows = billed_on(np.arange(AS_OF - 900, AS_OF))
    said = cash_of_last_year(rows, AS_OF, 42)
    assert said.tolist() == [0.0] * PAID_AFTER + [100.0] * (42 - PAID_AFTER)


def test_growth_since_is_believed_by_half():
    days = np.arange(AS_OF - 900, AS_OF)
    rows = billed_on(days, cents=np.where(days >= AS_OF - 150, 400, 100))
    assert cash_of_last_year(rows, AS_OF, 42)[-1] == pytest.approx(200.0)  # four times as much, √4


def test_a_short_past_has_no_last_year_and_changes_nothing():
    assert cash_of_last_year(billed_on(np.arange(AS_OF - 370, AS_OF)), AS_OF, 42) is None
    assert cash_of_last_year(billed_on([]), AS_OF, 42) is None
    young = AS_OF - 364 - 14 - LEAST_TRIALS * TRIAL_EVERY + 1
    rows = billed_on(np.arange(young, AS_OF))
    share = share_of_last_year(rows, AS_OF, 42, lambda *_: pytest.fail("tried after all"))
    assert share == 0.0


def test_a_season_that_no_recent_week_foretells_is_told_by_last_year():
    rows = billed_on(seasons(AS_OF - 1200, AS_OF))
    truth = cash_of_unseen(billed_on(seasons(AS_OF, AS_OF + 91), as_of=10**6), AS_OF, 91, 10**6)
    found = layer(rows)
    usual_only = layer(rows[(rows["issued_on"] >= AS_OF - 370).to_numpy()])
    missed, before = (np.abs(one.expected[0] - truth).sum() for one in (found, usual_only))
    # No bill of the last eight weeks: what is left of the level of a year ago is little.
    assert 0.8 * truth.sum() < before <= truth.sum()
    assert missed < 0.2 * before
    assert found.draws.mean(axis=0).sum() == pytest.approx(found.expected.sum(), rel=0.3)


def test_the_share_follows_what_missed_less():
    rows = billed_on(seasons(AS_OF - 1200, AS_OF))
    nothing = share_of_last_year(rows, AS_OF, 42, lambda _, morning, n: np.full(n, 1e6))
    assert nothing == 1.0

    def truth(_, morning, n):
        return cash_of_unseen(rows, morning, n, AS_OF)

    assert share_of_last_year(rows, AS_OF, 42, truth) == 0.0


def test_a_gain_that_is_not_clear_changes_nothing():
    rows = billed_on(seasons(AS_OF - 1200, AS_OF))

    def a_little_worse(_, morning, n):
        theirs = cash_of_last_year(rows_known_on(rows, morning), morning, n)
        actual = cash_of_unseen(rows, morning, n, AS_OF)
        return actual + 1.05 * (theirs - actual)

    assert share_of_last_year(rows, AS_OF, 42, a_little_worse) == 0.0


@pytest.mark.parametrize("days", [1, 6])
def test_less_than_a_week_ahead_is_told_too(days):
    rows = billed_on(seasons(AS_OF - 1200, AS_OF))
    assert layer(rows, days).expected.shape == (1, days)
