"""A made-up company watched whole: silent while nothing changes, and right about what does."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from payrisk.learning.default_risk import fit_default_risk
from payrisk.learning.ecdf import fit_shrunk_ecdf
from payrisk.ledger import DefaultRule, Ledger
from payrisk.monitoring.watching import watch_curves, watch_risk
from payrisk.simulate import simulate

DAYS = 28
ROOT = Path(__file__).resolve().parents[2]


def shifts():
    spec = importlib.util.spec_from_file_location("_shifts", ROOT / "benchmarks" / "_shifts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SHIFTS = shifts()


@pytest.fixture(scope="module")
def company():
    """Tables of a company, its last day, and the champion of 28 days before."""
    tables = simulate(110, 25, 11).tables
    ledger = Ledger.from_tables(tables)[0]
    now = ledger.default_as_of
    return tables, now, fit_shrunk_ecdf(ledger.as_of(now - DAYS))


def watched(tables, now, model):
    ledger = Ledger.from_tables(tables)[0]
    return watch_curves(ledger, model, version="1", trained=now - DAYS, now=now, most=1_000)


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
        ("late_booking", {}, "look at the data", "days from the fact to its record"),
        ("unit_changes", {}, "look at the data", "as if in another unit"),
        ("terms_mix", {}, "retrain", "days to pay agreed"),
        ("country_stops", {}, "look at the data", "No payments from"),
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
    model = fit_shrunk_ecdf(Ledger.from_tables(tables)[0].as_of(past - DAYS))
    one, other = (watched(each, past, model) for each in (tables, known))
    for title, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[title])
    assert one.findings == other.findings


def test_defaults_are_held_to_what_was_expected_and_the_treated_stand_apart(company):
    tables, now, model = company
    ledger = Ledger.from_tables(tables)[0]
    trained = now - DAYS
    risk = fit_default_risk(ledger.as_of(trained), [], model, DefaultRule(), 180).over(model)
    plain = watch_risk(ledger, risk, version="1", trained=trained, now=now)
    assert plain.advice == "keep"
    own = plain.tables["Defaults against those expected"].iloc[0]
    assert own["treated_since"] == 0
    customers = sorted(tables["customers"]["customer_id"])[:30]
    held = pd.DataFrame(
        {
            "customer_id": pd.Series(customers, dtype="str"),
            "name": "blocked",
            "valid_on": trained + 5,
            "value": "true",
            "recorded_on": trained + 5,
        }
    )
    attributes = pd.concat([tables["attributes"], held], ignore_index=True)
    with_holds = Ledger.from_tables(tables | {"attributes": attributes})[0]
    report = watch_risk(with_holds, risk, version="1", trained=trained, now=now)
    apart = report.tables["Defaults against those expected"].iloc[0]
    assert apart["treated_since"] > 20
    assert apart["customers"] + apart["treated_since"] == own["customers"]
    assert apart["expected"] + apart["treated_expected"] == pytest.approx(own["expected"])
    table = report.tables["Customers treated apart"]
    assert table.to_dict("records") == [
        {"reason": "on hold", "at_training": 0, "now": 30, "since": 30}
    ]
