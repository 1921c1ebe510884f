"""How receipts in all were covered over weeks 1-4, 5-8 and totals of several, beside rivals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.cash.intervals.measures import bias, is_covered, wape

SPANS = {"weeks 1-4": ("week", 0, 4), "weeks 5-8": ("week", 4, 8)}
"""Name → grain, first week and the one after the last."""
TOTALS = {"4 weeks": 4, "8 weeks": 8, "13 weeks": 13}
"""Grain of a total over the first weeks → how many."""
BLOCK = 8
"""Landmarks in a row that are drawn together, as their windows overlap."""
RESAMPLES = 2000
LEAST_FOR_95 = 19
"""Landmarks below which a coverage of 95 % tells nothing."""


def by_span(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a model and span of receipts in all, currencies pooled.

    rows: those of a `CashBacktest` that are not from_open. cover_80_low, cover_80_high: 95 % of
    moving-block bootstraps of the landmarks. width_80: of the cash.
    """
    ahead = (rows["starts_on"] - rows["landmark"]).to_numpy(np.int64) // 7
    tables = []
    for model in rows["model"].unique():
        is_model = (rows["model"] == model).to_numpy()
        spans = {
            name: is_model & (rows["grain"] == grain).to_numpy() & (ahead >= low) & (ahead < high)
            for name, (grain, low, high) in SPANS.items()
        }
        spans |= {name: is_model & (rows["grain"] == name).to_numpy() for name in TOTALS}
        tables += [
            {"model": model, "span": name, **_measured(rows[chosen])}
            for name, chosen in spans.items()
            if chosen.any()
        ]
    return pd.DataFrame(tables)


def bias_of_totals(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a currency and model: how far totals of the first weeks were promised too high."""
    totals = rows[rows["grain"].isin(TOTALS).to_numpy()]
    tables = []
    for (currency, model), model_rows in totals.groupby(["currency", "model"], sort=False):
        of_totals = {
            f"bias_{name.replace(' ', '_')}": bias(
                total["expected"].to_numpy(np.float64), total["actual"].to_numpy(np.float64)
            )
            for name, total in model_rows.groupby("grain", sort=False)
        }
        tables.append({"currency": currency, "model": model, **of_totals})
    return pd.DataFrame(tables)


def _measured(rows: pd.DataFrame) -> dict[str, object]:
    low, high, low_95, high_95, expected, actual = (
        rows[name].to_numpy(np.float64)
        for name in ("p10", "p90", "p025", "p975", "expected", "actual")
    )
    covered = is_covered(low, high, actual)
    by_landmark = pd.Series(covered).groupby(rows["landmark"].to_numpy()).mean().to_numpy()
    least, most = _bootstrapped(by_landmark)
    whole = float(actual.sum()) or float("nan")
    tells = len(by_landmark) >= LEAST_FOR_95
    cover_95 = f"{float(is_covered(low_95, high_95, actual).mean()):.3f}"
    return {
        "n": len(rows),
        "landmarks": len(by_landmark),
        "cover_80": float(covered.mean()),
        "cover_80_low": least,
        "cover_80_high": most,
        "below_p10": float((actual < low).mean()),
        "above_p90": float((actual > high).mean()),
        "cover_95": cover_95 if tells else f"{cover_95}, not verifiable",
        "width_80": float((high - low).sum()) / whole,
        "wape": wape(expected, actual),
        "bias": bias(expected, actual),
    }


def _bootstrapped(by_landmark: Floats) -> tuple[float, float]:
    """95 % of the means of landmarks drawn in blocks, which go round at the end."""
    n = len(by_landmark)
    generator = np.random.default_rng(0)
    n_blocks = -(-n // BLOCK)
    first = generator.integers(0, n, (RESAMPLES, n_blocks, 1))
    place = (first + np.arange(BLOCK)).reshape(RESAMPLES, -1)[:, :n] % n
    low, high = np.quantile(by_landmark[place].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
