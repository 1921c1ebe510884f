"""Whether people's dates were better than the model's: measured on published forecasts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from payrisk.cash.published.snapshots import Snapshot
from payrisk.ledger import Ledger
from payrisk.ledger.books.cash_flow import cash_between

KEPT = 0.99
"""Share of the promised amount that must have come by the day for it to count as kept."""


def override_outcomes(
    snapshots: Iterable[Snapshot], ledger: Ledger, known_before: int
) -> pd.DataFrame:
    """One row an override that was applied and whose day is over by the morning `known`.

    forecast, owner, source, invoice_id, instalment, currency, pays_on, promised; by the end of
    that day since the forecast, in cents: came, model (the model's expectation); was_kept;
    override_error and model_error = what was said − what came.
    """
    parts = [_of(snapshot, ledger, known_before) for snapshot in snapshots]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else _of_none()


def by_owner(table: pd.DataFrame) -> pd.DataFrame:
    """Per source, owner and currency: n, share kept, and mean absolute errors beside the model's.

    `better_share`: how often the override's error was the smaller one.
    """
    if table.empty:
        columns = [
            "source",
            "owner",
            "currency",
            "n",
            "kept_share",
            "override_error",
            "model_error",
            "better_share",
        ]
        return pd.DataFrame(columns=columns)
    errors = table[["override_error", "model_error"]].abs()
    is_better = errors["override_error"] < errors["model_error"]
    grouped = table.assign(**errors, is_better=is_better).groupby(
        ["source", "owner", "currency"], sort=True
    )
    return (
        grouped.agg(
            n=("was_kept", "size"),
            kept_share=("was_kept", "mean"),
            override_error=("override_error", "mean"),
            model_error=("model_error", "mean"),
            better_share=("is_better", "mean"),
        )
        .reset_index()
        .astype({"override_error": "int64", "model_error": "int64"})
    )


def _of(snapshot: Snapshot, ledger: Ledger, known_before: int) -> pd.DataFrame:
    applied = snapshot.tables["overrides"]
    applied = applied[(applied["status"] == "applied").to_numpy()]
    day = np.maximum(applied["pays_on"].to_numpy(np.int64), snapshot.as_of)
    over = (day < known_before) & (day <= snapshot.last_day)
    applied, day = applied[over].reset_index(drop=True), day[over]
    if applied.empty:
        return _of_none()
    rows = snapshot.invoices
    places = _places(rows, applied)
    residual = rows["expected_from"].to_numpy(np.int64)[places]
    promised = applied["amount"].to_numpy(dtype=np.int64, na_value=np.iinfo(np.int64).max)
    promised = np.minimum(promised, residual)
    upto = np.cumsum(snapshot.expected[places][:, : snapshot.horizon_days], axis=1)
    model = upto[np.arange(len(places)), day - snapshot.as_of]
    table = ledger.tables["invoices"]
    books = ledger.balance_at(known_before - 1, known_before)
    first = np.full(len(day), snapshot.as_of)
    came = cash_between(books, _places(table, applied), first, day)
    return pd.DataFrame(
        {
            "forecast": snapshot.name,
            "owner": applied["owner"],
            "source": applied["source"],
            "invoice_id": applied["invoice_id"],
            "instalment": applied["instalment"],
            "currency": rows["currency"].to_numpy(dtype=object)[places],
            "pays_on": day,
            "promised": promised,
            "came": came,
            "model": model,
            "was_kept": came >= np.floor(KEPT * promised),
            "override_error": promised - came,
            "model_error": model - came,
        }
    )


def _of_none() -> pd.DataFrame:
    return pd.DataFrame(
        columns=[
            "forecast",
            "owner",
            "source",
            "invoice_id",
            "instalment",
            "currency",
            "pays_on",
            "promised",
            "came",
            "model",
            "was_kept",
            "override_error",
            "model_error",
        ]
    )


def _places(table: pd.DataFrame, overrides: pd.DataFrame) -> np.ndarray:
    keys = [
        pd.MultiIndex.from_arrays([frame["invoice_id"].astype(object), frame["instalment"]])
        for frame in (table, overrides)
    ]
    return np.asarray(keys[0].get_indexer(keys[1]), dtype=np.int64)
