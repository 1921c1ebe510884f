"""Rollforward: every cent between two evenings has its line; the whole is the control total."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.merging import merge
from payrisk.receivables.aging import aging
from payrisk.receivables.rollforward import AMOUNTS, LINES, rollforward
from support.ledgers.by_hand import credit, event, frame, invoice, ledger, link
from support.ledgers.messy import START, messy_ledger


def month():
    """January: 300 billed; 100 paid, 20 credited, 50 written off, 30 withheld, 10 came back."""
    return ledger(
        invoices=[invoice("A", 100_00), invoice("B", 200_00, issued_on="2025-01-10")],
        credits=[
            credit("P", 100_00, "2025-01-20"),
            credit("N", 20_00, "2025-01-21", kind="credit_note"),
            credit("W", 50_00, "2025-01-22", kind="write_off"),
            credit("H", 30_00, "2025-01-23", kind="withholding"),
        ],
        allocations=[
            link("P", "A", 100_00, "2025-01-20"),
            link("N", "B", 20_00, "2025-01-21"),
            link("W", "B", 50_00, "2025-01-22"),
            link("H", "B", 30_00, "2025-01-23"),
        ],
        events=[event("reversal", "P", "2025-01-25", subject_kind="credit", amount=10_00)],
    )


def test_a_month_by_hand():
    one = month()
    row = rollforward(one, day_of("2024-12-31"), day_of("2025-01-31"), 30_000).rows.iloc[0]
    told = {name: int(row[name]) for name in AMOUNTS if row[name]}
    assert told == {
        "billed": 300_00,
        "payments": -100_00,
        "credit_notes": -20_00,
        "write_offs": -50_00,
        "withholdings": -30_00,
        "reversals": 10_00,
        "closing": 110_00,
        "open": 110_00,
    }


def test_what_became_known_later_is_a_correction():
    one = month()
    evening = day_of("2025-01-31")
    more = frame([invoice("B", 250_00, issued_on="2025-01-10")])
    later = Ledger(merge(one, {"invoices": more}, evening + 5, full=False)[0])
    row = rollforward(later, evening, evening + 10, evening + 11).rows.iloc[0]
    assert (row["opening"], row["corrections"], row["closing"]) == (110_00, 50_00, 160_00)


def test_an_end_before_the_start_is_refused():
    with pytest.raises(InputError, match="is before"):
        rollforward(month(), 20_200, 20_100, 30_000)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-5, 260), st.integers(0, 200))
def test_nothing_is_left_over_and_the_closing_is_the_aging(seed, start, days):
    one = messy_ledger(seed)
    first = int(one.tables["invoices"]["issued_on"].min())
    starts = max(START + start, first - 1)
    ends = max(starts + days, first)
    rows = rollforward(one, starts, ends, one.default_as_of).rows
    assert (rows["difference"] == 0).all()
    assert (rows["open"] - rows["unapplied"] == rows["closing"]).all()
    net = aging(one.balance_at(ends, one.default_as_of)).by("entity_id")
    keys = ["entity_id", "currency"]
    closing = rows.set_index(keys)["closing"]
    expected = net.set_index(keys)["net"]
    assert closing[closing != 0].to_dict() == expected[expected != 0].to_dict()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_two_months_are_one_after_the_other(seed):
    """By what is known at the end the lines of two stretches add up to those of both."""
    one = messy_ledger(seed)
    first = int(one.tables["invoices"]["issued_on"].min())
    days = [first, first + 60, first + 150]
    left, right, both = (
        rollforward(one, a, b, one.default_as_of).rows.set_index(["entity_id", "currency"])
        for a, b in ((days[0], days[1]), (days[1], days[2]), (days[0], days[2]))
    )
    moved = [line for line in LINES if line not in ("opening", "corrections", "closing")]
    total = left[moved].add(right[moved], fill_value=0)
    pd.testing.assert_frame_equal(
        total.astype(np.int64).sort_index(),
        both[moved].reindex(total.index, fill_value=0).sort_index(),
    )
