"""The applicants benchmark says what it needs and what it promises."""

from __future__ import annotations

import json
import os

import pytest

from payrisk.cli import run

REAL = os.environ.get("PAYRISK_REAL_DATA", "")


def test_without_the_tables_it_says_what_it_needs(monkeypatch, tmp_path, capfd):
    monkeypatch.delenv("PAYRISK_REAL_DATA", raising=False)
    assert run(["--home", str(tmp_path), "bench", "applicants"]) == 1
    assert "PAYRISK_REAL_DATA" in capfd.readouterr().err


@pytest.mark.skipif(not REAL, reason="PAYRISK_REAL_DATA names no folder of tables")
def test_a_run_prints_every_figure_it_promises(tmp_path, capfd):
    command = ["bench", "applicants", "--json", "--only", "nuclea", "--splits", "1"]
    assert run(["--home", str(tmp_path), *command]) == 0
    found = json.loads(capfd.readouterr().out)
    assert set(found) == {"nuclea", "nuclea-hindsight"}
    for part in found.values():
        assert [row["model"] for row in part["models"]] == [
            "new-customer",
            "woe-scorecard",
            "logistic",
        ]
        assert {row["metric"] for row in part["better_by"]} == {"auc", "brier", "log_loss"}
