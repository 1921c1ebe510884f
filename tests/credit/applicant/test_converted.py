"""Exposure in several currencies is converted, never ignored; without a rate it is said."""

from __future__ import annotations

from payrisk.calendar import day_of
from payrisk.credit.applicant.exposure import CustomerAccounts
from support.ledgers.by_hand import invoice, ledger

AS_OF = day_of("2025-03-15")
RATES = [{"from": "USD", "to": "EUR", "rate": 0.5, "valid_on": "2025-01-05", "type": "spot"}]
OWED = [
    invoice("A", 100_00),
    invoice("B", 300_00, currency="USD", due_on="2025-02-01"),
    invoice("C", 40_00, currency="USD", customer_id="c2", due_on="2025-06-01"),
]
GROUP = [
    {"customer_id": "c1", "parent_id": "head"},
    {"customer_id": "c2", "parent_id": "head"},
    {"customer_id": "head"},
]


def account(currency="EUR", rates=RATES):
    more = {"rates": rates} if rates else {}
    one = ledger(invoices=OWED, customers=GROUP, **more)
    return CustomerAccounts(one.as_of(AS_OF), grace_days=0).account_of("c1", currency)


def test_what_is_owed_elsewhere_counts_at_the_latest_rate():
    euros = account()
    assert (euros.open, euros.foreign, euros.exposure) == (100_00, 150_00, 250_00)
    assert euros.group_exposure == 20_00
    assert euros.overdue == 100_00 + 150_00
    assert euros.rates == ("1 USD = 0.5 EUR (spot, 2025-01-05)",)
    assert euros.foreign_currencies == ()


def test_the_same_from_the_other_side():
    dollars = account("USD")
    assert (dollars.open, dollars.foreign, dollars.exposure) == (300_00, 200_00, 500_00)
    assert dollars.group_exposure == 40_00


def test_without_a_rate_it_is_named_and_in_no_figure():
    euros = account(rates=[])
    assert (euros.exposure, euros.group_exposure, euros.overdue) == (100_00, 0, 100_00)
    assert (euros.foreign_currencies, euros.rates) == (("USD",), ())


def test_a_limit_on_file_is_converted_too():
    one = ledger(
        invoices=OWED,
        customers=GROUP,
        rates=RATES,
        attributes=[
            {"customer_id": "c1", "name": "limit", "value": "90000", "valid_on": "2025-01-01"}
        ],
    )
    accounts = CustomerAccounts(one.as_of(AS_OF), grace_days=0)
    usual = accounts.currency_of("c1")
    assert usual == "USD"
    assert accounts.account_of("c1", "USD").current_limit == 90_000
    assert accounts.account_of("c1", "EUR").current_limit == 45_000


def test_the_usual_currency_is_the_one_that_most_money_is_billed_in_not_most_minor_units():
    """40,000 yen are less than 300 euros, however many yen they are."""
    billed = [invoice("A", 300_00), invoice("B", 40_000, currency="JPY")]
    yen = [{"from": "EUR", "to": "JPY", "rate": 160, "valid_on": "2025-01-05", "type": "spot"}]

    def usual(**more):
        one = ledger(invoices=billed, **more)
        return CustomerAccounts(one.as_of(AS_OF), grace_days=0).currency_of("c1")

    assert usual(rates=yen) == "EUR"
    assert usual() == "JPY"  # without a rate they are compared as they stand
