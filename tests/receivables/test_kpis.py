"""The KPIs of a ledger: by hand, by their laws, and by the field cases with right values."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger, SettleRules
from payrisk.ledger.facts.rules import Tolerance
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.receivables.measures.amounts import MONEY
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.described import AMOUNTS, MEASURES
from payrisk.receivables.measures.history import kpi_history
from payrisk.receivables.measures.measured import kpis
from payrisk.receivables.measures.months import month_evenings
from payrisk.simulate import simulate
from support.ledgers.by_hand import credit, event, invoice, ledger, link
from support.ledgers.messy import START, messy_ledger

CASES = os.environ.get("PAYRISK_CASES", "")
NO_TOLERANCE = SettleRules(Tolerance(0, 0.0))
NAMES = [measure.name for measure in MEASURES]


def row(one: Ledger, evening: str, *, currency: str = "EUR", **asked) -> dict:
    books = one.balance_at(day_of(evening))
    rows = kpis(one, books, **asked).rows
    return rows[rows["currency"] == currency].iloc[0].to_dict()


def first_quarter(**more) -> Ledger:
    """EUR 300 billed in January, February and March; January paid late, half of February."""
    return ledger(
        invoices=[
            invoice("jan", 300_00, issued_on="2025-01-10", due_on="2025-02-09"),
            invoice("feb", 300_00, issued_on="2025-02-10", due_on="2025-03-12"),
            invoice("mar", 300_00, issued_on="2025-03-10", due_on="2025-04-09"),
            invoice("usd", 999_00, issued_on="2025-03-20", due_on="2025-04-19", currency="USD"),
        ],
        credits=[credit("p", 300_00, "2025-02-19"), credit("q", 150_00, "2025-03-20")],
        allocations=[
            link("p", "jan", 300_00, "2025-02-19"),
            link("q", "feb", 150_00, "2025-03-20"),
        ],
        **more,
    )


def test_the_family_on_a_ledger_of_four_invoices():
    one = first_quarter()
    eur = row(one, "2025-03-31", window_days=60)
    # window 31 Jan - 31 Mar is 60 days: opening 30 Jan, sold feb + mar
    assert (eur["days"], eur["billed"], eur["sales"]) == (60, 600_00, 600_00)
    assert (eur["receivable"], eur["overdue"], eur["not_due"]) == (450_00, 150_00, 300_00)
    assert eur["dso_simple"] == 45.0  # 450 / 600 x 60
    assert eur["dso_best_possible"] == 30.0  # 300 / 600 x 60
    assert eur["average_days_delinquent"] == 15.0
    assert eur["dso_countback"] == 31 + 14  # all of March, half of February's 28 days
    assert eur["dso_true"] == pytest.approx(21 + 49 / 2)  # March 21 days old, half of February 49
    assert eur["opening_receivable"] == 300_00
    assert eur["turnover_average"] == pytest.approx(600 / 375 * 365 / 60)
    assert eur["turnover_ending"] == pytest.approx(600 / 450 * 365 / 60)
    assert eur["collection_period_ending"] == pytest.approx(45.0)
    assert eur["cash_received"] == 450_00
    # March: opening 300 (feb), sold 300, closing 450 of which 300 not due
    assert eur["cei_month"] == pytest.approx((300 + 300 - 450) / (300 + 300 - 300) * 100)
    # the quarter opened with nothing: 900 sold, divided by three or not
    assert eur["cei_quarter_n1"] == pytest.approx((900 - 450) / (900 - 300) * 100)
    assert math.isnan(eur["cei_quarter_n3"])  # 300 - 300: nothing was collectable in that form
    assert "N = 3" in eur["not_given"]
    assert eur["n_settled"] == 1  # jan; feb is half paid
    assert eur["average_days_late"] == eur["average_days_late_weighted"] == eur["dbt_paid"] == 10.0
    assert eur["average_days_to_pay"] == 40.0
    assert eur["payment_index"] == pytest.approx(80 - 10 / 15 * 10)
    assert eur["dbt_open"] == pytest.approx(150 * 15 / 450)
    assert eur["current_percent"] == pytest.approx(200 / 3)
    assert (eur["over_90_percent"], eur["concentration_hhi"]) == (0.0, 10_000.0)


def test_currencies_are_never_mixed_and_a_window_ends_where_billing_began():
    usd = row(first_quarter(), "2025-03-31", currency="USD")
    assert (usd["days"], usd["sales"], usd["receivable"]) == (12, 999_00, 999_00)
    assert usd["dso_simple"] == usd["dso_best_possible"] == 12.0


def test_what_is_not_given_is_said_and_why():
    early = row(first_quarter(), "2025-01-31")
    assert math.isnan(early["average_days_late"])
    assert math.isnan(early["cei_12_months"])
    assert "no invoice was settled by cash" in early["not_given"]
    assert "no CEI of twelve months" in early["not_given"]
    late = row(first_quarter(), "2025-12-31")
    assert math.isnan(late["dso_simple"])
    assert "nothing was sold in the window" in late["not_given"]


def test_sold_receivables_and_write_offs_are_added_back():
    one = ledger(
        invoices=[
            invoice(name, 100_00, issued_on="2025-01-01", due_on="2025-03-31") for name in "ABC"
        ],
        credits=[credit("W", 100_00, "2025-02-01", kind="write_off")],
        allocations=[link("W", "B", 100_00, "2025-02-01")],
        events=[event("sold", "C", "2025-02-10", subject_kind="invoice")],
    )
    now = row(one, "2025-02-28")
    assert (now["receivable"], now["sold"], now["written_off"]) == (100_00, 100_00, 100_00)
    assert now["dso_simple"] == pytest.approx(100 / 300 * 59)
    assert now["dso_added_back"] == pytest.approx(59.0)
    assert now["bad_debt_percent"] == pytest.approx(100 / 3)
    # from its due day on a sold invoice is the buyer's affair
    assert row(one, "2025-04-01")["sold"] == 0


def test_cash_is_told_apart_from_what_else_was_collected():
    one = ledger(
        invoices=[
            invoice(name, 100_00, issued_on="2025-01-05", due_on="2025-01-20") for name in "ABC"
        ],
        credits=[
            credit("P", 100_00, "2025-02-10"),
            credit("N", 60_00, "2025-02-11", kind="credit_note"),
        ],
        allocations=[link("P", "A", 100_00, "2025-02-10"), link("N", "B", 60_00, "2025-02-11")],
    )
    gross = row(one, "2025-02-28", choices=KpiChoices(credit_notes="gross"))
    assert gross["cei_month"] == pytest.approx(160 / 300 * 100)
    assert gross["cei_cash_month"] == pytest.approx(100 / 300 * 100)
    netted = row(one, "2025-02-28")  # 60 of the 240 collectable were never sales
    assert netted["cei_month"] == netted["cei_cash_month"] == pytest.approx(100 / 240 * 100)


def test_credit_notes_are_netted_as_far_as_they_reduced_the_receivable():
    books = {
        "invoices": [invoice("A", 100_00), invoice("B", 100_00)],
        "credits": [credit("N", 40_00, "2025-01-15", kind="credit_note")],
        "allocations": [link("N", "A", 30_00, "2025-01-15")],
    }
    one = ledger(**books)
    evening = "2025-01-31"
    assert row(one, evening)["credit_notes"] == 30_00
    assert row(one, evening, choices=KpiChoices("gross"))["sales"] == 200_00
    netted = row(one, evening, choices=KpiChoices(unapplied="netted"))
    assert (netted["receivable"], netted["sales"]) == (160_00, 160_00)
    assert netted["dso_simple"] == 31.0


def test_vat_is_taken_out_of_both_terms_or_of_neither():
    invoices = [
        invoice("A", 120_00, tax_amount=20_00, issued_on="2025-01-01"),
        invoice("B", 110_00, tax_amount=10_00, issued_on="2025-01-02", customer_id="c2"),
    ]
    paid = {
        "credits": [credit("P", 60_00, "2025-01-10")],
        "allocations": [link("P", "A", 60_00, "2025-01-10")],
    }
    one = ledger(invoices=invoices, **paid)
    net = row(one, "2025-01-31", choices=KpiChoices(vat="excluded"))
    assert (net["receivable"], net["sales"], net["vat"]) == (150_00, 200_00, "excluded")
    unknown = [invoices[0], {**invoices[1], "tax_amount": None}]
    gross = row(ledger(invoices=unknown, **paid), "2025-01-31", choices=KpiChoices(vat="excluded"))
    assert (gross["receivable"], gross["sales"], gross["vat"]) == (170_00, 230_00, "included")


def test_by_customer_each_row_is_that_of_a_ledger_of_its_own():
    one = Ledger.from_tables(simulate(12, 18, 3).tables)[0]
    books = one.balance_at(one.last_day - 40, one.default_as_of)
    every = kpis(one, books, "customer_id").rows
    whole = kpis(one, books).rows.set_index("currency")
    summed = every.groupby("currency")[list(MONEY)].sum()
    pd.testing.assert_frame_equal(summed, whole[list(MONEY)], check_names=False)
    by_entity = kpis(one, books, "entity_id", "segment", "country", "parent_id").rows
    assert (by_entity.groupby("currency")["sales"].sum() == whole["sales"]).all()


def test_in_a_base_currency_balances_take_the_evenings_rate_and_sales_that_of_their_day():
    one = ledger(
        invoices=[
            invoice("A", 100_00, issued_on="2025-01-10", currency="USD", due_on="2025-02-10"),
            invoice("B", 50_00, issued_on="2025-01-10"),
        ],
        rates=[
            {"from": "USD", "to": "EUR", "valid_on": "2025-01-01", "rate": 0.9},
            {"from": "USD", "to": "EUR", "valid_on": "2025-01-31", "rate": 0.8},
        ],
    )
    eur = row(one, "2025-01-31", base="EUR")
    assert (eur["receivable"], eur["sales"]) == (80_00 + 50_00, 90_00 + 50_00)
    with pytest.raises(InputError, match="no currency"):
        row(one, "2025-01-31", base="XYZ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"credit_notes": "maybe"}, "credit_notes"),
        ({"vat": "excluded", "unapplied": "netted"}, "bears no VAT"),
    ],
)
def test_choices_that_mean_nothing_are_refused(words, sentence):
    with pytest.raises(InputError, match=sentence):
        KpiChoices(**words)


def test_a_window_of_no_day_and_a_history_of_no_month_are_refused():
    one = first_quarter()
    books = one.balance_at(day_of("2025-03-31"))
    with pytest.raises(InputError, match="at least one day"):
        kpis(one, books, window_days=0)
    with pytest.raises(InputError, match="1 to 60"):
        kpi_history(one, books, n_months=0)


def test_a_history_is_the_kpis_of_each_evening_beside_the_benchmark_of_its_year():
    one = Ledger.from_tables(simulate(8, 16, 5).tables)[0]
    books = one.balance_at(day_of("2025-03-31"), one.default_as_of)
    table = kpi_history(one, books, n_months=5)
    evenings = [day_of(f"{d}") for d in ("2024-11-30", "2024-12-31", "2025-01-31", "2025-02-28")]
    assert sorted(set(table["ends_on"])) == [*evenings, books.close_of]
    for evening in evenings:
        alone = kpis(one, one.balance_at(evening, one.default_as_of)).rows
        shown = table[table["ends_on"] == evening].reset_index(drop=True)
        pd.testing.assert_frame_equal(shown[alone.columns], alone)
    uk = table.groupby("ends_on")["uk_average_days_to_pay"].first()
    assert uk.loc[evenings[0]] == 32.0  # 2024
    assert month_evenings(day_of("2024-03-31"), 1)[1] == day_of("2024-02-29")
    assert month_evenings(day_of("2025-03-30"), 1)[1] == day_of("2025-02-28")


def test_every_measure_and_amount_is_described_and_no_other():
    one = first_quarter()
    columns = set(kpis(one, one.balance_at(day_of("2025-03-31"))).rows.columns)
    assert columns - set(NAMES) - set(MONEY) == {
        "currency", "days", "n_settled", "n_promises", "vat", "not_given",
    }  # fmt: skip
    assert set(NAMES) <= columns
    assert set(AMOUNTS) == set(MONEY)


# ---- laws


def company(seed: int = 4):
    return simulate(10, 15, seed).tables


def measured(tables, *keys, rules=NO_TOLERANCE) -> pd.DataFrame:
    one = Ledger.from_tables(tables, rules)[0]
    return kpis(one, one.balance_at(day_of("2024-12-31") + 60, one.default_as_of), *keys).rows


def test_all_paid_on_time_is_the_best_possible_dso():
    one = ledger(
        invoices=[
            invoice(f"{month:02}", 100_00 + month, issued_on=f"2024-{month:02}-05",
                    due_on=f"2024-{month:02}-25") for month in range(1, 13)
        ] + [invoice("open", 77_77, issued_on="2024-12-20", due_on="2025-01-20")],
        credits=[credit(f"p{m:02}", 100_00 + m, f"2024-{m:02}-25") for m in range(1, 13)],
        allocations=[
            link(f"p{m:02}", f"{m:02}", 100_00 + m, f"2024-{m:02}-25") for m in range(1, 13)
        ],
    )  # fmt: skip
    now = row(one, "2024-12-31")
    assert now["dso_simple"] == now["dso_best_possible"] > 0
    assert now["average_days_delinquent"] == 0
    assert now["cei_12_months"] == now["cei_month"] == 100
    assert (now["dbt_open"], now["paid_late_percent"], now["payment_index"]) == (0, 0, 80)


def test_ten_times_the_money_is_ten_times_the_amounts_and_the_same_ratios():
    tables = company()
    scaled = {name: frame.copy() for name, frame in tables.items()}
    for name in ("invoices", "credits", "allocations", "events"):
        for column in ("amount", "credit_amount", "tax_amount"):
            if column in scaled[name]:
                scaled[name][column] = scaled[name][column] * 10
    relative = SettleRules(Tolerance(10**12, 0.005))  # cents tolerated grow with the invoice, too
    small, large = measured(tables, rules=relative), measured(scaled, rules=relative)
    exact = ["dso_simple", "dso_countback", "dso_true", "dso_best_possible", "cei_month"]
    assert (large[["billed", "sales"]] == 10 * small[["billed", "sales"]]).all().all()
    np.testing.assert_allclose(large[exact], small[exact], rtol=1e-12)


def test_an_invoice_split_in_two_changes_no_measure_weighted_by_money():
    tables = {name: frame.copy() for name, frame in company().items()}
    inv, links = tables["invoices"], tables["allocations"]
    busy = set(links["invoice_id"]) | set(tables["events"]["subject"])
    free = inv[~inv["invoice_id"].isin(busy)]
    one = free.iloc[[0]]
    half = int(one["amount"].iloc[0]) // 3
    second = one.assign(invoice_id="SPLIT", amount=half)
    inv.loc[one.index, "amount"] -= half
    tables["invoices"] = pd.concat([inv, second], ignore_index=True)
    by_number = ("average_days_late", "average_days_to_pay", "paid_")
    by_money = [*MONEY, *[n for n in NAMES if not n.startswith(by_number)]]
    by_money.append("average_days_late_weighted")
    pd.testing.assert_frame_equal(measured(tables)[by_money], measured(company())[by_money])


def test_other_ids_are_the_same_measures():
    tables = {name: frame.copy() for name, frame in company().items()}
    renamed = {"customer_id", "parent_id", "alias_id", "invoice_id", "credit_id", "subject"}
    for frame in tables.values():
        for column in renamed & set(frame.columns):
            frame[column] = "z" + frame[column].astype("str").where(frame[column].notna())
            frame[column] = frame[column].astype("string[pyarrow]")
    events = tables["events"]
    is_alias = (events["kind"] == "changed") & (events["field"] == "parent_id")
    assert not is_alias.any()
    table = measured(tables)
    pd.testing.assert_frame_equal(table, measured(company()))


def test_a_customer_who_has_paid_everything_raises_no_dso_and_moves_no_other():
    tables = company()
    more = {name: frame.copy() for name, frame in tables.items()}
    issued = day_of("2024-12-20")
    extra = pd.DataFrame({"invoice_id": ["X"], "customer_id": "paid", "issued_on": issued,
        "due_on": issued + 30, "amount": 500_00, "currency": "EUR", "entity_id": "DE01",
        "recorded_on": issued})  # fmt: skip
    paid = pd.DataFrame({"credit_id": ["XP"], "customer_id": "paid", "happened_on": issued + 5,
        "amount": 500_00, "currency": "EUR", "entity_id": "DE01", "kind": "payment",
        "recorded_on": issued + 5})  # fmt: skip
    linked = pd.DataFrame({"credit_id": ["XP"], "invoice_id": "X", "instalment": 1,
        "amount": 500_00, "happened_on": issued + 5, "recorded_on": issued + 5})  # fmt: skip
    who = pd.DataFrame({"customer_id": ["paid"], "recorded_on": issued})
    for name, rows in {
        "invoices": extra,
        "credits": paid,
        "allocations": linked,
        "customers": who,
    }.items():
        more[name] = pd.concat([more[name], rows], ignore_index=True)
    before, after = (measured(t).set_index("currency").loc["EUR"] for t in (tables, more))
    assert after["receivable"] == before["receivable"]
    assert after["sales"] == before["sales"] + 500_00
    assert after["dso_simple"] < before["dso_simple"]
    left, right = (measured(t, "customer_id") for t in (tables, more))
    right = right[right["customer_id"] != "paid"].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, right)


@pytest.mark.parametrize("seed", range(4))
def test_the_identities_hold_on_messy_ledgers(seed):
    one = messy_ledger(seed)
    books = one.balance_at(START + 180)
    left = books.residuals().groupby("currency")["residual"].sum()
    for now in kpis(one, books).rows.to_dict("records"):
        assert now["receivable"] == left.get(now["currency"], 0)
        assert now["not_due"] + now["overdue"] + now["settled_residuals"] == now["receivable"]
        gap = now["dso_simple"] - now["dso_best_possible"] - now["average_days_delinquent"]
        assert math.isnan(gap) or gap == 0


# ---- field cases with right values


def case(name: str) -> Ledger:
    reading = read_source(
        Path(CASES) / "13-dso" / name, load_preset("generic"), imported_on=day_of("2026-06-01")
    )
    return Ledger.from_tables(reading.tables)[0]


@pytest.mark.skipif(not CASES, reason="PAYRISK_CASES names no folder of field cases")
def test_the_field_cases_of_dso():
    rebilled = row(case("a_rebilled"), "2026-02-28")
    assert (rebilled["dso_simple"], rebilled["dso_countback"]) == (
        90.0,
        28 + 31 * (150 - 50) / 100,
    )
    silent = row(case("b_no_sales_in_window"), "2026-01-31")
    assert math.isnan(silent["dso_simple"])
    assert silent["dso_countback"] == 31 + 334 + 31
    leap = row(case("c_leap"), "2024-03-01", window_days=60)
    assert leap["dso_simple"] == 60.0
    assert leap["overdue"] == 2_900_00
