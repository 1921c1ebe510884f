"""Buckets tile the horizon at every grain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import day_of, weekday
from payrisk.cash.forecasting.grains import buckets
from payrisk.errors import InputError


@given(
    st.sampled_from(["day", "week", "month", "quarter"]),
    st.integers(10_000, 25_000),
    st.integers(1, 400),
)
def test_buckets_follow_one_another_without_gap_or_overlap(grain, as_of, horizon):
    b = buckets(grain, as_of, horizon)
    assert b.starts_on[0] == as_of
    assert b.ends_on[-1] == as_of + horizon - 1
    assert (b.starts_on[1:] == b.ends_on[:-1] + 1).all()
    assert (np.bincount(b.of_day) == b.ends_on - b.starts_on + 1).all()


def test_weeks_begin_on_monday_and_quarters_by_calendar():
    week = buckets("week", day_of("2025-03-05"), 20)
    assert (weekday(week.starts_on[1:]) == 0).all()
    quarter = buckets("quarter", day_of("2025-03-05"), 60)
    assert quarter.starts_on.tolist() == [day_of("2025-03-05"), day_of("2025-04-01")]


def test_an_unknown_grain_names_the_known_ones():
    with pytest.raises(InputError, match="day, week, month, quarter"):
        buckets("year", 0, 10)
