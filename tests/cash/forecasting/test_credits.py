"""Credits on account settle the oldest due first, within their own customer, entity, currency."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payrisk.cash.forecasting.credits import covered_by_credits
from support.cash.by_hand import credits, open_invoices


def test_the_oldest_due_is_settled_first():
    rows = open_invoices(3, customer_id="c", entity_id="e", currency="EUR")
    rows = rows.assign(due_on=[30, 10, 20], residual=[100, 50, 70])
    assert covered_by_credits(rows, credits(("c", "e", "EUR", 90))).tolist() == [0, 50, 40]


def test_a_credit_stays_with_its_customer_entity_and_currency():
    rows = open_invoices(4, residual=100, due_on=10).assign(
        customer_id=["c", "d", "c", "c"],
        entity_id=["e", "e", "f", "e"],
        currency=["EUR", "EUR", "EUR", "USD"],
    )
    assert covered_by_credits(rows, credits(("c", "e", "EUR", 500))).tolist() == [100, 0, 0, 0]


def test_a_debit_balance_on_account_covers_nothing():
    rows = open_invoices(1, customer_id="c", entity_id="e", currency="EUR")
    assert covered_by_credits(rows, credits(("c", "e", "EUR", -5))).tolist() == [0]


@given(st.integers(0, 1000), st.integers(0, 10**7))
def test_covered_is_the_smaller_of_credit_and_open(seed, pot):
    rows = open_invoices(8, seed, customer_id="c", entity_id="e", currency="EUR")
    covered = covered_by_credits(rows, credits(("c", "e", "EUR", pot)))
    assert covered.sum() == min(pot, rows["residual"].sum())
    assert ((covered >= 0) & (covered <= rows["residual"])).all()
