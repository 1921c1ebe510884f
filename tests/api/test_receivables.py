"""Where we stand, over HTTP: the routes tie to one another, and say no in one sentence."""

from __future__ import annotations

import pytest

ROUTE = "/v1/receivables"
CLOSE = "close_of=2025-05-05"


def get(door, path):
    answer = door.client.get(f"{ROUTE}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_documents_add_up_to_the_aged_balance(door):
    aged = get(door, f"aging?{CLOSE}&by=currency&buckets=15,45")
    assert aged["buckets"] == ["not_due", "days_1_15", "days_16_45", "days_over_45"]
    documents = get(door, f"documents?{CLOSE}&buckets=15,45&limit=1000")
    assert documents["n_documents"] == len(documents["documents"]) > 0
    for line in aged["lines"]:
        rows = [d for d in documents["documents"] if d["currency"] == line["currency"]]
        assert sum(d["open"] - d["unapplied"] for d in rows) == line["net"]
        for bucket in aged["buckets"]:
            of_bucket = [d["open"] for d in rows if d["bucket"] == bucket]
            assert sum(of_bucket) == line[bucket]


def test_kpis_say_what_each_measure_is_and_agree_with_the_aging(door):
    asked = get(door, f"kpis?{CLOSE}&history=2")
    names = {measure["name"] for measure in asked["measures"]}
    assert {"dso_simple", "cei_12_months", "payment_index"} <= names
    assert all(measure["formula"] and measure["unit"] for measure in asked["measures"])
    assert "sales less credit notes" in asked["title"]
    assert "CC BY 4.0" in asked["benchmark"]
    aged = {line["currency"]: line for line in get(door, f"aging?{CLOSE}&by=currency")["lines"]}
    now = [row for row in asked["rows"] if row["ends_on"] == "2025-05-05"]
    assert now
    for row in now:
        assert names <= set(row)
        assert row["receivable"] == aged[row["currency"]]["open"]


def test_contributions_add_up_and_findings_and_roll_rates_are_answered(door):
    moved = get(door, f"kpis/who-moved-dso?{CLOSE}&since=2025-04-05")["contributions"]
    for currency in {row["currency"] for row in moved}:
        rows = [row for row in moved if row["currency"] == currency]
        change = rows[0]["dso_after"] - rows[0]["dso_before"]
        assert sum(row["contribution"] for row in rows) == pytest.approx(change)
    rates = get(door, "roll-rates?since=2025-03-01&until=2025-04-30&as_of=2025-06-01")
    for row in rates["roll_rates"]:
        assert row["paid"] + row["stayed"] + row["rolled"] == row["owed"]
    assert get(door, "customer-changes?as_of=2025-06-01")["not_judged"] > 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("documents?bucket=days_1_7", 422),
        ("aging?buckets=30,20", 422),
        ("aging?base=XXZ", 422),
        ("kpis?vat=excluded&unapplied=netted", 422),
        ("kpis?history=61", 422),
        ("roll-rates?since=2025-04-30&until=2025-03-01", 422),
        ("roll-rates?since=2025-03-01&until=2199-03-01", 422),
        ("aging?close_of=2025-03-01&as_of=2025-03-01", 422),
    ],
)
def test_what_cannot_be_asked_is_refused_as_a_problem(door, path, status):
    answer = door.client.get(f"{ROUTE}/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
