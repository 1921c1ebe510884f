"""The monitor benchmark runs on a tiny company and prints what its description promises."""

from __future__ import annotations

import json

from payrisk.cli import run
from support.full import at_size

SILENT = {
    "nothing changed",
    "nothing changed, two in three of the customers",
    "nothing changed, a champion half a year old",
    "nothing changed, default-risk",
}
LOUD = {
    "customers pay 5 days later",
    "one country stops paying",
    "terms 30 days longer in half the customers",
    "amounts a hundred times too large",
    "payments booked 7 days later",
}


def measured(capfd, **sizes):
    asked = {"companies": 1, "customers": 25, "months": 26} | sizes
    command = [f"--{name}={size}" for name, size in asked.items()]
    assert run(["bench", "monitor", *command, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    rows = {row["what"]: row for row in found["reports with an alarm"]}
    for row in rows.values():
        assert row["low"] <= row["share"] == row["alarms"] / row["reports"] <= row["high"]
    [cost] = found["cost"]
    assert 0 < cost["median_seconds"] <= cost["slowest"]
    assert cost["peak_gb"] > 0
    return rows, cost


@at_size
def test_a_tiny_run_counts_its_reports(capfd):
    rows, cost = measured(capfd, resamples=2, shifted=0, old=0, risks=0)
    assert {name: row["reports"] for name, row in rows.items()} == {
        "nothing changed": 1,
        "nothing changed, two in three of the customers": 2,
    }
    assert cost["reports"] == 1


@at_size
def test_a_small_run_watches_every_kind_of_champion_and_plants_every_shift(capfd):
    rows, cost = measured(capfd, resamples=1, shifted=1, old=1, risks=1)
    assert set(rows) == SILENT | LOUD
    assert {row["reports"] for row in rows.values()} == {1}
    assert rows["amounts a hundred times too large"]["inputs"] == 1
    assert rows["payments booked 7 days later"]["booking"] == 1
    assert cost["reports"] == 7
