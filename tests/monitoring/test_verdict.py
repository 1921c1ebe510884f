"""The advice follows from the findings, and each says what it stands on."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from byhand import credit, invoice, ledger
from payrisk.calendar import day_of, iso
from payrisk.monitoring.drift import Drift
from payrisk.monitoring.freshness import freshness
from payrisk.monitoring.verdict import Finding, Report, of_drift, sorted_findings


def report(*findings):
    return Report("days-to-pay", "3", 20_000, 20_028, 28, sorted_findings(findings))


def finding(family="inputs", strength=2.0, *, is_data=False):
    return Finding(family, "x", strength, strength > 1, "It changed.", is_data)


def test_nothing_beyond_the_usual_keeps_the_champion():
    one = report(finding(strength=0.9))
    assert (one.advice, one.is_alarm) == ("keep", False)
    assert "none of 1 comparisons" in one.sentence


def test_an_alarm_asks_for_a_new_model_with_its_reason_and_command():
    one = report(finding(strength=0.1), finding())
    assert one.advice == "retrain"
    assert one.findings[0].is_alarm
    assert "It changed. Run `payrisk retrain days-to-pay`." in one.sentence


def test_data_that_look_broken_come_before_retraining():
    one = report(finding("outcomes", 9.0), finding(is_data=True))
    assert one.advice == "look at the data"
    assert "would learn the mistake" in one.sentence


def test_many_alarms_are_counted_not_all_told():
    assert " And 3 more." in report(*[finding()] * 8).sentence


def test_plain_values_are_json_even_where_nothing_is_known():
    table = pd.DataFrame({"psi": [float("nan")], "name": ["x"], "n": [3]})
    one = Report("m", "1", 20_000, 20_028, 28, (finding(),), {"Drift": table})
    told = json.loads(json.dumps(one.to_json(), allow_nan=False))
    assert told["tables"]["Drift"] == [{"psi": None, "name": "x", "n": 3}]
    assert told["as_of"] == iso(20_028)


@pytest.mark.parametrize(
    ("before", "now", "is_unit"),
    [(5.0, 510.0, True), (100.0, 1.0, True), (30.0, 60.0, False), (1.0, 30.0, False),
     (0.0, 50.0, False), (-3.0, 300.0, False)],
)  # fmt: skip
def test_a_median_a_power_of_ten_away_looks_like_another_unit(before, now, is_unit):
    row = {"name": "amount", "psi": 1.0, "ks": 1.0, "strength": 9.0, "is_drift": True}
    row |= {"before": before, "now": now, "missing_before": 0.0, "missing_now": 0.0}
    [one] = of_drift("inputs", Drift(pd.DataFrame([row]), 3.0, 100, 100), "Input")
    assert one.strength == 3.0
    assert one.is_data == is_unit
    assert ("another unit" in one.sentence) == is_unit


def weekly(n, **more):
    """A payment every Monday from 2024-01-01 on."""
    start = day_of("2024-01-01")
    days = [iso(start + 7 * at) for at in range(n)]
    return [credit(f"p{at}", 100, day, recorded_on=day, **more) for at, day in enumerate(days)]


def test_a_silence_is_held_to_the_longest_before():
    books = ledger(
        invoices=[invoice("A", issued_on="2023-12-01", recorded_on="2023-12-01")],
        customers=[{"customer_id": "c1", "recorded_on": "2023-11-01"}],
        credits=weekly(60),
    )
    last = day_of("2024-01-01") + 7 * 59
    usual = freshness(books, last + 7)
    [row] = usual.table.to_dict("records")
    assert (row["kind"], row["silent_days"], row["longest_usual"]) == ("payments", 6, 6)
    assert not usual.is_alarm
    assert not freshness(books, last + 11).is_alarm
    assert freshness(books, last + 12).is_alarm


def test_with_few_records_there_is_no_rhythm():
    books = ledger(
        invoices=[invoice("A", issued_on="2023-12-01", recorded_on="2023-12-01")],
        customers=[{"customer_id": "c1", "recorded_on": "2023-11-01"}],
        credits=weekly(20),
    )
    assert freshness(books, day_of("2025-01-01")).table.empty
