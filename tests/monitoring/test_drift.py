"""Drift is named where the distribution changed, and hardly ever where it did not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from payrisk.errors import InputError
from payrisk.monitoring.drift import WatchedColumns, drift
from payrisk.monitoring.windows import PAST_WINDOWS, Windows

TRAINED, NOW = 1_000, 1_028
WINDOWS = Windows.of(NOW, TRAINED, 0)


def made(seed, *, times=1.0, missing=0.0, mix=0.0, customers=60):
    """Customers with levels of their own, a season, and a shift of what comes after training."""
    rng = np.random.default_rng(seed)
    n = 6_000
    day = rng.integers(300, NOW, n)
    customer = np.minimum((rng.pareto(1.0, n) * 8).astype(np.int64), customers - 1)
    level = rng.normal(size=customers)[customer]
    season = 0.3 * np.sin(day / 365 * 2 * np.pi)
    amount = np.exp(level + season + rng.normal(size=n)) * np.where(day >= TRAINED, times, 1.0)
    amount[(day >= TRAINED) & (rng.random(n) < missing)] = np.nan
    code = (rng.random(n) < 0.3).astype(float)
    code[(day >= TRAINED) & (rng.random(n) < mix)] = 2.0
    idle = rng.poisson(1.0, n).astype(float)
    values = np.column_stack([amount, code, idle])
    names = ("amount", "country", "idle")
    return WatchedColumns(names, values, (False, True, False), customer, day)


def test_a_world_that_stays_as_it_was_alarms_in_one_of_a_hundred():
    alarms = [drift(made(seed), WINDOWS, 0.01, seed).is_alarm for seed in range(60)]
    assert sum(alarms) <= 3  # four or more of sixty have a chance below 0.4 %


@pytest.mark.parametrize(
    ("shift", "column"),
    [({"times": 100.0}, "amount"), ({"missing": 0.5}, "amount"), ({"mix": 0.3}, "country")],
)
def test_a_column_that_changed_is_the_one_that_is_named(shift, column):
    for seed in range(5):
        found = drift(made(seed, **shift), WINDOWS, 0.01, seed)
        named = found.table[found.table["is_drift"]]
        assert list(named["name"]) == [column]
        assert found.table["strength"].is_monotonic_decreasing


def test_what_was_before_and_is_now_is_told():
    table = drift(made(1, times=100.0, missing=0.25), WINDOWS, 0.01).table.set_index("name")
    assert table.loc["amount", "now"] / table.loc["amount", "before"] == pytest.approx(
        100, rel=0.4
    )
    assert table.loc["amount", "missing_before"] == 0
    assert table.loc["amount", "missing_now"] == pytest.approx(0.25, abs=0.06)
    assert table.loc["country", "before"] == pytest.approx(0.7, abs=0.05)


def test_the_order_of_the_rows_does_not_matter():
    columns = made(3)
    order = np.random.default_rng(0).permutation(len(columns.day))
    moved = WatchedColumns(
        columns.names,
        columns.values[order],
        columns.is_code,
        columns.customer[order],
        columns.day[order],
    )
    one, other = (drift(each, WINDOWS, 0.01) for each in (columns, moved))
    assert one.bound == other.bound
    assert one.table.equals(other.table)


def test_with_too_few_rows_nothing_is_said():
    columns = made(0)
    few = columns.take((columns.day < TRAINED) | (columns.day > NOW - 2))
    assert drift(few, WINDOWS, 0.01) is None


def test_windows_are_of_one_length_and_end_when_the_champion_was_trained():
    windows = Windows.of(NOW, TRAINED, 0, lag=3)
    assert (windows.current.first, windows.current.last, windows.current.known_before) == (
        1000,
        1025,
        1028,
    )
    assert len(windows.past) == PAST_WINDOWS
    assert windows.past[0].known_before == TRAINED
    assert {one.known_before - one.first for one in windows.all_spans} == {28}
    assert all(
        a.first == b.known_before for a, b in zip(windows.past, windows.past[1:], strict=False)
    )
    assert Windows.of(TRAINED + 300, TRAINED, 0).current.first == TRAINED + 272
    assert Windows.of(TRAINED + 10, TRAINED, 0).days == 10


def test_it_is_too_early_within_a_week_and_in_a_young_ledger():
    with pytest.raises(InputError, match="from 7 days on"):
        Windows.of(TRAINED + 6, TRAINED, 0)
    with pytest.raises(InputError, match="4 are needed"):
        Windows.of(NOW, TRAINED, TRAINED - 56 - 3 * 28)


def test_a_young_ledger_is_compared_with_fewer_days():
    young = Windows.of(NOW, TRAINED, TRAINED - 56 - 6 * 28)
    assert (young.reference, len(young.past)) == (56, 6)
    older = Windows.of(NOW, TRAINED, TRAINED - 100 - 6 * 28)
    assert (older.reference, len(older.past)) == (100, 6)
    assert WINDOWS.reference == 182


def test_earlier_spans_are_as_far_from_their_reference_as_the_one_under_watch():
    old = Windows.of(TRAINED + 128, TRAINED, 0)
    assert (old.gap, old.gap_shortfall_days, old.reference) == (100, 0, 182)
    days = np.arange(TRAINED + 128)
    first = old.past[0].first
    distance = days[old.is_watched(days)][0] - days[old.before(days)][-1]
    assert first - days[old.before_span(days, first)][-1] == distance == 101
    assert days[old.before_span(days, old.past[-1].first)][0] == old.first >= 0
    young = Windows.of(TRAINED + 128, TRAINED, TRAINED - 56 - 60 - 6 * 28)
    assert (young.gap, young.gap_shortfall_days) == (60, 40)
    assert (young.reference, len(young.past)) == (56, 6)
    assert (WINDOWS.gap, WINDOWS.gap_shortfall_days) == (0, 0)


def test_what_only_grows_is_no_drift_of_an_old_champion():
    """What customers ever did only grows: that alone is no change."""
    alarms = {True: 0, False: 0}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        n, now = 6_000, TRAINED + 300
        day, customer = rng.integers(0, now, n), rng.integers(0, 80, n)
        grown = day / 300.0 + rng.normal(size=80)[customer] + rng.normal(size=n)
        columns = WatchedColumns(("ever",), grown[:, None], (False,), customer, day)
        windows = Windows.of(now, TRAINED, 0)
        for has_gap in alarms:
            held_to = windows if has_gap else replace(windows, gap=0)
            alarms[has_gap] += drift(columns, held_to, 0.01, seed).is_alarm
    assert alarms[True] <= 1
    assert alarms[False] >= 6  # what it would be against references right before each span


def test_a_column_that_is_always_empty_or_the_same_says_nothing():
    plain = made(0)
    n = len(plain.day)
    columns = WatchedColumns(
        ("empty", "constant", "new"),
        np.column_stack(
            [np.full(n, np.nan), np.ones(n), np.where(plain.day < TRAINED, np.nan, 1.0)]
        ),
        (False, False, False),
        plain.customer,
        plain.day,
    )
    table = drift(columns, WINDOWS, 0.01).table.set_index("name")
    assert table["is_drift"].to_dict() == {"new": True, "empty": False, "constant": False}
