"""A made-up company watched whole: silent while nothing changes, and right about what does."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger import DefaultRule, Ledger
from payrisk.monitoring.default_cohort import follow_customers, predictions
from payrisk.monitoring.defaults import default_readouts, note_on_holds, note_on_unmatured
from payrisk.monitoring.drift import drift
from payrisk.monitoring.on_hold import customers_on_hold
from payrisk.monitoring.scored_invoices import ScoredInvoices
from payrisk.monitoring.watching import WatchedVersion, groups_of, watch_curves, watch_risk
from payrisk.monitoring.windows import Windows
from payrisk.predictions import PaymentCurves
from payrisk.simulate import simulate
from support.full import at_size

pytestmark = pytest.mark.long

DAYS = 28
ROOT = Path(__file__).resolve().parents[2]


def shifts():
    spec = importlib.util.spec_from_file_location("_shifts", ROOT / "benchmarks" / "_shifts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SHIFTS = shifts()


CHECKED = {}


def ledger_of(tables):
    """The ledger of some tables; the same tables are checked once."""
    if id(tables) not in CHECKED:
        CHECKED[id(tables)] = tables, Ledger.from_tables(tables)[0]
    return CHECKED[id(tables)][1]


@pytest.fixture(scope="module")
def company():
    """Tables of a company, its last day, and the champion of 28 days before."""
    tables = simulate(110, 25, 11).tables
    ledger = ledger_of(tables)
    now = ledger.default_as_of
    return tables, now, fit_shrunk_ecdf(ledger.as_of(now - DAYS))


def watched(tables, now, model):
    ledger = ledger_of(tables)
    return watch_curves(
        ledger, WatchedVersion("days-to-pay", "1", model, now - DAYS), now=now, most=1_000
    )


def test_nothing_changed_and_nothing_is_said(company):
    tables, now, model = company
    report = watched(tables, now, model)
    assert report.advice == "keep"
    assert {one.family for one in report.findings} == {
        "freshness", "booking", "inputs", "predictions", "outcomes",
    }  # fmt: skip
    assert report.sentence.startswith("Keep days-to-pay version 1, trained 28 days ago")
    assert "otherwise" not in " ".join(one.sentence for one in report.findings)


@pytest.mark.parametrize(
    ("shift", "how", "advice", "said"),
    [
        ("pay_later", {"days": 10}, "retrain", "paid so far"),
        pytest.param(
            "late_booking",
            {},
            "look at the data",
            "days from the fact to its record",
            marks=at_size,
        ),
        ("unit_changes", {}, "look at the data", "as if in another unit"),
        pytest.param("terms_mix", {}, "retrain", "days to pay agreed", marks=at_size),
        pytest.param("country_stops", {}, "look at the data", "No payments from", marks=at_size),
    ],
)
def test_what_changed_is_found_and_named(company, shift, how, advice, said):
    tables, now, model = company
    changed = getattr(SHIFTS, shift)(tables, now - DAYS, now - 1, **how)
    report = watched(changed, now, model)
    assert report.advice == advice
    assert said in " ".join(one.sentence for one in report.alarms)


def test_a_report_of_a_past_morning_does_not_see_what_was_recorded_since(company):
    tables, now, model = company
    past = now - DAYS
    known = {
        name: table[table["recorded_on"] < past].reset_index(drop=True)
        if "recorded_on" in table
        else table
        for name, table in tables.items()
    }
    model = fit_shrunk_ecdf(ledger_of(tables).as_of(past - DAYS))
    one, other = (watched(each, past, model) for each in (tables, known))
    for title, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[title])
    assert one.findings == other.findings


STRICT = DefaultRule(days=5, share=0.0, minimum=1, cure_days=10)
"""A rule by which many default, so that there is something to count."""


def fitted(company, rule, days):
    """The default risk of 28 days before, over the same champion."""
    tables, now, model = company
    history = ledger_of(tables).as_of(now - DAYS)
    return fit_default_risk(history, [], model, rule, days).bind(model)


@pytest.fixture(scope="module")
def risk(company):
    return fitted(company, STRICT, 60)


def watched_risk(tables, now, risk):
    ledger = ledger_of(tables)
    return watch_risk(
        ledger, WatchedVersion("default-risk", "1", risk, now - DAYS), now=now, most=600
    )


def readouts(tables, now, risk, back):
    windows = Windows.of(now, now - back, now - back - 420)
    return default_readouts(ledger_of(tables), risk, windows, 0.02)


def test_default_risk_is_watched_by_what_it_says_too(company, risk):
    tables, now, _ = company
    report = watched_risk(tables, now, risk)
    assert report.advice == "keep"
    assert {one.family for one in report.findings} == {
        "freshness", "booking", "inputs", "predictions", "outcomes",
    }  # fmt: skip
    assert "chance of a default within 60 days" in {one.what for one in report.findings}
    assert "none has matured" in " ".join(report.notes)


def test_what_default_risk_says_moves_when_customers_stop_paying(company):
    tables, now, _ = company
    ledger = Ledger.from_tables(without_payments(tables, now - DAYS))[0]
    windows = Windows.of(now, now - DAYS, now - DAYS - 280)
    said = predictions(ledger, fitted(company, DefaultRule(), 180), windows, most=2_000)
    assert 700 < len(said.day) < 2_500
    assert set(np.diff(np.unique(said.day))) == {14}
    assert drift(said, windows, 0.005).is_alarm


def without_payments(tables, since, country=None):
    own, customers = tables["credits"], tables["customers"]
    stopped = own["happened_on"] >= since
    if country is not None:
        whose = customers.loc[customers["country"] == country, "customer_id"]
        stopped &= own["customer_id"].isin(set(whose))
    gone = set(own.loc[stopped, "credit_id"])
    column = {"credits": "credit_id", "allocations": "credit_id", "events": "subject"}
    kept = {name: tables[name][~tables[name][own].isin(gone)] for name, own in column.items()}
    return tables | {name: table.reset_index(drop=True) for name, table in kept.items()}


def test_matured_outcomes_are_looked_at_by_group_too(company, risk):
    tables, now, _ = company
    found = readouts(tables, now, risk, 100)
    whole = found[found["group"] == "all"]
    assert list(whole["measure"]) == ["defaults so far", *["defaults within 60 days"] * 2]
    assert list(whole["lag"]) == [0, 0, 28]
    assert not found["is_alarm"].any()
    groups = found[found["group"] != "all"]
    assert set(groups["morning"]) == {iso(now - 60)}
    for title in ("country", "settled invoices"):
        own = groups[groups["group"].str.startswith(title)]
        assert len(own) > 1
        assert own["customers"].sum() <= whole["customers"].iloc[1]
        assert own["happened"].sum() <= whole["happened"].iloc[1]
    assert note_on_unmatured(found, 60) == []


def test_the_country_that_stops_paying_is_named_among_defaults(company):
    tables, now, _ = company
    late = fitted(company, replace(STRICT, days=15), 60)
    found = readouts(without_payments(tables, now - 62, "DE"), now, late, 100)
    assert "country: DE" in set(found.loc[found["is_alarm"], "group"])


def test_groups_too_small_to_look_at_are_said():
    table = pd.DataFrame({"group": ["all", "all"]})
    assert "No group is looked at alone" in note_on_unmatured(table, 60)[0]
    assert "none has matured" in note_on_unmatured(table.head(1), 60)[0]


def test_who_is_held_counts_until_the_hold(company, risk):
    tables, now, _ = company
    held = on_hold(sorted(tables["customers"]["customer_id"])[:30], now - DAYS + 5)
    attributes = pd.concat([tables["attributes"], held], ignore_index=True)
    ledger = ledger_of(tables)
    changed = Ledger.from_tables(tables | {"attributes": attributes})[0]
    own, found = (
        follow_customers(each, risk, now - DAYS, DAYS, now).rows for each in (ledger, changed)
    )
    assert not own["is_held"].any()
    assert found["is_held"].sum() > 10
    assert list(found.index) == list(own.index)
    assert (found["said"] <= own["said"] + 1e-12).all()
    assert found["said"][found["is_held"]].sum() < own["said"][found["is_held"]].sum()
    free = ~found["is_held"]
    pd.testing.assert_series_equal(found["said"][free], own["said"][free])
    windows = Windows.of(now, now - DAYS, ledger.first_day + 60)
    assert customers_on_hold(changed, windows).to_dict("records") == [
        {"reason": "on hold", "at_training": 0, "now": 30, "since": 30}
    ]


def test_that_holds_were_put_is_said():
    table = pd.DataFrame({"held_since": [0, 3]})
    assert note_on_holds(table)[0].startswith("3 customers put on hold or prepayment since count")
    assert note_on_holds(table.head(1)) == []


def on_hold(customers, day, value="true"):
    return pd.DataFrame(
        {
            "customer_id": pd.Series(customers, dtype="str"),
            "name": "blocked",
            "valid_on": day,
            "value": value,
            "recorded_on": day,
        }
    )


def test_a_default_counts_before_the_hold_and_not_after_it(company, risk):
    """Whichever came of it: leaving out only those who did not default would make more of them."""
    tables, now, _ = company
    ledger = ledger_of(tables)
    spells = ledger.as_of(now).defaults(STRICT)
    day = now - 60
    plain = follow_customers(ledger, risk, day, 60, now).rows
    bad = plain.index[plain["came"]]
    assert len(bad) > 5
    first = spells[spells["default_on"] >= day].groupby("customer_id")["default_on"].min()
    for shift, came in ((1, True), (0, False)):
        holds = pd.concat([on_hold([c], int(first[c]) + shift) for c in bad if first[c] < now - 2])
        # released since: it was held all the same
        frees = on_hold(list(bad), now - 1, "false")
        attributes = pd.concat([tables["attributes"], holds, frees], ignore_index=True)
        changed = Ledger.from_tables(tables | {"attributes": attributes})[0]
        rows = follow_customers(changed, risk, day, 60, now).rows.loc[
            sorted(set(holds["customer_id"]))
        ]
        assert list(rows["came"]) == [came] * len(rows)
        assert rows["is_held"].all()


def test_entities_are_groups_of_outcomes_where_there_are_several():
    rows = pd.DataFrame(
        {"due_on": [30, 60], "issued_on": [0, 0], "currency": "EUR", "amount": [5, 9],
         "country": "DE", "entity_id": ["DE01", "US01"]}
    )  # fmt: skip
    none = np.zeros(2, dtype=np.int64)
    curves = PaymentCurves(none, np.zeros((2, 1)), none)
    found = groups_of(ScoredInvoices(rows, curves, 2))
    assert set(found) == {"entity", "terms", "amount"}  # one country is everybody
    assert list(found["entity"]) == ["DE01", "US01"]
    assert "entity" not in groups_of(ScoredInvoices(rows.assign(entity_id="main"), curves, 2))


def test_a_past_morning_of_default_risk_does_not_see_what_was_recorded_since(company):
    tables, now, _ = company
    past = now - DAYS
    known = {
        name: table[table["recorded_on"] < past].reset_index(drop=True)
        if "recorded_on" in table
        else table
        for name, table in tables.items()
    }
    risk = fitted(company, DefaultRule(), 180)
    windows = Windows.of(past, past - DAYS, past - DAYS - 280)
    one, other = (
        predictions(Ledger.from_tables(each)[0], risk, windows, most=200)
        for each in (tables, known)
    )
    assert (one.values == other.values).all()
    assert (one.day == other.day).all()
    rows, same = (
        follow_customers(Ledger.from_tables(each)[0], risk, past - DAYS, DAYS, past).rows
        for each in (tables, known)
    )
    pd.testing.assert_frame_equal(rows, same)
