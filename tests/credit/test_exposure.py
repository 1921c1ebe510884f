"""Accounts tie to the books, to the cent, and see the whole group."""

from __future__ import annotations

import pytest

from byhand import event, invoice, ledger
from handmade import AS_OF, small_company
from payrisk.calendar import day_of
from payrisk.credit import Accounts


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    return Accounts(small_company().as_of(AS_OF), grace_days=15)


def test_exposure_is_open_less_what_is_on_account(accounts):
    account = accounts.of("c1", "EUR")
    assert (account.open, account.unapplied, account.exposure) == (370_000, 10_000, 360_000)


def test_the_group_counts_the_others(accounts):
    assert accounts.of("c1", "EUR").group_exposure == 120_000
    assert accounts.of("c3", "EUR").group_exposure == 360_000
    assert accounts.group_exposure("c1", "EUR") == 480_000


def test_overdue_begins_after_the_grace(accounts):
    assert accounts.of("c4", "EUR").overdue == 700_000
    assert accounts.of("c1", "EUR").overdue == 0


def test_the_habit_is_read_from_the_books(accounts):
    account = accounts.of("c1", "EUR")
    assert account.monthly_sales == 400_000
    assert (account.terms_days, account.delay_days, account.n_settled) == (30, 5, 2)


def test_attributes_are_read_as_of_the_morning(accounts):
    account = accounts.of("c1", "EUR")
    assert (account.current_limit, account.net_worth, account.turnover) == (
        1_000_000,
        20_000_000,
        None,
    )


def test_an_unknown_natural_person_counts_as_one(accounts):
    assert accounts.of("c2", "EUR").is_natural_person
    assert not accounts.of("c1", "EUR").is_natural_person


def test_customers_without_invoices_have_an_empty_account(accounts):
    assert "c5" in accounts
    assert "c9" not in accounts
    assert accounts.currency_of("c5") == "EUR"
    assert accounts.of("c5", "EUR").exposure == 0


def test_what_is_owed_in_another_currency_is_named_not_converted():
    one = ledger(
        invoices=[
            invoice("A", 100, issued_on="2025-01-02"),
            invoice("B", 100, issued_on="2025-01-02", currency="USD"),
        ]
    )
    account = Accounts(one.as_of(day_of("2025-01-10")), grace_days=0).of("c1", "EUR")
    assert (account.open, account.foreign_currencies) == (100, ("USD",))


def test_orders_count_until_their_invoicing_day_and_cancellations_take_them_back():
    placed = {"subject_kind": "customer", "amount": 500, "refers_on": "2025-02-01"}
    one = ledger(
        invoices=[invoice("A", 100, issued_on="2025-01-02")],
        events=[
            event("order", "c1", "2025-01-05", **placed),
            event("order_cancelled", "c1", "2025-01-07", **(placed | {"amount": 200})),
        ],
    )
    for morning, expected in (("2025-01-06", 500), ("2025-01-08", 300), ("2025-02-02", 0)):
        account = Accounts(one.as_of(day_of(morning)), grace_days=0).of("c1", "EUR")
        assert account.orders == expected
        assert account.exposure == 100 + expected


def test_amounts_without_a_currency_are_in_the_one_the_customer_is_billed_in(accounts):
    account = accounts.of("c1", "USD")
    assert (account.current_limit, account.net_worth) == (None, None)
    assert account.foreign_currencies == ("EUR",)


def test_a_merged_customer_is_found_under_either_id():
    one = ledger(
        customers=[{"customer_id": "old"}, {"customer_id": "new"}],
        invoices=[
            invoice("A", 100, customer_id="old", issued_on="2025-01-02"),
            invoice("B", 100, customer_id="new", issued_on="2025-01-02"),
        ],
        aliases=[{"alias_id": "old", "customer_id": "new", "valid_on": "2025-01-05"}],
    )
    before = Accounts(one.as_of(day_of("2025-01-05")), grace_days=0)
    after = Accounts(one.as_of(day_of("2025-01-06")), grace_days=0)
    assert (before.present("old"), before.of("old", "EUR").open) == ("old", 100)
    assert (after.present("old"), after.of("new", "EUR").open) == ("new", 200)
    assert "old" not in after
