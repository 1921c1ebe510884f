"""Evidence behind a card's metrics: intervals, slices and calibration, from the rows judged on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.files import plain_rows, plain_value
from payrisk.learning.measuring.bootstrap import Cells, intervals
from payrisk.learning.measuring.comparison import COMPARED, Comparison
from payrisk.learning.measuring.risk_metrics import FLOOR

RISK_BINS = 10
SEEN_FROM = (1, 5, 20, 100)
"""Least invoices of a customer in each band but the first."""
SEEN = ("no invoice", "1-4 invoices", "5-19 invoices", "20-99 invoices", "100+ invoices")

Intervals = Mapping[str, Mapping[str, tuple[float, float]]]


@dataclass(frozen=True)
class Evidence:
    """What stands behind a card's metrics; empty where nothing was judged.

    intervals: model → metric → (low, high), 95 %, customers and weeks drawn anew. slices: one row
    a group of rows, with slice, group, n and what was measured there. calibration: columns model,
    n, said (mean chance) and came (share of rows), `of` in words: the chance of what.
    """

    intervals: Intervals = field(default_factory=dict)
    slices: pd.DataFrame = field(default_factory=pd.DataFrame)
    calibration: pd.DataFrame = field(default_factory=pd.DataFrame)
    of: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        return {
            "intervals": {
                model: {
                    metric: [plain_value(end) for end in span] for metric, span in spans.items()
                }
                for model, spans in self.intervals.items()
            },
            "slices": plain_rows(self.slices),
            "calibration": {"of": self.of, "bins": plain_rows(self.calibration)},
        }


def curve_evidence(comparison: Comparison) -> Evidence:
    """Of payment curves: CRPS and NLL, the slices of the backtest, and the chance to be late."""
    pairs = [(model, metric) for model in comparison.scores for metric in COMPARED]
    values = [getattr(comparison.scores[model], metric) for model, metric in pairs]
    spans = intervals(np.column_stack(values), comparison.cells())
    slices = comparison.slices[
        ["slice", "group", "n", "customers", "crps", "crps_reference", "ratio"]
    ]
    return Evidence(
        _nested(pairs, spans),
        slices.rename(columns={"crps_reference": f"crps_of_{comparison.reference}"}),
        comparison.reliability,
        "being paid after the due date",
    )


def risk_evidence(rows: pd.DataFrame, names: Sequence[str]) -> Evidence:
    """Of chances of default, this model's first in `names`.

    rows: outcome and a column of chances for each name; customer_id and as_of where known (rows
    are drawn alone without them), n_invoices for slices.
    """
    given_names = [name for name in names if name in rows and rows[name].notna().all()]
    if not given_names or not len(rows):
        return Evidence()
    outcome = rows["outcome"].to_numpy(dtype=np.float64)
    losses = {
        name: _losses(rows[name].to_numpy(dtype=np.float64), outcome) for name in given_names
    }
    pairs = [(name, metric) for name in given_names for metric in losses[name]]
    values = np.column_stack([losses[name][metric] for name, metric in pairs])
    customers, days = np.arange(len(rows)), np.zeros(len(rows), dtype=np.int64)
    if "customer_id" in rows and "as_of" in rows:
        customers = pd.factorize(rows["customer_id"], sort=True)[0]
        days = rows["as_of"].to_numpy(dtype=np.int64)
    spans = intervals(values, Cells.of(customers, days))
    bins = [_binned(name, rows[name].to_numpy(dtype=np.float64), outcome) for name in given_names]
    return Evidence(
        _nested(pairs, spans),
        _by_seen(rows, given_names[0], outcome, losses[given_names[0]]),
        pd.concat(bins, ignore_index=True),
        "default",
    )


def _losses(chance: Floats, outcome: Floats) -> dict[str, Floats]:
    of_outcome = np.where(outcome > 0, chance, 1.0 - chance)
    return {
        "log_loss": np.asarray(-np.log(np.clip(of_outcome, FLOOR, 1.0))),
        "brier": np.asarray((chance - outcome) ** 2),
    }


def _binned(name: str, chance: Floats, outcome: Floats) -> pd.DataFrame:
    """Ten bins of equally many rows, by the chance said."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, RISK_BINS) if len(part)]
    return pd.DataFrame(
        {
            "model": name,
            "n": [len(part) for part in parts],
            "said": [float(chance[part].mean()) for part in parts],
            "came": [float(outcome[part].mean()) for part in parts],
        }
    )


def _by_seen(
    rows: pd.DataFrame, name: str, outcome: Floats, losses: Mapping[str, Floats]
) -> pd.DataFrame:
    if "n_invoices" not in rows:
        return pd.DataFrame()
    band = np.searchsorted(SEEN_FROM, rows["n_invoices"].to_numpy(), side="right")
    chance = rows[name].to_numpy(dtype=np.float64)
    lines = []
    for code, group in enumerate(SEEN):
        in_band = band == code
        if in_band.any():
            lines.append(
                {
                    "slice": "open and fresh invoices",
                    "group": group,
                    "n": int(in_band.sum()),
                    "events": int(outcome[in_band].sum()),
                    "expected": float(chance[in_band].sum()),
                    **{metric: float(loss[in_band].mean()) for metric, loss in losses.items()},
                }
            )
    return pd.DataFrame(lines)


def _nested(pairs: Sequence[tuple[str, str]], spans: Floats) -> Intervals:
    lines: dict[str, dict[str, tuple[float, float]]] = {}
    for (model, metric), (low, high) in zip(pairs, spans, strict=True):
        lines.setdefault(model, {})[metric] = (float(low), float(high))
    return lines
