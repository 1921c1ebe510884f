"""The advice follows from the findings, and each says what it stands on."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import day_of, iso
from payrisk.monitoring.drift import Drift, WatchedColumns, drift
from payrisk.monitoring.freshness import ledger_freshness, longest_gap_ratio
from payrisk.monitoring.verdict import MonitorReport, Observation, drift_findings, sorted_findings
from payrisk.monitoring.windows import Windows
from support.ledgers.by_hand import credit, invoice, ledger

ALARM = 0.005


def report(*findings):
    return MonitorReport("days-to-pay", "3", 20_000, 20_028, 28, sorted_findings(findings))


def finding(family="inputs", strength=2.0, *, is_data=False):
    return Observation(family, "x", strength, strength > 1, "It changed.", is_data)


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
    one = MonitorReport("m", "1", 20_000, 20_028, 28, (finding(),), {"Drift": table})
    told = json.loads(json.dumps(one.to_json(), allow_nan=False))
    assert told["tables"]["Drift"] == [{"psi": None, "name": "x", "n": 3}]
    assert told["as_of"] == iso(20_028)


def unit_finding(family, times, before=1.0, now=2.0):
    row = {"name": "amount", "psi": 1.0, "ks": 1.0, "strength": 9.0, "is_drift": True}
    row |= {"before": before, "now": now, "times": times, "missing_before": 0, "missing_now": 0}
    [one] = drift_findings(family, Drift(pd.DataFrame([row]), 3.0, 100, 100), "Input")
    return one


@pytest.mark.parametrize(
    ("times", "is_unit"),
    [(102.0, True), (0.01, True), (9.0, True), (2.0, False), (30.0, False),
     (float("nan"), False), (-100.0, False)],
)  # fmt: skip
def test_money_a_power_of_ten_away_looks_like_another_unit(times, is_unit):
    one = unit_finding("inputs", times)
    assert one.strength == 3.0
    assert one.is_data == is_unit
    assert ("another unit" in one.sentence) == is_unit


def test_what_a_model_says_is_in_no_unit():
    assert not unit_finding("predictions", 100.0).is_data


@pytest.mark.parametrize("name", ["days late", "overdue invoices", "amount"])
@pytest.mark.parametrize("times", [8.0, 10.0, 100.0])
def test_a_slump_tenfold_is_one_to_retrain_after_and_only_amounts_are_a_mistake(name, times):
    """Days late from 1 to 8, or overdue invoices from 1 to 10, are what a slump does."""
    rng = np.random.default_rng(0)
    day = np.arange(0, 1_028).repeat(5)
    values = np.round(np.exp(rng.normal(size=len(day))) + 1.0) * np.where(day < 1_000, 1.0, times)
    columns = WatchedColumns(
        (name,),
        values[:, None],
        (False,),
        rng.integers(0, 200, len(day)),
        day,
        {"amount": "plain"},
    )
    found = drift(columns, Windows.of(1_028, 1_000, 0), 0.01)
    [one] = drift_findings("inputs", found, "Input")
    assert one.is_alarm
    assert one.is_data == (name == "amount")


def test_logarithms_of_money_are_compared_as_money():
    day = np.arange(0, 1_028).repeat(5)
    values = np.random.default_rng(0).normal(size=len(day)) + np.log(100.0) * (day >= 1_000)
    columns = WatchedColumns(
        ("x",), values[:, None], (False,), np.arange(len(day)) % 99, day, {"x": "log"}
    )
    table = drift(columns, Windows.of(1_028, 1_000, 0), 0.01).table
    assert table["times"].iloc[0] == pytest.approx(100.0, rel=0.5)


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
    usual = ledger_freshness(books, last + 7, ALARM)
    [row] = usual.table.to_dict("records")
    assert (row["kind"], row["silent_days"], row["longest_usual"]) == ("payments", 6, 6)
    assert not usual.is_alarm
    assert not ledger_freshness(books, last + 11, ALARM).is_alarm
    assert ledger_freshness(books, last + 12, ALARM).is_alarm
    assert usual.notes[0].endswith("in their last year: invoices.")


def test_with_few_records_there_is_no_rhythm_and_that_is_said():
    books = ledger(
        invoices=[invoice("A", issued_on="2023-12-01", recorded_on="2023-12-01")],
        customers=[{"customer_id": "c1", "recorded_on": "2023-11-01"}],
        credits=weekly(20),
    )
    found = ledger_freshness(books, day_of("2025-01-01"), ALARM)
    assert found.table.empty
    [note] = found.notes
    assert note.startswith("Not watched for silence, with fewer than 25 days of records")
    assert note.endswith(": payments, invoices.")


def test_an_entity_closed_for_two_years_is_noted_and_all_facts_gone_are_an_alarm():
    books = ledger(
        invoices=[invoice("A", issued_on="2023-12-01", recorded_on="2023-12-01")],
        customers=[{"customer_id": "c1", "recorded_on": "2023-11-01"}],
        credits=[*weekly(60), *weekly_of("old", 60, back=1_000)],
    )
    last = day_of("2024-01-01") + 7 * 59
    usual = ledger_freshness(books, last + 1, ALARM)
    assert set(usual.table["kind"]) == {"payments", "payments of main"}
    assert usual.notes[1] == (
        "Not watched for silence, without a record for two years, taken as closed: payments of"
        " old."
    )
    gone = ledger_freshness(books, last + 900, ALARM).table
    assert list(gone["kind"][gone["is_alarm"]]) == ["payments"]


def weekly_of(entity, n, back):
    rows = weekly(n, entity_id=entity)
    days = ("happened_on", "recorded_on")
    moved = [row | {day: iso(day_of(row[day]) - back) for day in days} for row in rows]
    return [row | {"credit_id": f"{entity}-{row['credit_id']}"} for row in moved]


@pytest.mark.parametrize(("n", "groups"), [(26, 1), (26, 20), (52, 20), (250, 20)])
def test_the_false_alarms_of_all_groups_together_stay_below_what_is_granted(n, groups):
    """Records at random times: the silence now over the longest of n gaps before."""
    rng = np.random.default_rng(n)
    gaps = rng.exponential(size=(100_000, n + 1))
    strength = gaps[:, 0] / gaps[:, 1:].max(axis=1)
    share = float((strength > longest_gap_ratio(n, ALARM / groups)).mean())
    assert share * groups <= 1.5 * ALARM
    assert longest_gap_ratio(n, ALARM / groups) >= longest_gap_ratio(n, ALARM)
