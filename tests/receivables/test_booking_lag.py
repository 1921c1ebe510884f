"""The booking lag by hand: which bookings count, how a quantile is rounded, and what bounds it."""

import pandas as pd
import pytest

from payrisk.receivables.booking_lag import (
    FOR_LEARNING,
    FOR_REPLAY,
    FOR_WATCHING,
    LagRule,
    booking_lag,
)


def credits(*rows):
    return pd.DataFrame(rows, columns=["kind", "happened_on", "recorded_on"])


MIXED = credits(
    ("payment", 100, 100),
    ("payment", 100, 101),
    ("payment", 100, 103),
    ("recovery", 100, 104),
    ("credit_note", 100, 120),
    ("payment", 100, 900),  # booked after the morning: nobody knows of it yet
)


def test_what_the_rule_does_not_count_tells_nothing():
    assert booking_lag(MIXED, 200, LagRule(1.0)) == 20
    assert booking_lag(MIXED, 200, LagRule(1.0, kinds=("payment",))) == 3
    assert booking_lag(MIXED, 200, LagRule(1.0, recent_days=96)) == 20
    assert booking_lag(MIXED, 200, LagRule(1.0, kinds=("payment",), recent_days=90)) == 0
    assert booking_lag(MIXED, 102, LagRule(1.0)) == 1
    assert booking_lag(MIXED, 200, LagRule(0.0), after=100) == 1
    assert booking_lag(MIXED.iloc[:0], 200, LagRule(1.0)) == 0


def test_a_quantile_between_two_lags_is_rounded_as_the_rule_says():
    between = credits(("payment", 0, 1), ("payment", 0, 4))
    lags = [booking_lag(between, 9, LagRule(0.5, rounding=r)) for r in ("up", "down", "occurred")]
    assert lags == [3, 2, 4]


@pytest.mark.parametrize(
    ("rule", "days"), [(FOR_LEARNING, 3), (FOR_REPLAY, 19), (FOR_WATCHING, 4)]
)
def test_each_reader_has_its_own_rule(rule, days):
    assert booking_lag(MIXED, 200, rule) == days


def test_a_lag_is_neither_negative_nor_longer_than_the_rule_allows():
    early, slow = credits(("payment", 9, 5)), credits(("payment", 0, 30))
    assert booking_lag(early, 40, LagRule(0.5)) == 0
    assert booking_lag(slow, 40, FOR_WATCHING) == 7
