"""What is owed: exposure, overdue and aging read one figure, without settled residuals."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.credit.applicant.exposure import CustomerAccounts
from payrisk.receivables.aging import BUCKETS, aging
from support.full import FULL
from support.ledgers.by_hand import credit, invoice, ledger, link
from support.ledgers.messy import START, messy_ledger

AS_OF = day_of("2025-06-01")


def account(one, as_of=AS_OF):
    return CustomerAccounts(one.as_of(as_of), grace_days=0).account_of("c1", "EUR")


@pytest.mark.parametrize(
    ("more", "paid"),
    [
        ({"discount_rate": 0.03, "discount_days": 14}, 97_00),  # a discount taken in time
        ({"withholding_rate": 0.05}, 95_00),  # tax that the customer withheld
        ({}, 99_60),  # tolerated
    ],
)
def test_what_is_left_of_a_settled_invoice_is_nobody_s_debt(more, paid):
    one = ledger(
        invoices=[invoice("A", 100_00, **more), invoice("B", 7_00, due_on="2025-05-01")],
        credits=[credit("P", paid, "2025-01-10")],
        allocations=[link("P", "A", paid, "2025-01-10")],
    )
    assert (account(one).open, account(one).overdue) == (7_00, 7_00)
    row = aging(one.as_of(AS_OF)).totals().iloc[0]
    assert row["settled_residuals"] == 100_00 - paid
    assert row["open"] == 107_00 - paid


@pytest.mark.parametrize("seed", range(6 if FULL else 2))
def test_every_account_equals_the_aging(seed):
    one = messy_ledger(seed)
    for as_of in (START + 90, START + 180, one.last_day + 1, one.last_day + 700):
        history = one.as_of(as_of)
        accounts = CustomerAccounts(history, grace_days=0)
        lines = aging(history).by("customer_id").set_index(["customer_id", "currency"])
        for (customer, currency), line in lines.iterrows():
            account = accounts.account_of(customer, currency)
            assert account.open == line[list(BUCKETS)].sum()
            late = line[list(BUCKETS[1:])].sum()
            assert account.overdue <= late
            assert account.unapplied == line["unapplied"]
