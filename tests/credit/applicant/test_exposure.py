"""Accounts tie to the books, to the cent, and see the whole group."""

from __future__ import annotations

import pandas as pd
import pytest

from payrisk.answers import Answers
from payrisk.calendar import day_of
from payrisk.credit import CreditRequest, CustomerAccounts
from payrisk.ledger import Ledger
from support.company.five_customers import AS_OF, champions, small_company
from support.ledgers.by_hand import credit, event, invoice, ledger, link


@pytest.fixture(scope="module")
def accounts() -> CustomerAccounts:
    return CustomerAccounts(small_company().as_of(AS_OF), grace_days=15)


def test_exposure_is_open_less_what_is_on_account(accounts):
    account = accounts.account_of("c1", "EUR")
    assert (account.open, account.unapplied, account.exposure) == (370_000, 10_000, 360_000)


def test_the_group_counts_the_others(accounts):
    assert accounts.account_of("c1", "EUR").group_exposure == 120_000
    assert accounts.account_of("c3", "EUR").group_exposure == 360_000
    assert accounts.group_exposure("c1", "EUR") == 480_000


def test_overdue_begins_after_the_grace(accounts):
    assert accounts.account_of("c4", "EUR").overdue == 700_000
    assert accounts.account_of("c1", "EUR").overdue == 0


def test_the_habit_is_read_from_the_books(accounts):
    account = accounts.account_of("c1", "EUR")
    assert account.monthly_sales == 400_000
    assert (account.terms_days, account.delay_days, account.n_settled) == (30, 5, 2)


def test_attributes_are_read_as_of_the_morning(accounts):
    account = accounts.account_of("c1", "EUR")
    assert (account.current_limit, account.net_worth, account.turnover) == (
        1_000_000,
        20_000_000,
        None,
    )


def test_an_unknown_natural_person_counts_as_one(accounts):
    assert accounts.account_of("c2", "EUR").is_natural_person
    assert not accounts.account_of("c1", "EUR").is_natural_person


def test_customers_without_invoices_have_an_empty_account(accounts):
    assert "c5" in accounts
    assert "c9" not in accounts
    assert accounts.currency_of("c5") == "EUR"
    assert accounts.account_of("c5", "EUR").exposure == 0


def test_a_year_of_silence_leaves_a_customer_its_currency_and_its_limit():
    one = ledger(
        invoices=[
            invoice("A", 100, issued_on="2024-01-02", currency="USD"),
            *(invoice(f"B{i}", 100, customer_id="c2", issued_on="2025-01-02") for i in range(3)),
        ],
        customers=[{"customer_id": "c1"}, {"customer_id": "c2"}],
        attributes=[
            {"customer_id": "c1", "name": "limit", "value": "90000", "valid_on": "2024-01-01"}
        ],
    )
    accounts = CustomerAccounts(one.as_of(day_of("2025-02-01")), grace_days=0)
    assert accounts.currency_of("c1") == "USD"
    assert accounts.account_of("c1", "USD").current_limit == 90_000
    assert accounts.account_of("c1", "EUR").current_limit is None  # no rate is known


def test_what_is_owed_in_another_currency_is_named_not_converted():
    one = ledger(
        invoices=[
            invoice("A", 100, issued_on="2025-01-02"),
            invoice("B", 100, issued_on="2025-01-02", currency="USD"),
        ]
    )
    account = CustomerAccounts(one.as_of(day_of("2025-01-10")), grace_days=0).account_of(
        "c1", "EUR"
    )
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
        account = CustomerAccounts(one.as_of(day_of(morning)), grace_days=0).account_of(
            "c1", "EUR"
        )
        assert account.orders == expected
        assert account.exposure == 100 + expected


def test_amounts_without_a_currency_are_in_the_one_the_customer_is_billed_in(accounts):
    account = accounts.account_of("c1", "USD")
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
    before = CustomerAccounts(one.as_of(day_of("2025-01-05")), grace_days=0)
    after = CustomerAccounts(one.as_of(day_of("2025-01-06")), grace_days=0)
    assert (before.current_id("old"), before.account_of("old", "EUR").open) == ("old", 100)
    assert (after.current_id("old"), after.account_of("new", "EUR").open) == ("new", 200)
    assert "old" not in after
    assert (before.former_ids("new"), after.former_ids("new")) == ((), ("old",))


# -- cover, validity, returns, habits ----------------------------------------------------------


def attribute(name: str, value: str, on: str = "2025-01-01", customer: str = "c1"):
    return {
        "customer_id": customer,
        "name": name,
        "value": value,
        "valid_on": on,
        "recorded_on": on,
    }


def account_of(one, morning: str, grace_days: int = 15):
    return CustomerAccounts(one.as_of(day_of(morning)), grace_days=grace_days).account_of(
        "c1", "EUR"
    )


def test_gross_exposure_and_own_risk_are_two_figures():
    one = ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02", due_on="2025-01-10")],
        attributes=[
            attribute("insured_amount", "500"),
            attribute("insured_rate", "0.8"),
            attribute("insured_until", "2025-02-15"),
        ],
    )
    account = account_of(one, "2025-02-15")
    assert (account.exposure, account.insured, account.own_risk) == (900, 400, 500)
    assert (account.insurer_limit, account.cover_stopped_by) == (500, None)
    ended = account_of(one, "2025-02-16")  # what was delivered before its end is covered still
    assert (ended.insured, ended.insurer_limit) == (400, None)
    assert account_of(one, "2025-03-12").cover_stopped_by == "A"


def test_an_account_counts_the_exposure_of_invoices_sold_with_recourse():
    sold = {"reason": "with recourse", "amount": 900}
    one = ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02", due_on="2025-02-01")],
        events=[event("sold", "A", "2025-01-10", **sold)],
    )
    account = account_of(one, "2025-01-20")
    assert (account.open, account.recourse, account.exposure) == (0, 900, 900)
    assert account_of(one, "2025-05-02").recourse == 900  # 90 days after it was due
    assert account_of(one, "2025-05-03").recourse == 0
    without = ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02", due_on="2025-02-01")],
        events=[event("sold", "A", "2025-01-10", reason="without recourse")],
    )
    assert account_of(without, "2025-01-20").exposure == 0


def disputed(opener: str | None, opened: str, amount: int | None = 600):
    more = {"stage": opener, "amount": amount, "field": "a.bauer"}
    return ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02", due_on="2025-01-10")],
        events=[event("dispute_opened", "A", opened, **more)],
    )


def test_a_dispute_keeps_its_money_out_of_what_is_overdue_while_it_is_young_alone():
    one = disputed("customer", "2025-01-20")
    young, old = account_of(one, "2025-03-22"), account_of(one, "2025-03-23")
    assert (young.overdue, young.excused, young.disputed, young.exposure) == (300, 600, 600, 900)
    assert (old.overdue, old.excused, old.disputed, old.exposure) == (900, 0, 600, 900)
    assert young.disputed_by == ("a.bauer",)


def test_a_dispute_of_our_own_after_the_due_day_keeps_nothing_out():
    before, after = disputed("m.meier", "2025-01-10"), disputed("m.meier", "2025-01-11")
    assert account_of(before, "2025-02-10").overdue == 300
    assert account_of(before, "2025-02-10").disputed_by == ("a.bauer", "m.meier")
    assert account_of(after, "2025-02-10").overdue == 900


def test_a_dispute_without_an_amount_is_a_doubt_and_not_the_whole_invoice():
    account = account_of(disputed("customer", "2025-01-20", None), "2025-02-10")
    assert (account.overdue, account.excused, account.n_bare_disputes) == (900, 0, 1)


def test_a_limits_end_is_read_from_the_books():
    one = ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02")],
        attributes=[attribute("limit", "1000"), attribute("limit_until", "2025-12-31")],
    )
    assert account_of(one, "2025-02-01").limit_ends_on == day_of("2025-12-31")
    odd = ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02")],
        attributes=[attribute("limit_until", "soon")],
    )
    assert account_of(odd, "2025-02-01").limit_ends_on is None


def test_a_returned_payment_counts_until_it_is_paid_again():
    one = ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02", due_on="2025-01-10")],
        credits=[credit("p1", 900, "2025-01-10"), credit("p2", 600, "2025-01-25")],
        allocations=[link("p1", "A", 900, "2025-01-10"), link("p2", "A", 600, "2025-01-25")],
        events=[event("reversal", "p1", "2025-01-15", subject_kind="credit", amount=900)],
    )
    said = [account_of(one, day).returned for day in ("2025-01-15", "2025-01-16", "2025-01-26")]
    assert said == [0, 900, 300]


def test_the_vat_in_the_billing_is_that_of_a_seller_in_the_same_country():
    def said(seller: str | None) -> str | None:
        more = {} if seller is None else {"entity_id": "S"}
        entities = [{"entity_id": "S", "country": seller, "recorded_on": "2025-01-01"}]
        one = ledger(
            customers=[{"customer_id": "c1", "country": "DE-BY", "recorded_on": "2025-01-01"}],
            invoices=[invoice("A", 900, issued_on="2025-01-02", **more)],
            **({} if seller is None else {"entities": entities}),
        )
        return account_of(one, "2025-02-01").vat_country

    assert (said("DE"), said("FR"), said(None)) == ("DE", None, "DE")


def test_the_vat_in_the_billing_is_what_its_invoices_state():
    one = ledger(
        customers=[{"customer_id": "c1", "country": "DE", "recorded_on": "2025-01-01"}],
        invoices=[invoice("A", 1070, issued_on="2025-01-02", tax_amount=70), invoice("B", 900)],
    )
    assert account_of(one, "2025-02-01").vat_rate == 0.07


def test_an_overdue_invoice_adds_to_the_delay_before_it_is_paid():
    one = ledger(
        invoices=[
            invoice("A", 900, issued_on="2025-01-02", due_on="2025-01-10"),
            invoice("B", 900, issued_on="2025-01-02", due_on="2025-01-10"),
        ],
        credits=[credit("p1", 900, "2025-01-14")],
        allocations=[link("p1", "A", 900, "2025-01-14")],
    )
    said = [account_of(one, day).delay_days for day in ("2025-01-10", "2025-01-15", "2025-02-03")]
    assert said == [None, 4, 14]  # (4 + 5) / 2 = 4.5, to even; (4 + 24) / 2


def test_the_highest_balance_and_month_are_those_of_the_time_before():
    one = ledger(
        invoices=[
            invoice("A", 100, issued_on="2025-01-01", due_on="2025-01-31"),
            invoice("B", 200, issued_on="2025-01-11", due_on="2025-01-31"),
            invoice("C", 400, issued_on="2025-02-20", due_on="2025-03-31"),
            invoice("D", 900, issued_on="2025-04-01", due_on="2025-05-31"),
        ],
        credits=[credit("p1", 100, "2025-01-05")],
        allocations=[link("p1", "A", 100, "2025-01-05")],
    )
    before = account_of(one, "2025-02-10")
    assert (before.peak_before, before.billed_before) == (None, None)
    after = account_of(one, "2025-05-01")
    assert (after.peak_before, after.billed_before, after.billed_lately) == (600, 400, 450)
    assert after.first_billed_on == day_of("2025-01-01")


def test_paying_early_is_no_negative_delay():
    one = ledger(
        invoices=[invoice("A", 900, issued_on="2025-01-02", due_on="2025-01-31")],
        credits=[credit("p1", 900, "2025-01-05")],
        allocations=[link("p1", "A", 900, "2025-01-05")],
    )
    assert account_of(one, "2025-02-10").delay_days == 0


@pytest.mark.parametrize("written", ["viel", "9" * 25, "-inf", "nan?"])
@pytest.mark.parametrize("name", ["limit", "insured_amount"])
def test_what_is_on_file_and_no_amount_grants_nothing_and_goes_to_a_person(name, written):
    company = small_company()
    rows = company.tables["attributes"]
    wrong = rows.iloc[:1].assign(
        customer_id="c1", name=name, value=written, valid_on=AS_OF - 9, recorded_on=AS_OF - 9
    )
    books = Ledger(company.tables | {"attributes": pd.concat([rows, wrong])}, company.rules)
    account = CustomerAccounts(books.as_of(AS_OF), grace_days=15).account_of("c1", "EUR")
    assert account.unreadable == (name,)
    decided = Answers(books, champions()).credit_decision(
        CreditRequest(customer_id="c1"), as_of=AS_OF
    )
    assert decided.outcome == "refer"
    assert name in " ".join(reason.text for reason in decided.reasons)
