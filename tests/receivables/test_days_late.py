from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.learning.days_to_pay.settled_before import SettledBefore
from payrisk.ledger import Ledger
from payrisk.receivables.days_late import (
    CLOSED_UNPAID,
    EARLIEST,
    LATEST,
    PAID,
    STILL_OPEN,
    WIDTH,
    SettlementHistory,
    count_days_late,
    counts_as_text,
    counts_from_text,
)
from payrisk.scoring.days_to_pay.ecdf_inputs import DAYS_LATE_FEATURES
from support.ledgers.by_hand import credit, invoice, ledger, link
from support.ledgers.messy import START, messy_tables


def three() -> Ledger:
    """A paid 4 days late, B written off, C open; all due 2025-01-31."""
    return ledger(
        invoices=[invoice("A"), invoice("B"), invoice("C")],
        credits=[
            credit("p", 100_00, "2025-02-04"),
            credit("w", 100_00, "2025-02-10", kind="write_off", reason="bad_debt"),
        ],
        allocations=[
            link("p", "A", 100_00, "2025-02-04"),
            link("w", "B", 100_00, "2025-02-10"),
        ],
    )


def test_three_invoices_by_hand():
    waiting = SettlementHistory.of(three().as_of(day_of("2025-02-21")))
    counts = waiting.counts(["c1", "nobody"])
    assert counts_as_text(counts.paid[0]) == "4:1"
    assert counts_as_text(counts.waiting[0]) == "20:1"  # the evening of 2025-02-20
    assert counts_as_text(counts.closed[0]) == "10:1"
    at_risk = counts.at_risk[0]
    assert [int(at_risk[lag - EARLIEST]) for lag in (4, 5, 10, 11, 20, 21)] == [3, 2, 2, 1, 1, 0]
    assert counts.paid[1].sum() == 0
    assert waiting.n_paid_of(["nobody", "c1"]).tolist() == [0, 1]


def test_what_happened_today_is_not_known_this_morning():
    counts = SettlementHistory.of(three().as_of(day_of("2025-02-04"))).counts(["c1"])
    assert counts_as_text(counts.paid[0]) == ""
    assert counts_as_text(counts.waiting[0]) == "3:3"


def test_a_payment_past_the_last_counted_day_was_waiting_up_to_it():
    lags = np.array([LATEST + 9, EARLIEST - 9, LATEST + 1])
    counts = count_days_late(np.array([0, 0, 0]), 1, lags, np.array([PAID, PAID, CLOSED_UNPAID]))
    assert counts_as_text(counts.waiting[0]) == f"{LATEST}:2"
    assert counts_as_text(counts.paid[0]) == f"{EARLIEST}:1"
    assert counts_as_text(counts.closed[0]) == ""


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(EARLIEST - 5, LATEST + 5),
            st.sampled_from([PAID, STILL_OPEN, CLOSED_UNPAID]),
        )
    )
)
def test_counts_are_those_of_a_loop(rows):
    groups, lags, left = (np.array(c, dtype=np.int64) for c in zip(*rows)) if rows else (
        np.zeros(0, dtype=np.int64),
    ) * 3  # fmt: skip
    counts = count_days_late(groups, 3, lags, left)
    for group in range(3):
        for lag in (EARLIEST, -1, 0, 30, LATEST):
            mine = [(x, how) for g, x, how in rows if g == group]
            expected = sum(
                min(x if how == STILL_OPEN else max(x, EARLIEST), LATEST) >= lag for x, how in mine
            )
            assert counts.at_risk[group, lag - EARLIEST] == expected


@given(st.dictionaries(st.integers(EARLIEST, LATEST), st.integers(1, 10**6), max_size=9))
def test_texts_carry_counts_whole(cells):
    counts = np.zeros(WIDTH, dtype=np.int64)
    for lag, n in cells.items():
        counts[lag - EARLIEST] = n
    assert (counts_from_text(counts_as_text(counts)) == counts).all()


@pytest.mark.parametrize("text", ["5", "a:1", "5:-1", f"{LATEST + 1}:1", "5:1.5"])
def test_a_text_that_is_no_count_is_refused(text):
    with pytest.raises(InputError):
        counts_from_text(text)


@pytest.mark.parametrize("seed", range(4))
def test_facts_recorded_later_change_nothing(seed):
    tables = messy_tables(seed, 60)
    day = START + 120
    full = Ledger.from_tables(tables)[0].as_of(day)
    before = {
        name: rows[rows["recorded_on"] < day] if "recorded_on" in rows else rows
        for name, rows in tables.items()
    }
    cut = Ledger.from_tables(before)[0].as_of(day)
    assert SettlementHistory.of(full).frame.equals(SettlementHistory.of(cut).frame)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(seed):
    tables = messy_tables(seed, 60)
    g = np.random.default_rng(seed)
    shuffled = {
        name: rows.iloc[g.permutation(len(rows))].reset_index(drop=True)
        for name, rows in tables.items()
    }
    day = START + 150
    one, two = (
        SettlementHistory.of(Ledger.from_tables(t)[0].as_of(day)) for t in (tables, shuffled)
    )
    ids = sorted(one.frame["customer_id"].unique())
    for a, b in zip(vars(one.counts(ids)).values(), vars(two.counts(ids)).values(), strict=True):
        assert (a == b).all()


def test_a_definition_hash_follows_the_meaning():
    hashes = {feature.definition_hash for feature in DAYS_LATE_FEATURES}
    assert len(hashes) == len(DAYS_LATE_FEATURES)


def test_lateness_before_each_morning_by_hand():
    books = ledger(
        invoices=[invoice("A"), invoice("B"), invoice("C")],
        credits=[
            credit("a", 100_00, "2025-02-02"),
            credit("b", 100_00, "2025-02-05"),
            credit("c", 100_00, "2025-02-10"),
        ],
        allocations=[link(k.lower(), k, 100_00, "2025-02-02") for k in "ABC"],
    )
    frame = SettlementHistory.of(books.as_of(day_of("2025-03-01"))).frame
    paid = frame[frame["outcome"] == PAID]
    mornings = np.array([day_of(d) for d in ("2025-02-02", "2025-02-06", "2025-03-01")])
    known = SettledBefore.of(paid, ["c1"] * 3, mornings)
    assert known.n.tolist() == [0, 2, 3]
    assert known.mean("days_late").tolist()[1:] == [3.5, 17 / 3]
    assert known.mean("days_late", latest=1).tolist()[1:] == [5.0, 10.0]
    assert np.isnan(known.mean("days_late")[0])
    assert SettledBefore.of(paid, ["nobody"], mornings[:1]).n.tolist() == [0]
