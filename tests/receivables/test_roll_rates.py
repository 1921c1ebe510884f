"""Roll rates: what stood in a bucket a month ago is paid, has stayed, or has rolled on."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of, iso
from payrisk.errors import InputError
from payrisk.receivables.aging import BUCKETS, aging
from payrisk.receivables.roll_rates import heat_map, month_ends, roll_rates
from support.ledgers.by_hand import credit, invoice, ledger, link
from support.ledgers.messy import START, messy_ledger


def test_a_month_by_hand():
    """At the end of January 100 are 1-30 late: 60 are paid in February, 40 roll on."""
    one = ledger(
        invoices=[
            invoice("A", 60_00, due_on="2025-01-10"),
            invoice("B", 40_00, due_on="2025-01-10"),
            invoice("C", 30_00, due_on="2025-02-05"),
            invoice("D", 20_00, due_on="2024-12-20", issued_on="2024-12-01"),
        ],
        credits=[credit("P", 60_00, "2025-02-10"), credit("Q", 5_00, "2025-02-11")],
        allocations=[link("P", "A", 60_00, "2025-02-10"), link("Q", "C", 5_00, "2025-02-11")],
    )
    evenings = month_ends(day_of("2025-01-15"), day_of("2025-02-28"))
    assert [iso(day) for day in evenings] == ["2025-01-31", "2025-02-28"]
    rates = roll_rates(one, evenings, one.default_as_of).set_index("bucket")
    late = rates.loc["days_1_30"]
    assert late[["owed", "paid", "stayed", "rolled"]].tolist() == [100_00, 60_00, 0, 40_00]
    assert late["rolled_share"] == 0.4
    assert late["roll_rate"] == 0.4  # 40 stand in 31-60, of the 100 that stood before
    not_due = rates.loc["not_due"]
    assert not_due[["owed", "paid", "rolled"]].tolist() == [30_00, 5_00, 25_00]
    assert rates.loc["days_31_60", "rolled"] == 20_00
    assert math.isnan(rates.loc["days_over_90", "roll_rate"])
    shown = heat_map(rates.reset_index())
    assert shown["days_1_30"].tolist() == [0.4]
    assert "days_over_90" not in shown.columns


def test_months_that_end_before_they_start_or_never_end_are_refused():
    with pytest.raises(InputError, match="is before"):
        month_ends(20_200, 20_100)
    with pytest.raises(InputError, match="At most 120 months"):
        month_ends(0, 20_000)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_was_owed_is_paid_or_still_there_and_both_ends_are_agings(seed):
    one = messy_ledger(seed)
    evenings = month_ends(START + 30, START + 200)
    rates = roll_rates(one, evenings, one.default_as_of)
    assert (rates["paid"] + rates["stayed"] + rates["rolled"] == rates["owed"]).all()
    assert (rates[["paid", "stayed", "rolled"]] >= 0).all().all()
    for evening in evenings[:-1]:
        totals = aging(one.balance_at(evening, one.default_as_of)).totals().set_index("currency")
        rows = rates[rates["starts_on"] == evening]
        for bucket in BUCKETS:
            owed = rows[rows["bucket"] == bucket].set_index("currency")["owed"]
            expected = totals[bucket]
            assert owed[owed > 0].to_dict() == expected[expected > 0].to_dict()
