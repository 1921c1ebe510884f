"""Asking: every cell has one answer, of its own curve, near in time and of the right kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import SATURDAY, day_of, is_business_day, weekday
from payrisk.features import FrozenMoments
from payrisk.scoring.days_to_pay.curve import n_days
from payrisk.scoring.days_to_pay.day_grid import (
    NEAR_DAYS,
    STRIDE,
    DayGrid,
    every_day,
    near_days,
    sparse_days,
)

MONDAY = day_of("2025-06-02")


def frozen(*rows: tuple[int, int, str]) -> FrozenMoments:
    """Moments of (as_of, due_on, country)."""
    as_of, due, country = (np.array(column) for column in zip(*rows))
    return FrozenMoments(as_of, as_of, due, country.astype(object), {}, {})


def likely(moments: FrozenMoments) -> np.ndarray:
    """Every other invoice may well be unpaid for long."""
    return np.arange(len(moments)) % 2 == 0


def asked_of(moments: FrozenMoments) -> DayGrid:
    return sparse_days(moments, lengths(moments), likely(moments))


def lengths(moments: FrozenMoments) -> np.ndarray:
    return n_days(moments.as_of, moments.due_on)


moments = st.lists(
    st.tuples(
        st.integers(MONDAY - 400, MONDAY + 400),
        st.integers(-150, 100),
        st.sampled_from(["DE", "FR", "AE", "XX", ""]),
    ),
    min_size=1,
    max_size=6,
).map(lambda rows: frozen(*[(as_of, as_of + wait, code) for as_of, wait, code in rows]))


@given(moments)
def test_each_cell_is_answered_by_an_asked_day_of_its_own_curve_not_after_it(some):
    sizes = lengths(some)
    for asked in (asked_of(some), every_day(sizes)):
        assert asked.n.sum() == len(asked.offset)
        curve, column = np.nonzero(asked.whose >= 0)
        assert np.array_equal(np.bincount(curve, minlength=len(some)), sizes)
        assert (column < sizes[curve]).all()
        owner = np.repeat(np.arange(len(some)), asked.n)
        whose = asked.whose[curve, column]
        assert np.array_equal(owner[whose], curve)
        assert (asked.offset[whose] <= column).all()


@given(moments)
def test_every_day_is_asked_that_is_near_beyond_every_weekday_where_likely_else_all_in_turn(some):
    asked, sizes = asked_of(some), lengths(some)
    owner = np.repeat(np.arange(len(some)), asked.n)
    for at in range(len(some)):
        country = str(some.country[at])
        country = None if country in ("", "XX") else country
        last = max(int(some.due_on[at] - some.as_of[at]), 0) + NEAR_DAYS
        mine = asked.offset[owner == at]
        assert mine[mine <= last].tolist() == list(range(last + 1))
        far = np.arange(last + 1, sizes[at])
        day = some.as_of[at] + far
        open_days = far[is_business_day(day, country) | (weekday(day) < SATURDAY)]
        beyond = mine[mine > last]
        if likely(some)[at]:
            assert beyond.tolist() == open_days.tolist()
        else:
            assert set(beyond) <= set(open_days)
            n = (sizes[at] - last) // STRIDE
            assert n - 2 <= len(beyond) <= n + 1
            assert len({int(day) % 7 for day in some.as_of[at] + beyond}) >= 4


@given(moments)
def test_the_near_days_come_first_in_each_curve_whatever_is_asked_beyond(some):
    """So that what the trees said of them need not be asked again."""
    near, asked = near_days(some, lengths(some)), asked_of(some)
    begins = np.cumsum(asked.n) - asked.n
    firsts = np.concatenate([begins[at] + np.arange(n) for at, n in enumerate(near.n)])
    assert np.array_equal(asked.offset[firsts], near.offset)
    owner = np.repeat(np.arange(len(some)), near.n)
    last = np.maximum(some.due_on - some.as_of, 0) + NEAR_DAYS
    assert (near.offset <= last[owner]).all()
    assert (
        len(near.offset) == (asked.offset <= last[np.repeat(np.arange(len(some)), asked.n)]).sum()
    )


@given(moments)
def test_every_day_keeps_what_it_is_given(some):
    sizes = lengths(some)
    asked = every_day(sizes)
    told = -np.random.default_rng(0).random(len(asked.offset))
    spread = asked.spread(told, on_weekends=0.1)
    assert np.array_equal(spread[asked.whose >= 0], told)
    assert not spread[asked.whose < 0].any()


def test_a_weekend_by_hand():
    """Due long ago, so that the days from a Friday on lie beyond: its weekend is not asked for."""
    friday = MONDAY + 25
    some = frozen((friday - NEAR_DAYS - 1, friday - NEAR_DAYS - 9, "DE"))
    asked = sparse_days(some, np.array([NEAR_DAYS + 5]), np.array([True]))
    assert asked.offset.tolist() == [*range(NEAR_DAYS + 2), NEAR_DAYS + 4]
    hazards = np.append(np.full(NEAR_DAYS + 1, 0.1), [0.5, 0.2])
    spread = asked.spread(np.log1p(-hazards), on_weekends=0.1)
    said = -np.expm1(spread[0])
    assert said == pytest.approx([*np.full(NEAR_DAYS + 1, 0.1), 0.5, 0.05, 0.05, 0.2])


def test_nothing_asked_is_nothing_answered():
    none = np.zeros(0, dtype=np.int64)
    empty = FrozenMoments(none, none, none, none.astype(object), {}, {})
    for asked in (asked_of(empty), every_day(none)):
        assert asked.spread(np.zeros(0), 0.1).shape[0] == 0
