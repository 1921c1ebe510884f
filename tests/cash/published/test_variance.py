"""The parts of a variance sum to it to the cent, and each cause moves its own part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.published.variance import PARTS, ForecastByInvoice, Variance, explain_variance
from payrisk.errors import LedgerError
from payrisk.ledger import Ledger
from support.company.five_customers import DueDateCurves
from support.full import FULL
from support.ledgers.by_hand import credit, event, invoice, ledger, link
from support.ledgers.messier import messier_ledger
from support.ledgers.messy import START, messy_ledger

AS_OF = "2025-02-10"


def foretell(one: Ledger, as_of: int, horizon_days: int = 60) -> CashForecast:
    history = one.as_of(as_of)
    rows = history.open_invoices()
    return forecast(
        rows,
        DueDateCurves().curves(history, rows),
        history.credit_balances(),
        as_of=as_of,
        generator=np.random.default_rng(0),
        horizon_days=horizon_days,
        n_draws=2,
    )


def seen(cash: CashForecast, days: int) -> ForecastByInvoice:
    return ForecastByInvoice.of(cash.as_of, cash.invoices, cash.expected, cash.as_of + days - 1)


def told(one: Ledger, as_of: str = AS_OF, days: int = 30, **options):
    cash = foretell(one, day_of(as_of))
    found = explain_variance(seen(cash, days), one, known_before=day_of("2025-06-01"), **options)
    row = found.totals.set_index("currency").loc["EUR"]
    assert row["variance"] == row["actual"] - row["expected"] == row[list(PARTS)].sum()
    return row


def only(row, **parts: int):
    given_ = {name: int(row[name]) for name in PARTS if row[name]}
    assert given_ == parts


def adds_up(found: Variance) -> None:
    t = found.totals
    assert (t["expected"] + t[list(PARTS)].sum(axis=1) == t["actual"]).all()
    assert (t["actual"] - t["expected"] == t["variance"]).all()
    # each invoice's parts sum to its own variance
    names = [name for name in PARTS if name not in ("on_account", "fx")]
    i = found.invoices
    assert (i["expected"] + i[names].sum(axis=1) == i["actual"]).all()
    # and, added up, are those of the totals
    own = i.groupby("currency")[["expected", *names]].sum()
    whole = t.set_index("currency")[["expected", *names]]
    assert (own.reindex(whole.index, fill_value=0) == whole).all(axis=None)


ANY = {
    "seed": st.integers(0, 10_000),
    "after": st.integers(20, 220),
    "days": st.integers(1, 60),
    "later": st.integers(1, 200),
}


def explained(one: Ledger, as_of: int, days: int, later: int) -> Variance | None:
    """The variance of a window, which adds up; None of a morning before anything was known."""
    try:
        cash = foretell(one, as_of)
    except LedgerError:
        return None
    found = explain_variance(seen(cash, days), one, known_before=as_of + days - 1 + later)
    adds_up(found)
    return found


@settings(max_examples=2000 if FULL else 12)
@given(**ANY)
def test_parts_sum_whatever_is_corrected_merged_and_paid_in_other_money(seed, after, days, later):
    explained(messier_ledger(seed), START + after, days, later)


@settings(max_examples=1000 if FULL else 8)
@given(**ANY)
def test_parts_sum_to_the_variance_to_the_cent(seed, after, days, later):
    one = messy_ledger(seed)
    as_of = START + after
    found = explained(one, as_of, days, later)
    if found is None:
        return
    t = found.totals
    # nobody pays in other money there, so nothing may hide in FX
    assert (t["fx"] == 0).all()
    # and what came is what the bank statement says, read line by line
    evenings = (
        banked(one, as_of + days - 1, found.known_before),
        banked(one, as_of - 1, found.known_before),
    )
    came = {name: evenings[0][name] - evenings[1].get(name, 0) for name in evenings[0]}
    actual = dict(zip(t["currency"], t["actual"], strict=True))
    assert {k: v for k, v in came.items() if v} == {k: v for k, v in actual.items() if v}


def banked(one: Ledger, evening: int, known: int) -> dict[str, int]:
    """Cash received less what was taken back, by currency, in plain Python."""
    events = [
        e
        for e in one.tables["events"].to_dict("records")
        if e["kind"] == "reversal" and e["recorded_on"] < known and e["happened_on"] <= evening
    ]
    total: dict[str, int] = {}
    for c in one.tables["credits"].to_dict("records"):
        if c["kind"] not in ("payment", "recovery"):
            continue
        if c["recorded_on"] >= known or c["happened_on"] > evening:
            continue
        left = int(c["amount"])
        for e in events:
            if e["subject"] == c["credit_id"]:
                left -= left if pd.isna(e["amount"]) else min(int(e["amount"]), left)
        total[c["currency"]] = total.get(c["currency"], 0) + left
    return total


def test_a_payment_that_slips_is_timing():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("p", 100_00, "2025-05-01")],
        allocations=[link("p", "A", 100_00, "2025-05-01")],
    )
    row = told(one)
    assert (row["expected"], row["actual"]) == (90_00, 0)
    only(row, timing=-95_00, default=5_00)


def test_paid_in_full_is_sooner_than_expected():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("p", 100_00, "2025-02-12")],
        allocations=[link("p", "A", 100_00, "2025-02-12")],
    )
    only(told(one), timing=5_00, default=5_00)


def test_a_credit_note_is_short_pay():
    one = ledger(
        invoices=[invoice()],
        credits=[
            credit("p", 80_00, "2025-02-12"),
            credit("n", 20_00, "2025-02-12", kind="credit_note"),
        ],
        allocations=[link("p", "A", 80_00, "2025-02-12"), link("n", "A", 20_00, "2025-02-12")],
    )
    only(told(one), short_pay_credit=-20_00, timing=5_00, default=5_00)


def test_a_bounced_payment_is_a_reversal_until_it_is_made_good():
    facts = {
        "invoices": [invoice()],
        "credits": [credit("p", 100_00, "2025-02-12")],
        "allocations": [link("p", "A", 100_00, "2025-02-12")],
        "events": [event("reversal", "p", "2025-02-20", subject_kind="credit")],
    }
    row = told(ledger(**facts))
    assert row["actual"] == 0
    only(row, reversals=-100_00, timing=5_00, default=5_00)
    facts["credits"].append(credit("q", 100_00, "2025-02-25"))
    facts["allocations"].append(link("q", "A", 100_00, "2025-02-25"))
    only(told(ledger(**facts)), timing=5_00, default=5_00)


def test_a_payment_of_before_recorded_after_is_a_late_fact():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("p", 100_00, "2025-02-05", recorded_on="2025-02-20")],
        allocations=[link("p", "A", 100_00, "2025-02-20")],
    )
    row = told(one)
    assert (row["expected"], row["actual"]) == (90_00, 0)
    only(row, late_facts=-90_00)


def test_a_bad_debt_is_default():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("w", 100_00, "2025-02-20", kind="write_off", reason="bad_debt")],
        allocations=[link("w", "A", 100_00, "2025-02-20")],
    )
    only(told(one), default=-95_00, timing=5_00)


def test_cash_of_an_invoice_issued_later_is_new_and_less_what_was_expected_of_it():
    one = ledger(
        invoices=[invoice(), invoice("B", 50_00, issued_on="2025-02-15", due_on="2025-03-01")],
        credits=[credit("p", 100_00, "2025-02-12"), credit("q", 50_00, "2025-03-01")],
        allocations=[link("p", "A", 100_00, "2025-02-12"), link("q", "B", 50_00, "2025-03-01")],
    )
    only(told(one), timing=5_00, default=5_00, new_invoices=50_00)
    row = told(one, new_expected={"EUR": 30_00})
    assert row["expected"] == 120_00
    only(row, timing=5_00, default=5_00, new_invoices=20_00)


def test_cash_that_pays_no_invoice_is_on_account():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("p", 100_00, "2025-02-12"), credit("q", 7_00, "2025-02-13")],
        allocations=[link("p", "A", 100_00, "2025-02-12")],
    )
    only(told(one), timing=5_00, default=5_00, on_account=7_00)


def test_paid_in_another_currency_is_fx_in_both():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("p", 110_00, "2025-02-12", currency="USD")],
        allocations=[link("p", "A", 100_00, "2025-02-12", credit_amount=110_00)],
    )
    cash = foretell(one, day_of(AS_OF))
    totals = explain_variance(
        seen(cash, 30), one, known_before=day_of("2025-06-01")
    ).totals.set_index("currency")
    assert totals.loc["USD", ["expected", "actual", "fx"]].tolist() == [0, 110_00, 110_00]
    assert totals.loc["EUR", ["expected", "actual", "fx"]].tolist() == [90_00, 0, -100_00]
    assert totals.loc["EUR", ["timing", "default"]].tolist() == [5_00, 5_00]


def test_credits_expected_to_be_used_and_used_are_no_variance():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("p", 40_00, "2025-02-01"), credit("q", 60_00, "2025-02-12")],
        allocations=[link("p", "A", 40_00, "2025-02-11"), link("q", "A", 60_00, "2025-02-12")],
    )
    row = told(one)
    assert (row["expected"], row["actual"]) == (54_00, 60_00)
    only(row, timing=3_00, default=3_00)


def test_days_that_are_not_over_are_refused():
    one = ledger(invoices=[invoice()])
    cash = foretell(one, day_of(AS_OF))
    with pytest.raises(LedgerError, match="not over"):
        explain_variance(seen(cash, 30), one, known_before=day_of(AS_OF) + 5)


def test_an_invoice_whose_currency_is_corrected_is_a_late_fact_in_both():
    one = ledger(
        invoices=[invoice()],
        credits=[credit("p", 100_00, "2025-02-12", currency="USD")],
        allocations=[link("p", "A", 100_00, "2025-02-12", credit_amount=100_00)],
        events=[
            event(
                "changed", "A|1", "2025-02-11", subject_kind="invoice", field="currency",
                old="EUR", new="USD",
            )
        ],
    )  # fmt: skip
    cash = foretell(one, day_of(AS_OF))
    found = explain_variance(seen(cash, 30), one, known_before=day_of("2025-06-01"))
    adds_up(found)
    totals = found.totals.set_index("currency")
    assert totals.loc["EUR", ["expected", "late_facts", "actual"]].tolist() == [90_00, -90_00, 0]
    assert totals.loc["USD", ["expected", "late_facts", "actual"]].tolist() == [0, 100_00, 100_00]
