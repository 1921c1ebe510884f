"""Receipts of invoices the ledger lacks: in the books, and never anybody's free cash."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.ledger.importing.merging import latest_tables, merge
from payrisk.ledger.importing.paid_before import set_aside_unknown_payments
from support.ledgers.by_hand import credit, frame, invoice, link

OPEN = [
    invoice("B1", 100_000, issued_on="2026-01-10", due_on="2026-02-09"),
    invoice("B2", 150_000, issued_on="2026-01-20", due_on="2026-02-19"),
]
RECEIPTS = [
    credit("Q1", 700_000, "2026-01-05"),
    credit("Q2", 250_000, "2026-01-28"),
    credit("Q3", 100_000, "2026-02-10"),
]
LINKS = [
    link("Q1", "OLD-77", 700_000, "2026-01-05"),
    link("Q2", "OLD-81", 250_000, "2026-01-28"),
    link("Q3", "B1", 100_000, "2026-02-10"),
]


def tables_of(invoices, links=LINKS, credits=RECEIPTS):
    return {"invoices": frame(invoices), "credits": frame(credits), "allocations": frame(links)}


def first_import(links=LINKS, credits=RECEIPTS):
    return Ledger.from_tables(set_aside_unknown_payments(tables_of(OPEN, links, credits), {})[0])[
        0
    ]


def later_import(one, tables, day):
    read, _ = set_aside_unknown_payments(tables, latest_tables(one))
    return merge(one, read, day, full=False)[0]


def unapplied(one: Ledger, evening: str) -> int:
    return int(one.balance_at(day_of(evening)).credit_balances()["unapplied"].sum())


def owed(one: Ledger, evening: str) -> int:
    return int(one.balance_at(day_of(evening)).invoices()["residual"].sum())


@pytest.mark.parametrize("evening", ["2026-01-10", "2026-01-28", "2026-02-10", "2030-01-01"])
def test_receipts_of_older_invoices_are_never_on_account(evening):
    one = first_import()
    assert unapplied(one, evening) == 0
    assert owed(one, "2026-02-28") == 150_000


def test_on_no_morning_are_they_on_account():
    one = first_import()
    for day in range(one.first_day + 1, one.last_day + 30):
        assert int(one.as_of(day).credit_balances()["unapplied"].sum()) == 0


def test_what_a_receipt_has_beyond_the_older_invoice_stays_on_account():
    links = [link("Q1", "OLD-77", 600_000, "2026-01-05"), *LINKS[1:]]
    one = first_import(links)
    assert unapplied(one, "2026-02-28") == 100_000


def test_a_receipt_is_not_taken_out_twice_over():
    links = [link("Q1", f"OLD-{i}", 700_000, "2026-01-05") for i in range(3)]
    links.append(link("Q1", "B1", 100_000, "2026-01-12"))
    one = first_import(links, RECEIPTS[:1])
    assert unapplied(one, "2026-02-28") == 0
    # By the day B1 was linked the receipt had been used up: what it pays is taken back again.
    assert owed(one, "2026-02-28") == 250_000


def test_the_doubt_names_the_money():
    _, problems = set_aside_unknown_payments(tables_of(OPEN), {})
    (doubt,) = [p for p in problems if p.action == "doubted"]
    assert doubt.n == 2
    assert "9500.00 EUR" in doubt.message


def test_once_the_older_invoice_comes_the_receipt_pays_it():
    one = first_import()
    older = invoice("OLD-77", 800_000, issued_on="2025-11-01", due_on="2025-12-01")
    day = day_of("2026-03-01")
    later = Ledger(later_import(one, tables_of([older]), day))
    assert owed(later, "2026-03-01") == 250_000
    assert unapplied(later, "2026-03-01") == 0
    assert owed(Ledger(latest_tables(later)), "2026-03-01") == 250_000
    before, after = one.as_of(day), later.as_of(day)
    assert before.invoices().equals(after.invoices())
    assert before.credit_balances().equals(after.credit_balances())
    assert later_import(later, tables_of([older]), day + 1) is later.tables


def test_the_same_export_again_adds_nothing():
    one = first_import()
    assert later_import(one, tables_of(OPEN), day_of("2026-03-01")) is one.tables


def test_what_a_file_does_not_say_of_known_events_stays(tmp_path):
    tables = tables_of(OPEN) | {
        "events": frame(
            [
                {
                    "event_id": "d",
                    "kind": "dispute_opened",
                    "subject": "B1",
                    "happened_on": "2026-01-12",
                    "amount": 5,
                    "reason": "quality",
                }
            ]
        )
    }
    one = Ledger.from_tables(set_aside_unknown_payments(tables, {})[0])[0]
    bare = tables["events"].drop(columns=["amount", "reason"])
    again = later_import(one, tables | {"events": bare}, day_of("2026-03-01"))
    assert again is one.tables
