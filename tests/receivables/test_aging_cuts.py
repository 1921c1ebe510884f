"""Aging cut otherwise: buckets, dates of issue, groups, documents, other currencies, promises."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.receivables.age_bands import AgeBands
from payrisk.receivables.aging import aging
from payrisk.receivables.base_currency import aging_in_base
from payrisk.receivables.rates import KnownRates
from support.ledgers.by_hand import credit, event, invoice, ledger, link
from support.ledgers.messy import START, messy_ledger

RATES = [
    {"from": "USD", "to": "EUR", "valid_on": "2025-01-01", "rate": 0.90},
    {"from": "USD", "to": "EUR", "valid_on": "2025-02-28", "rate": 0.95},
    {"from": "EUR", "to": "GBP", "valid_on": "2025-01-01", "rate": 0.80},
]


def books_of(evening: str, **tables):
    return ledger(**tables).balance_at(day_of(evening))


def test_buckets_may_be_of_other_days_and_by_date_of_issue():
    books = books_of("2025-02-10", invoices=[invoice("A", issued_on="2025-01-01")])
    due = aging(books, AgeBands((7, 14)))  # due 31 January: 10 days late
    assert due.totals()["days_8_14"].tolist() == [100_00]
    issued = aging(books, AgeBands((30, 60), "issued"))  # 40 days old
    assert issued.bands.names == ("days_0_30", "days_31_60", "days_over_60")
    assert issued.totals()["days_31_60"].tolist() == [100_00]
    assert issued.title.endswith("by date of issue")


@pytest.mark.parametrize("text", ["30,20", "0,30", "", "a", "30,30", "1,99999"])
def test_buckets_that_cannot_be_read_are_refused_in_one_sentence(text):
    with pytest.raises(InputError, match="for example 30,60,90"):
        AgeBands.from_text(text)


def test_a_basis_that_is_none_is_refused():
    with pytest.raises(InputError, match="'due' or 'issued'"):
        AgeBands.from_text("30", "paid")


def test_groups_are_named_and_customers_without_a_parent_are_their_own():
    books = books_of(
        "2025-02-10",
        customers=[
            {"customer_id": "c1", "name": "One", "country": "DE", "parent_id": "c2"},
            {"customer_id": "c2", "name": "Two", "country": "FR"},
            {"customer_id": "c3", "name": "Three"},
        ],
        invoices=[invoice(f"A{n}", n * 100, customer_id=f"c{n}") for n in (1, 2, 3)],
        attributes=[
            {"customer_id": "c3", "name": "segment", "value": "small", "valid_on": "2025-01-01"}
        ],
    )
    aged = aging(books)
    by_parent = aged.by("parent_id", named=True).set_index("parent_id")
    assert by_parent["parent_name"].to_dict() == {"c2": "Two", "c3": "Three"}
    assert by_parent["open"].to_dict() == {"c2": 300, "c3": 300}
    assert aged.by("country")["open"].tolist() == [100, 200, 300]  # unknown last, never lost
    assert aged.by("segment")["open"].tolist() == [300, 300]
    named = aged.by("customer_id", named=True)
    assert list(named.columns[:3]) == ["customer_id", "customer_name", "currency"]


def test_documents_are_what_the_figures_are_made_of():
    books = books_of(
        "2025-03-10",
        invoices=[
            invoice("A", 100_00),
            invoice("B", 50_00, due_on="2025-03-31"),
            invoice("C", 10_00),
        ],
        credits=[
            credit("P", 40_00, "2025-02-01"),
            credit("N", 7_00, "2025-02-02", kind="credit_note"),
            credit("Q", 12_00, "2025-02-03"),
        ],
        allocations=[link("P", "A", 40_00, "2025-02-01"), link("Q", "C", 12_00, "2025-02-03")],
        events=[event("dispute_opened", "A", "2025-02-05", subject_kind="invoice", amount=25_00)],
    )
    aged = aging(books)
    total = aged.totals().iloc[0]
    assert (total["days_31_60"], total["paid_in_part"], total["disputed"]) == (60_00, 40_00, 25_00)
    assert (total["on_account"], total["credit_notes"], total["unapplied"]) == (2_00, 7_00, 9_00)
    for column in aged.amounts:
        documents = aged.documents(bucket=column)
        sums = {"net": documents["open"].sum() - documents["unapplied"].sum()}
        if column in ("disputed", "promised", "planned", "paid_in_part"):
            sums[column] = documents[column].sum()
        elif column in ("unapplied", "on_account", "credit_notes"):
            sums[column] = documents["unapplied"].sum()
        assert sums.get(column, documents["open"].sum()) == total[column], column
    late = aged.documents("c1", "days_31_60")
    assert (late["document"].tolist(), late["days_late"].tolist()) == (["A"], [38])
    with pytest.raises(InputError, match="no column of this aging"):
        aged.documents(bucket="days_1_15")


def test_what_is_under_a_plan_is_shown_until_its_last_part_and_no_due_date_moves():
    def part(subject, on, kind="invoice"):
        return event("plan", subject, "2025-02-05", subject_kind=kind, refers_on=on,
                     event_id=f"{subject}-{on}")  # fmt: skip

    tables = {
        "invoices": [
            invoice("A", 100_00),
            invoice("B", 50_00),
            invoice("C", 10_00, customer_id="c2"),
            invoice("D", 20_00),
        ],
        "events": [
            part("A", "2025-02-20"),
            part("A", "2025-03-20"),
            part("B", "2025-02-08"),
            part("c2", "2025-03-20", "customer"),
        ],
    }
    by_day = {}
    for day in ("2025-02-04", "2025-03-01", "2025-03-20"):
        aged = aging(books_of(day, **tables))
        by_day[day] = aged.documents(bucket="planned")["document"].tolist()
        assert aged.totals()["open"].tolist() == [180_00]
    assert by_day == {"2025-02-04": [], "2025-03-01": ["A", "C"], "2025-03-20": []}
    late = aging(books_of("2025-03-01", **tables)).totals().iloc[0]
    assert (late["planned"], late["days_1_30"]) == (110_00, 180_00)


def test_a_live_promise_is_shown_and_neither_a_kept_day_nor_a_replaced_one():
    made = {"subject_kind": "invoice", "refers_on": "2025-02-20", "amount": 60_00}
    tables = {
        "invoices": [invoice("A", 100_00), invoice("B", 100_00)],
        "events": [
            event("promise", "A", "2025-02-05", **made),
            event(
                "promise", "A", "2025-02-10", **made | {"refers_on": "2025-02-25", "amount": 90_00}
            ),
        ],
    }
    aged = aging(books_of("2025-02-12", **tables))
    promised = aged.documents(bucket="promised")
    assert promised["promised"].tolist() == [90_00]
    assert promised["promised_on"].tolist() == [day_of("2025-02-25")]
    assert aging(books_of("2025-02-26", **tables)).totals()["promised"].tolist() == [0]


def test_a_promise_on_the_whole_account_is_taken_to_pay_the_oldest_invoices_first():
    aged = aging(
        books_of(
            "2025-02-12",
            invoices=[invoice("A", 100_00), invoice("B", 100_00, due_on="2025-01-20")],
            events=[
                event("promise", "c1", "2025-02-05", subject_kind="customer",
                      refers_on="2025-02-20", amount=130_00)
            ],
        )
    )  # fmt: skip
    documents = aged.documents().set_index("document")
    assert documents["promised"].to_dict() == {"B": 100_00, "A": 30_00}


def test_an_invoice_paid_in_another_currency_is_settled_at_the_agreed_rate():
    """EUR 1,000 by USD 1,095: nothing is open, nothing on account, and nothing counts as short."""
    books = books_of(
        "2025-03-10",
        invoices=[invoice("A", 1_000_00)],
        credits=[credit("P", 1_095_00, "2025-02-01", currency="USD")],
        allocations=[link("P", "A", 1_000_00, "2025-02-01", credit_amount=1_095_00)],
        rates=RATES,
    )
    assert aging(books).documents().empty
    assert books.invoices()["closed_by"].tolist() == ["cash"]
    in_euro = aging_in_base(aging(books), books, "EUR")
    assert in_euro.empty


def test_in_a_base_currency_the_difference_of_rates_is_a_line_of_its_own():
    books = books_of(
        "2025-03-10",
        invoices=[
            invoice("A", 1_000_00, currency="USD"),
            invoice("B", 500_00),
            invoice("C", 80_00, currency="GBP"),
            invoice("D", 7_00, currency="CHF"),
        ],
        credits=[credit("P", 100_00, "2025-03-05", currency="USD")],
        rates=RATES,
    )
    table = aging_in_base(aging(books), books, "EUR").set_index("currency")
    euro = table.loc["EUR"]
    # closing: 900 USD x .95 + 500 + 80 / .8; booked: 1,000 x .90 - 100 x .95 + the same
    assert (euro["net"], euro["net_booked"]) == (855_00 + 600_00, 805_00 + 600_00)
    assert euro["fx_difference"] == 50_00
    assert table.loc["CHF", ["net", "fx_difference"]].tolist() == [7_00, 0]  # no rate: stays apart
    with pytest.raises(InputError, match="no currency"):
        aging_in_base(aging(books), books, "EURO")
    with pytest.raises(InputError, match="No base currency of entity 'main'"):
        aging_in_base(aging(books), books, "entity")


def test_a_document_older_than_the_rates_is_said_and_takes_no_part_in_the_difference():
    books = books_of(
        "2025-03-10",
        invoices=[
            invoice("A", 100_00, currency="USD", issued_on="2024-12-01", due_on="2025-01-31")
        ],
        rates=RATES,
    )
    row = aging_in_base(aging(books), books, "EUR").iloc[0]
    assert (row["net"], row["net_booked"], row["fx_difference"]) == (95_00, 0, 0)
    assert row["no_booked_rate"] == 95_00


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(30, 260))
def test_in_any_base_the_lines_add_up_and_the_rates_are_those_of_the_evening(seed, day):
    books = messy_ledger(seed).balance_at(START + day)
    aged, rates = aging(books), KnownRates(books)
    table = aging_in_base(aged, books, "EUR", "customer_id")
    parts = table["net_booked"] + table["fx_difference"] + table["no_booked_rate"]
    assert (parts == table["net"]).all()
    expected = 0.0
    for row in aged.items.to_dict("records"):
        rate = rates.rate(row["currency"], "EUR") if row["currency"] != "EUR" else None
        if row["currency"] == "EUR":
            expected += row["open"] - row["unapplied"]
        elif rate is not None:
            expected += rate.convert(row["open"]) - rate.convert(row["unapplied"])
    assert table.loc[table["currency"] == "EUR", "net"].sum() == expected


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(30, 260))
def test_however_it_is_cut_the_net_is_the_control_total(seed, day):
    books = messy_ledger(seed).balance_at(START + day)
    control = books.control_total().set_index("currency")["net"]
    for bands in (AgeBands((10,)), AgeBands((30, 60, 90, 120), "issued")):
        aged = aging(books, bands)
        for keys in (("country",), ("parent_id", "entity_id"), ("segment",)):
            table = aged.by(*keys)
            net = table.groupby("currency")["net"].sum()
            assert net[net != 0].to_dict() == control[control != 0].to_dict()
            cut = table[[*bands.names, "settled_residuals"]].sum(axis=1)
            pd.testing.assert_series_equal(cut, table["open"], check_names=False)
            held = table["on_account"] + table["credit_notes"]
            pd.testing.assert_series_equal(held, table["unapplied"], check_names=False)
