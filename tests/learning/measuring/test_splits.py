from __future__ import annotations

from itertools import pairwise

import pytest

from payrisk.calendar import day_of
from payrisk.learning.measuring.splits import (
    LEAST_TRAIN_DAYS,
    MOST_TEST_DAYS,
    last_origin,
    origins,
)
from support.ledgers.by_hand import credit, invoice, ledger, link

FIRST = day_of("2024-01-01")


def daily(n: int, waits: int = 12):
    """n days with an invoice each, every one paid so many days later."""
    days = [FIRST + at for at in range(n)]
    dates = [{"issued_on": day, "due_on": day + 14, "recorded_on": day} for day in days]
    return ledger(
        invoices=[invoice(f"i{at}", **more) for at, more in enumerate(dates)],
        credits=[credit(f"p{at}", 100_00, day + waits) for at, day in enumerate(days)],
        allocations=[link(f"p{at}", f"i{at}", 100_00, day + waits) for at, day in enumerate(days)],
    )


@pytest.mark.parametrize(("n", "most"), [(600, 2), (600, 3), (600, 9), (200, 2), (110, 2)])
def test_windows_are_disjoint_as_long_as_each_other_and_latest_first(n, most):
    one = daily(n)
    history = one.as_of(one.default_as_of)
    found = origins(history, most)
    assert found[0] == last_origin(history)
    assert 1 <= len(found) <= most
    for later, earlier in pairwise(found):
        assert earlier.issued_to == later.issued_from - 1
    lengths = {split.issued_to - split.issued_from for split in found}
    assert len(lengths) == 1
    assert lengths.pop() < MOST_TEST_DAYS
    for split in found:
        assert split.train_as_of == split.issued_from
        assert split.as_of == history.as_of
        assert split.train_as_of - FIRST >= LEAST_TRAIN_DAYS
    if len(found) < most:  # another one would have had too little to learn from
        days = found[0].issued_to - found[0].issued_from + 1
        assert found[-1].train_as_of - days - FIRST < LEAST_TRAIN_DAYS


def test_a_long_ledger_has_as_many_as_asked_and_a_short_one_none():
    one, short = daily(600), daily(70)
    assert len(origins(one.as_of(one.default_as_of), 3)) == 3
    assert origins(short.as_of(short.default_as_of), 2) == []


def test_what_was_issued_last_has_had_time_to_be_paid():
    one = daily(400, waits=30)
    (latest, _) = origins(one.as_of(one.default_as_of))
    assert latest.issued_to + 30 <= one.default_as_of
