"""Aging ties to the ledger to the cent, whatever the ledger looks like."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from payrisk.receivables.aging import BUCKETS, aging, bucket_of
from support.ledgers.messy import START, messy_ledger


def ledger_of(invoices: list[tuple], payments: list[tuple] = (), **others: pd.DataFrame) -> Ledger:
    """Invoices (id, customer, issued, due, amount); payments (id, customer, day, amount, pays)."""
    names = ["invoice_id", "customer_id", "issued_on", "due_on", "amount"]
    frame = pd.DataFrame(invoices, columns=names).assign(currency="EUR")
    for name in ("issued_on", "due_on"):
        frame[name] = frame[name].map(day_of)
    names = ["credit_id", "customer_id", "happened_on", "amount", "invoice_id"]
    paid = pd.DataFrame(payments, columns=names).assign(currency="EUR")
    paid["happened_on"] = paid["happened_on"].map(day_of).astype("int64")
    customers = pd.DataFrame({"customer_id": sorted({row[1] for row in invoices})})
    tables = {
        "customers": customers.assign(recorded_on=int(frame["issued_on"].min())),
        "invoices": frame,
        "credits": paid.drop(columns="invoice_id"),
        "allocations": paid.dropna(subset="invoice_id")[
            ["credit_id", "invoice_id", "amount", "happened_on"]
        ],
    }
    return Ledger.from_tables(with_defaults(tables | others))[0]


def row(ledger: Ledger, close_of: str) -> dict[str, int]:
    return (
        aging(ledger.balance_at(day_of(close_of)))
        .totals()
        .drop(columns="currency")
        .sum()
        .to_dict()
    )


def test_overdue_starts_the_day_after_due_and_a_bucket_ends_with_its_day():
    ledger = ledger_of([("a", "c", "2025-01-01", "2025-01-31", 100_00)])
    assert row(ledger, "2025-01-31")["not_due"] == 100_00
    assert row(ledger, "2025-02-01")["days_1_30"] == 100_00
    assert row(ledger, "2025-03-02")["days_1_30"] == 100_00  # 30 days late
    assert row(ledger, "2025-03-03")["days_31_60"] == 100_00
    assert row(ledger, "2025-05-01")["days_61_90"] == 100_00  # 90 days late
    assert row(ledger, "2025-05-02")["days_over_90"] == 100_00


def test_an_invoice_open_then_and_paid_later_is_aged_at_the_earlier_evening():
    ledger = ledger_of(
        [("a", "c", "2025-01-01", "2025-01-31", 100_00)], [("p", "c", "2025-03-01", 100_00, "a")]
    )
    assert row(ledger, "2025-02-28")["days_1_30"] == 100_00
    assert row(ledger, "2025-03-01")["open"] == 0


def test_a_tolerated_residual_is_settled_for_models_and_still_shown_to_the_cent():
    ledger = ledger_of(
        [("a", "c", "2025-01-01", "2025-01-31", 1000_00)], [("p", "c", "2025-02-01", 999_99, "a")]
    )
    books = ledger.balance_at(day_of("2025-02-10"))
    assert books.open_invoices().empty
    assert aging(books).totals().iloc[0]["settled_residuals"] == 1
    assert aging(books).totals().iloc[0]["open"] == 1


def test_unapplied_credits_have_their_own_column_and_their_own_row_without_an_invoice():
    ledger = ledger_of(
        [
            ("a", "c", "2025-01-01", "2025-01-31", 100_00),
            ("b", "d", "2025-01-01", "2025-01-31", 1),
        ],
        [("p", "c", "2025-01-20", 30_00, None)],
    )
    total = row(ledger, "2025-02-10")
    assert (total["open"], total["unapplied"], total["net"]) == (100_01, 30_00, 70_01)
    by_customer = aging(ledger.balance_at(day_of("2025-02-10"))).by("customer_id")
    assert by_customer["unapplied"].tolist() == [30_00, 0]


def test_what_was_known_that_morning_differs_from_what_was_true_that_evening():
    late = pd.DataFrame(
        {
            "credit_id": ["p"],
            "customer_id": "c",
            "happened_on": day_of("2025-02-01"),
            "amount": 100_00,
            "currency": "EUR",
            "recorded_on": day_of("2025-02-20"),
        }
    )
    link = pd.DataFrame(
        {
            "credit_id": ["p"],
            "invoice_id": "a",
            "amount": 100_00,
            "happened_on": day_of("2025-02-01"),
            "recorded_on": day_of("2025-02-20"),
        }
    )
    ledger = ledger_of(
        [("a", "c", "2025-01-01", "2025-01-31", 100_00)], credits=late, allocations=link
    )
    known = aging(ledger.as_of(day_of("2025-02-11")))
    assert (known.close_of, known.known_before) == (day_of("2025-02-10"), day_of("2025-02-11"))
    assert known.totals().iloc[0]["open"] == 100_00
    assert row(ledger, "2025-02-10")["open"] == 0
    assert known.title == "at the close of 2025-02-10, known before 2025-02-11"


def test_an_unknown_group_is_said_in_one_sentence():
    ledger = ledger_of([("a", "c", "2025-01-01", "2025-01-31", 100_00)])
    with pytest.raises(InputError, match="use customer_id, entity_id"):
        aging(ledger.balance_at(day_of("2025-02-10"))).by("terms")


@given(st.lists(st.integers(-400, 400), min_size=1, max_size=50))
def test_every_day_late_has_one_bucket_and_later_is_never_an_earlier_one(days):
    late = np.sort(np.array(days))
    bucket = bucket_of(late)
    assert (np.diff(bucket) >= 0).all()
    assert set(bucket) <= set(range(len(BUCKETS)))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 260))
def test_aging_ties_to_the_control_total_to_the_cent_in_both_readings(seed, day):
    ledger = messy_ledger(seed)
    first = int(ledger.tables["invoices"]["issued_on"].min())
    evening = max(START + day, first, ledger.first_day)
    for books in (ledger.balance_at(evening), ledger.as_of(evening + 1)):
        aged = aging(books)
        net = aged.totals().set_index("currency")["net"]
        control = books.control_total().set_index("currency")["net"]
        assert net[net != 0].to_dict() == control[control != 0].to_dict()
        lines = aged.lines
        parts = [*BUCKETS, "settled_residuals"]
        assert (lines[parts].sum(axis=1) == lines["open"]).all()
        owed = books.open_invoices()["residual"].sum()
        assert lines[list(BUCKETS)].to_numpy().sum() == owed
        assert (lines["open"] - lines["unapplied"] == lines["net"]).all()
        assert (lines["disputed"] <= lines["open"]).all()
        for key in ("customer_id", "entity_id"):
            assert aged.by(key)["net"].sum() == lines["net"].sum()


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_row_order_never_matters(seed):
    ledger = messy_ledger(seed)
    shuffled = {n: t.sample(frac=1, random_state=1) for n, t in ledger.tables.items()}
    other = Ledger.from_tables(shuffled)[0]
    evening = START + 150
    pd.testing.assert_frame_equal(
        aging(ledger.balance_at(evening)).lines, aging(other.balance_at(evening)).lines
    )
