"""What came of those a policy takes: lost, sold, cash and DSO by period, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, weighted_sums
from payrisk.calendar import iso
from payrisk_pipelines.policy.deciding_again import OUTCOMES

DRAWS = 2_000
LOW, HIGH = 0.05, 0.95
ALL = "all"
FIGURES = ("lost", "sold", "cash", "dso_days")
COLUMNS = (
    "policy", "period", "figure", "n_customers", "value", "low", "high",
    "difference", "difference_low", "difference_high",
)  # fmt: skip


def compare_figures(
    rows: pd.DataFrame,
    views: Mapping[str, str],
    rates: Mapping[str, float],
    trained_on: int | None,
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """A row a policy, period and figure, each with its 90 % interval.

    rows: as `PolicyReplay.rows`. views: a policy's name → the column of its outcomes. rates: into
    the house's currency; applications in others are left out. trained_on: the morning the models
    were trained as of; applications before it are `in-sample`, for the models saw what became of
    them, and the figures of both periods are given beside those of all.

    Taken are those a policy approves, and of those it refers whom a person took then: persons are
    supposed to decide as they did. Figures of those taken: `lost` (of whom the policy approves at
    most its limit, less what its protection secures; else as it came), `sold` and `cash` within a
    year of the application, all three in minor units, and `dso_days`, the days that what was
    billed stayed open, weighed by money. difference: from the policy in force. Intervals:
    customers drawn anew with replacement, `DRAWS` times, the same for every policy, so that a
    difference is of the same customers.
    """
    rows = rows[rows["currency"].isin(list(rates))].reset_index(drop=True)
    found = []
    for period, which in periods_of(rows, trained_on):
        part = rows[which].reset_index(drop=True)
        weights = draw_weights(part, seed)
        drawn: dict[str, dict[str, Floats]] = {}
        for name, kind in views.items():
            drawn[name] = _figures(part, kind, rates, weights)
        base = drawn[list(views)[min(1, len(views) - 1)]]
        n = int(part["customer_id"].dropna().nunique())
        for name, figures in drawn.items():
            for figure in FIGURES:
                value = figures[figure]
                row = dict(zip(COLUMNS, (name, period, figure, n), strict=False))
                row |= with_interval(value, "value", "low", "high")
                apart = value - base[figure]
                row |= with_interval(apart, "difference", "difference_low", "difference_high")
                found.append(row)
    return pd.DataFrame(found, columns=list(COLUMNS))


def periods_of(rows: pd.DataFrame, trained_on: int | None) -> Iterator[tuple[str, Flags]]:
    """Which rows are of which period, by their `applied_on` and the models' own day."""
    everyone = np.ones(len(rows), dtype=bool)
    if trained_on is None:
        yield ALL, everyone
        return
    before = rows["applied_on"].to_numpy(np.int64) < trained_on
    if before.all():
        yield f"in-sample (before {iso(trained_on)})", everyone
        return
    yield ALL, everyone
    if before.any():
        yield f"in-sample (before {iso(trained_on)})", before
        yield f"from {iso(trained_on)} on", ~before


def draw_weights(rows: pd.DataFrame, seed: int) -> Floats:
    """(1 + DRAWS, n) how often each row counts: once, then as its customer is drawn.

    Whoever was refused is a customer of its own.
    """
    names = rows["customer_id"].fillna(rows["application_id"].astype(str))
    if names.empty:
        return np.ones((1 + DRAWS, 0))
    place, _ = pd.factorize(names)
    n = int(place.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=DRAWS)
    return np.vstack([np.ones(len(rows)), drawn[:, place].astype(np.float64)])


def _figures(
    rows: pd.DataFrame, kind: str, rates: Mapping[str, float], weights: Floats
) -> dict[str, Floats]:
    """Figure → (1 + DRAWS,) its value as it is, then of each draw; NaN where nothing was sold."""
    rate = rows["currency"].map(rates).to_numpy(np.float64)
    is_approved = rows[kind].isin(OUTCOMES[:2]).to_numpy()
    by_person = (rows[kind] == "refer").to_numpy() & rows["customer_id"].notna().to_numpy()
    taken = (is_approved | by_person) * rate
    lost = rows["lost"].to_numpy(np.float64)
    if kind != "decided_then":
        limit, unsecured = rows[f"{kind}_limit"], rows[f"{kind}_unsecured"]
        capped = np.minimum(lost, limit.to_numpy(np.float64)) * unsecured.to_numpy(np.float64)
        lost = np.where(is_approved, capped, lost)
    sold = weighted_sums(weights, taken * rows["sold"].to_numpy(np.float64))
    open_days = weighted_sums(weights, taken * rows["cent_days"].to_numpy(np.float64))
    return {
        "lost": weighted_sums(weights, taken * lost),
        "sold": sold,
        "cash": weighted_sums(weights, taken * rows["collected"].to_numpy(np.float64)),
        "dso_days": np.divide(open_days, sold, out=np.full(len(sold), np.nan), where=sold > 0),
    }


def with_interval(values: Floats, *names: str) -> dict[str, float]:
    """The value as it is and the ends of its 90 % interval, under these three names."""
    drawn = values[1:][~np.isnan(values[1:])]
    ends = np.quantile(drawn, [LOW, HIGH]) if len(drawn) else (np.nan, np.nan)
    return dict(zip(names, (float(values[0]), float(ends[0]), float(ends[1])), strict=True))
