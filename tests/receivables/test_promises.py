"""Promises: kept, part-kept, broken, renegotiated, not needed; none moves a due date."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.receivables.agreements.promises import promises
from support.ledgers.by_hand import credit, event, invoice, ledger, link

PROMISE = {"subject_kind": "invoice", "refers_on": "2025-02-20", "amount": 80_00}


def states(evening: str, *, made=(), paid=(), noted=(), amount: int = 100_00) -> list[str]:
    tables = dict(
        invoices=[invoice("A", amount)],
        credits=[credit(f"P{day}", cents, day) for day, cents in paid]
        + [credit(f"N{day}", cents, day, kind="credit_note") for day, cents in noted],
        allocations=[link(f"P{day}", "A", cents, day) for day, cents in paid]
        + [link(f"N{day}", "A", cents, day) for day, cents in noted],
        events=[event("promise", "A", "2025-02-05", **PROMISE), *made],
    )
    one = ledger(**{name: rows for name, rows in tables.items() if rows})
    return promises(one.balance_at(day_of(evening)))["state"].tolist()


@pytest.mark.parametrize(
    ("paid", "state"),
    [
        ([("2025-02-20", 80_00)], "kept"),
        ([("2025-02-23", 76_00)], "kept"),  # 95 % of it, three days of grace
        ([("2025-02-10", 40_00), ("2025-02-22", 40_00)], "kept"),
        ([("2025-02-24", 80_00)], "broken"),
        ([("2025-02-23", 75_99)], "part_kept"),
        ([("2025-02-04", 10_00)], "broken"),  # before the promise
        ([], "broken"),
    ],
)
def test_a_promise_is_kept_if_95_percent_of_it_came_by_its_day_and_three_more(paid, state):
    assert states("2025-03-10", paid=paid) == [state]


def test_before_its_day_is_over_a_promise_is_pending_unless_kept_already():
    assert states("2025-02-19") == ["pending"]
    assert states("2025-02-23") == ["pending"]
    assert states("2025-02-24") == ["broken"]
    assert states("2025-02-19", paid=[("2025-02-12", 80_00)]) == ["kept"]


def test_renegotiated_before_its_day_is_not_broken_and_after_it_is():
    again = {"subject_kind": "invoice", "refers_on": "2025-03-05", "amount": 80_00}
    in_time = event("promise", "A", "2025-02-20", **again)
    assert states("2025-03-20", made=[in_time]) == ["renegotiated", "broken"]
    too_late = event("promise", "A", "2025-02-21", **again)
    assert states("2025-03-20", made=[too_late]) == ["broken", "broken"]


def test_what_a_credit_note_took_off_need_not_be_paid():
    assert states("2025-03-10", noted=[("2025-02-10", 100_00)]) == ["not_needed"]
    # 30 of 100 are credited: 70 is all that is left to pay of the 80 promised
    paid, noted = [("2025-02-20", 70_00)], [("2025-02-10", 30_00)]
    assert states("2025-03-10", paid=paid, noted=noted) == ["kept"]


def test_a_promise_on_the_whole_account_counts_all_cash_of_the_customer():
    one = ledger(
        invoices=[invoice("A", 100_00), invoice("B", 100_00)],
        credits=[credit("P", 100_00, "2025-02-15"), credit("Q", 95_00, "2025-02-18")],
        events=[
            event("promise", "c1", "2025-02-05", subject_kind="customer", refers_on="2025-02-20",
                  amount=200_00)
        ],
    )  # fmt: skip
    rows = promises(one.balance_at(day_of("2025-03-10")))
    assert rows[["state", "promised", "received"]].to_numpy().tolist() == [
        ["kept", 200_00, 195_00]
    ]


def test_a_promise_moves_no_due_date():
    one = ledger(invoices=[invoice("A")], events=[event("promise", "A", "2025-01-20", **PROMISE)])
    assert one.balance_at(day_of("2025-03-10")).invoices()["due_on"].tolist() == [
        day_of("2025-01-31")
    ]


def test_a_ledger_without_promises_has_none():
    one = ledger(invoices=[invoice("A")])
    assert promises(one.balance_at(day_of("2025-03-10"))).empty
