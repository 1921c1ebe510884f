"""The days-to-pay benchmark runs and says what its description promises."""

from __future__ import annotations

import json
import math

from payrisk.cli import run
from support.full import at_size

TRAINING = ("invoices", "ledger_cpu_s", "features_cpu_s", "fit_cpu_s", "cpu_s", "peak_gb")
MODELS = (
    "as-shipped",
    "every-day",
    "one-booster",
    "trees-alone",
    "customer-ecdf",
    "l1-boosting",
    "due-plus-mean",
)
FIGURES = ("n", "crps", "nll", "pit", "crps_cost", "crps_cost_se")


@at_size
def test_a_small_run_prints_every_figure_it_promises(tmp_path, monkeypatch, capfd):
    monkeypatch.delenv("PAYRISK_REAL_DATA", raising=False)
    command = ["bench", "days-to-pay", "--quick", "--json", "--folder", str(tmp_path)]
    assert run(command) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["highradius"] is None
    [trained] = found["training"]
    assert all(trained[name] > 0 for name in TRAINING)
    assert trained["ledger_peak_gb"] <= trained["features_peak_gb"] <= trained["peak_gb"]
    rows = {row["model"]: row for row in found["company"]["models"]}
    assert tuple(rows) == MODELS
    for row in rows.values():
        assert row["open_per_cpu_s"] > 0
        assert row["quotes_per_cpu_s"] > 0
        for way in ("at_issue", "open"):
            assert all(math.isfinite(row[f"{way}_{figure}"]) for figure in FIGURES)
            gap = row[f"{way}_crps"] - rows["every-day"][f"{way}_crps"]
            assert math.isclose(row[f"{way}_crps_cost"], gap, abs_tol=1e-9)
    assert rows["every-day"]["open_crps_cost"] == rows["every-day"]["open_crps_cost_se"] == 0.0
