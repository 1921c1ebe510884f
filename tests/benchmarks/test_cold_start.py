"""The benchmark of customers hardly known runs and says what its description promises."""

from __future__ import annotations

import json

from payrisk.cli import run
from support.full import at_size


@at_size
def test_a_small_run_prints_every_figure_it_promises(monkeypatch, capfd):
    monkeypatch.delenv("PAYRISK_REAL_DATA", raising=False)
    assert run(["bench", "cold-start", "--quick", "--json", "--seeds", "1"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert set(found) == {"matters", "does-not"}
    for name, least, most in (("matters", 0.0, 0.9), ("does-not", 0.99, 1.01)):
        rows = {row["model"]: row for row in found[name]}
        assert rows["days-to-pay"]["ratio"] == 1.0
        assert least < rows["days-to-pay, attributes"]["ratio"] < most
        assert all(row["low"] <= row["high"] for row in rows.values())
