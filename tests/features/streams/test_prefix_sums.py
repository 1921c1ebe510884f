"""Any window of any morning is a difference of running sums, however late a reading came."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import NEVER
from payrisk.features.streams.items import ItemColumns, Items
from payrisk.features.streams.latest import NOTHING, LatestItems
from payrisk.features.streams.prefix_sums import Increments, Stream, SummedIncrements
from payrisk.features.streams.stock_minimum import MOST, stock_minimum

FIELDS = {"double": lambda v: v["x"] * 2}

ITEM = st.tuples(
    st.integers(0, 3),  # entity
    st.integers(0, 40),  # day
    st.sampled_from([0, 0, 0, 1, 9]),  # known so much later
    st.sampled_from([NEVER, NEVER, NEVER, 1, 12]),  # and reads so for so many mornings
    st.integers(-9, 9),
)
ASKED = st.tuples(st.integers(-1, 4), st.integers(-5, 70))


def items_of(rows: list[tuple[int, ...]]) -> Items:
    entity, day, late, lasts, x = (
        np.array(c, dtype=np.int64) for c in (zip(*rows) if rows else [[]] * 5)
    )
    since = day + late
    until = np.where(lasts == NEVER, NEVER, since + lasts)
    return Items(entity, day, since, until, ItemColumns({"x": x}))


def asked_of(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    entity, day = (np.array(c, dtype=np.int64) for c in (zip(*rows) if rows else [[]] * 2))
    return entity, day


def held(items: Items, entity: int, morning: int) -> list[int]:
    return [
        i
        for i in range(len(items))
        if items.entity[i] == entity and items.since[i] < morning <= items.until[i]
    ]


@given(st.lists(ITEM, max_size=40), st.lists(ASKED, max_size=20))
def test_a_window_sums_the_items_of_its_days_that_hold_that_morning(rows, asked):
    items, (entity, morning) = items_of(rows), asked_of(asked)
    stream = Stream(Increments(items, FIELDS))
    merged = Stream(
        SummedIncrements(
            [Increments(items.take(np.arange(i, len(items), 3)), FIELDS) for i in range(3)]
        )
    )
    for window in (None, 1, 7, 30):
        for name, value in (("n", np.ones(len(items))), ("double", 2 * items.values["x"])):
            plain = [
                sum(
                    int(value[i])
                    for i in held(items, e, t)
                    if window is None or t - window <= items.day[i] < t
                )
                for e, t in asked
            ]
            for one in (stream, merged):
                assert one.total(name, one.span(entity, morning, window)).tolist() == plain


@given(st.lists(ITEM, max_size=40), st.lists(ASKED, max_size=20))
def test_a_stock_is_what_holds_that_morning(rows, asked):
    items, (entity, morning) = items_of(rows), asked_of(asked)
    stream = Stream(Increments(items, FIELDS, is_stock=True))
    plain = [sum(int(items.values["x"][i]) for i in held(items, e, t)) for e, t in asked]
    assert stream.total("x", stream.span(entity, morning, None)).tolist() == plain


@given(st.lists(ITEM, max_size=60), st.lists(ASKED, max_size=20), st.integers(1, 5))
def test_the_latest_are_those_that_hold_by_day_then_row(rows, asked, n):
    items, (entity, morning) = items_of(rows), asked_of(asked)
    latest = LatestItems(items, FIELDS)
    place = latest.last(entity, morning, n)
    first = latest.first(entity, morning)
    numbered = np.append(latest.column("day") * 1000 + latest.column("x"), NOTHING)
    for at, (e, t) in enumerate(asked):
        there = sorted(
            (i for i in held(items, e, t) if items.day[i] < t), key=lambda i: (items.day[i], i)
        )
        told = [int(items.day[i]) * 1000 + int(items.values["x"][i]) for i in there]
        assert numbered[place[at]].tolist() == ([*reversed(told)] + [NOTHING] * n)[:n]
        assert numbered[first[at]] == (told[0] if told else NOTHING)


@given(st.lists(ITEM, max_size=60), st.lists(ASKED, max_size=40))
def test_the_least_is_over_all_that_hold(rows, asked):
    items, (entity, morning) = items_of(rows), asked_of(asked)
    found = stock_minimum(items, "x", FIELDS, entity, morning)
    for at, (e, t) in enumerate(asked):
        values = [int(items.values["x"][i]) for i in held(items, e, t)]
        assert found[at] == (min(values) if values else MOST)
