"""Evidence for cards: intervals hold the metric, bins and bands add up, nothing stays nothing."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from payrisk.learning.judging.evidence import Evidence, curve_evidence, risk_evidence
from payrisk.learning.measuring.replay import rows_at_issue
from payrisk.learning.measuring.risk_metrics import brier, log_loss
from payrisk.learning.measuring.splits import last_origin
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk_models import spec
from payrisk_pipelines.backtests.days_to_pay import judge_window
from support.home.mlflow_store import learn_little


def risks(n=4_000, seed=1):
    """Rows whose outcomes come true as `m` says; `half` says half as much."""
    g = np.random.default_rng(seed)
    chance = g.beta(1, 9, n)
    return pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in g.integers(0, 200, n)],
            "as_of": 18_000 + 7 * g.integers(0, 20, n),
            "outcome": g.random(n) < chance,
            "n_invoices": g.integers(0, 150, n),
            "m": chance,
            "half": chance / 2,
            "absent": np.nan,
        }
    )


def test_intervals_of_risks_hold_the_metric_and_narrow_with_rows():
    rows = risks()
    found = risk_evidence(rows, ["m", "half", "absent"])
    assert set(found.intervals) == {"m", "half"}
    outcome = rows["outcome"].to_numpy()
    for name in ("m", "half"):
        chance = rows[name].to_numpy()
        for metric, measure in (("log_loss", log_loss), ("brier", brier)):
            low, high = found.intervals[name][metric]
            assert low < measure(chance, outcome) < high
    few = risk_evidence(rows.head(400), ["m"]).intervals["m"]["brier"]
    many = found.intervals["m"]["brier"]
    assert many[1] - many[0] < few[1] - few[0]


def test_bins_and_bands_of_risks_add_up_and_show_what_is_off():
    rows = risks()
    found = risk_evidence(rows, ["m", "half"])
    bins = found.calibration
    assert bins.groupby("model")["n"].sum().to_dict() == {"m": len(rows), "half": len(rows)}
    gap = (bins["came"] - bins["said"]).groupby(bins["model"]).mean()
    assert abs(gap["m"]) < 0.02 < gap["half"]
    assert found.slices["n"].sum() == len(rows)
    assert found.slices["events"].sum() == rows["outcome"].sum()
    assert json.dumps(found.to_json(), allow_nan=False)


def test_evidence_of_curves_is_that_of_the_backtest(monkeypatch):
    learn_little(monkeypatch)
    ledger = Ledger.from_tables(simulate(15, 14, 3).tables)[0]
    history = ledger.as_of(ledger.default_as_of)
    cut = last_origin(history)
    moments = rows_at_issue(ledger, cut.issued_from, cut.issued_to, cut.as_of, most_days=8)
    found = judge_window(spec("days-to-pay"), ledger.as_of(cut.train_as_of), moments).comparison
    told = curve_evidence(found)
    metrics = found.metrics()
    for name, values in metrics.items():
        low, high = told.intervals[name]["crps"]
        assert low <= values["crps"] <= high
    assert told.slices["n"].max() <= len(found.rows)
    assert f"crps_of_{found.reference}" in told.slices
    assert told.calibration[told.calibration["model"] == "days-to-pay"]["n"].sum() > 0


def test_nothing_judged_is_nothing_told():
    assert Evidence().to_json() == {
        "intervals": {},
        "slices": [],
        "calibration": {"of": "", "bins": []},
    }
    assert risk_evidence(risks(10), ["absent"]).to_json() == Evidence().to_json()
