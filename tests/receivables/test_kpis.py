"""The DSO family on examples worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from payrisk.receivables.kpis import (
    collection_effectiveness,
    dso_countback,
    dso_simple,
    kpis,
    opening_books,
    turnover,
)
from support.ledgers.messy import START, messy_ledger


def small_ledger() -> Ledger:
    """EUR: billed 300 a month Jan-Mar; USD: one invoice, so that nothing may be mixed."""
    invoices = pd.DataFrame(
        [
            ("jan", "2025-01-10", "2025-02-09", 300_00, "EUR"),
            ("feb", "2025-02-10", "2025-03-12", 300_00, "EUR"),
            ("mar", "2025-03-10", "2025-04-09", 300_00, "EUR"),
            ("usd", "2025-03-20", "2025-04-19", 999_00, "USD"),
        ],
        columns=["invoice_id", "issued_on", "due_on", "amount", "currency"],
    ).assign(customer_id="c")
    for name in ("issued_on", "due_on"):
        invoices[name] = invoices[name].map(day_of)
    paid = pd.DataFrame(
        {
            "credit_id": ["p", "q"],
            "invoice_id": ["jan", "feb"],
            "customer_id": "c",
            "happened_on": [day_of("2025-02-19"), day_of("2025-03-20")],
            "amount": [300_00, 150_00],
            "currency": "EUR",
        }
    )
    tables = {
        "customers": pd.DataFrame({"customer_id": ["c"], "recorded_on": day_of("2025-01-01")}),
        "invoices": invoices,
        "credits": paid.drop(columns="invoice_id"),
        "allocations": paid[["credit_id", "invoice_id", "amount", "happened_on"]],
    }
    return Ledger.from_tables(with_defaults(tables))[0]


def test_the_family_on_a_ledger_of_four_invoices():
    ledger = small_ledger()
    books = ledger.balance_at(day_of("2025-03-31"))
    eur, usd = kpis(books, opening_books(ledger, books, 60), 60).rows.to_dict("records")
    # window 31 Jan - 31 Mar is 60 days: opening 30 Jan, billed feb + mar
    assert (eur["days"], eur["billed"]) == (60, 600_00)
    assert (eur["receivable"], eur["overdue"], eur["not_due"]) == (450_00, 150_00, 300_00)
    assert eur["dso_simple"] == 45.0  # 450 / 600 x 60
    assert eur["dso_best_possible"] == 30.0  # 300 / 600 x 60
    assert eur["average_days_delinquent"] == 15.0
    assert eur["dso_countback"] == 31 + 14  # all of March, half of February's 28 days
    assert eur["turnover"] == pytest.approx(600 / 375 * 365 / 60)  # opening 300, closing 450
    assert eur["n_settled"] == 1  # jan; feb is half paid
    assert eur["average_days_late"] == eur["average_days_late_weighted"] == 10.0
    start = 300_00 + 600_00 / (60 * 12 / 365.25)
    assert eur["cei"] == pytest.approx((start - 450_00) / (start - 300_00) * 100)
    # USD billing began on 20 March: a window of 12 days, of its own money only
    assert (usd["days"], usd["billed"], usd["receivable"]) == (12, 999_00, 999_00)
    assert usd["dso_simple"] == usd["dso_best_possible"] == 12.0
    assert usd["cei"] != usd["cei"] or usd["cei"] == 100.0


def test_a_window_that_begins_before_the_ledger_opens_with_nothing():
    ledger = small_ledger()
    books = ledger.balance_at(day_of("2025-03-31"))
    assert opening_books(ledger, books, 365) is None
    assert kpis(books, None, 365).rows["days"].tolist() == [81, 12]


def test_countback_walks_the_months_and_gives_up_when_billing_runs_out():
    assert dso_countback(100, np.array([100, 80]), np.array([31, 30])) == 31
    assert dso_countback(0, np.array([100]), np.array([31])) == 0
    assert dso_countback(50, np.array([0, 100]), np.array([31, 30])) == 31 + 15
    assert math.isnan(dso_countback(500, np.array([100, 80]), np.array([31, 30])))


def test_measures_are_undefined_rather_than_infinite():
    assert math.isnan(dso_simple(100, 0, 90))
    assert math.isnan(turnover(100, 0, 0, 90))
    assert math.isnan(collection_effectiveness(0, 90, 1, 100, 90))


def test_nothing_overdue_is_a_collection_effectiveness_of_100():
    assert collection_effectiveness(100, 90, 1, 70, 70) == 100


def test_a_window_or_opening_that_does_not_fit_is_refused():
    ledger = small_ledger()
    books = ledger.balance_at(day_of("2025-03-31"))
    with pytest.raises(InputError, match="at least one day"):
        kpis(books, None, 0)
    with pytest.raises(InputError, match="one window before"):
        kpis(books, opening_books(ledger, books, 30), 60)


@pytest.mark.parametrize("seed", range(5))
def test_the_identities_hold_on_messy_ledgers(seed):
    ledger = messy_ledger(seed)
    books = ledger.balance_at(START + 180)
    rows = kpis(books, opening_books(ledger, books)).rows
    owed = books.residuals().groupby("currency")["residual"].sum()
    for row in rows.to_dict("records"):
        assert row["receivable"] == owed.get(row["currency"], 0)
        assert row["not_due"] + row["overdue"] == row["receivable"]
        gap = row["dso_simple"] - row["dso_best_possible"] - row["average_days_delinquent"]
        assert math.isnan(gap) or gap == 0
