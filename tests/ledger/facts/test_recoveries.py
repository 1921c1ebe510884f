"""Money on a written-off invoice is a recovery, never credit that the customer could use."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from support.ledgers.by_hand import credit, invoice, ledger, link

W1 = invoice("W1", 100_000)
W2 = invoice("W2", 100_000)


def unapplied(one):
    return int(one.balance_at(day_of("2026-01-01")).credit_balances()["unapplied"].sum())


def kinds(one):
    return dict(
        zip(one.tables["credits"]["credit_id"], one.tables["credits"]["kind"], strict=True)
    )


@pytest.mark.parametrize("kind", ["payment", "recovery"])
def test_a_payment_after_the_write_off_is_a_recovery(kind):
    one = ledger(
        invoices=[W1],
        credits=[
            credit("L", 100_000, "2025-06-01", kind="write_off"),
            credit("P", 40_000, "2025-08-01", kind=kind),
        ],
        allocations=[
            link("L", "W1", 100_000, "2025-06-01"),
            link("P", "W1", 40_000, "2025-08-01"),
        ],
    )
    books = one.balance_at(day_of("2026-01-01")).invoices().iloc[0]
    assert (books["residual"], unapplied(one), kinds(one)["P"]) == (0, 0, "recovery")


@pytest.mark.parametrize(
    ("reason", "paid_on"), [("goodwill", "2025-08-01"), ("insolvency", "2025-05-01")]
)
def test_a_payment_before_or_of_a_courtesy_stays_a_payment(reason, paid_on):
    one = ledger(
        invoices=[W1],
        credits=[
            credit("L", 100_000, "2025-06-01", kind="write_off", reason=reason),
            credit("P", 40_000, paid_on),
        ],
        allocations=[link("L", "W1", 100_000, "2025-06-01"), link("P", "W1", 40_000, paid_on)],
    )
    assert kinds(one)["P"] == "payment"


def test_what_pays_the_rest_and_another_invoice_stays_a_payment():
    one = ledger(
        invoices=[W1, W2],
        credits=[
            credit("L", 70_000, "2025-06-01", kind="write_off"),
            credit("P", 30_000, "2025-08-01"),
            credit("Q", 50_000, "2025-09-01"),
        ],
        allocations=[
            link("L", "W1", 70_000, "2025-06-01"),
            link("P", "W1", 30_000, "2025-08-01"),
            link("Q", "W1", 10_000, "2025-09-01"),
            link("Q", "W2", 40_000, "2025-09-01"),
        ],
    )
    assert kinds(one) == {"L": "write_off", "P": "payment", "Q": "payment"}


def test_a_write_off_heard_of_after_the_payment_changes_it_not():
    one = ledger(
        invoices=[W1],
        credits=[
            credit("L", 100_000, "2025-06-01", kind="write_off", recorded_on="2025-10-01"),
            credit("P", 40_000, "2025-08-01"),
        ],
        allocations=[
            link("L", "W1", 100_000, "2025-10-01"),
            link("P", "W1", 40_000, "2025-08-01"),
        ],
    )
    assert kinds(one)["P"] == "payment"
