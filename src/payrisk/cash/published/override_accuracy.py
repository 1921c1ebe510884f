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


def outcomes(snapshots: Iterable[Snapshot], ledger: Ledger, known: int) -> pd.DataFrame:
    """One row an override that was applied and whose day is over by the morning `known`.

    forecast, owner, source, invoice_id, instalment, currency, pays_on, promised; by the end of
    that day since the forecast, in cents: came, model (the model's expectation); was_kept;
    override_error and model_error = what was said − what came.
    """
    parts = [_of(one, ledger, known) for one in snapshots]
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


def _of(snapshot: Snapshot, ledger: Ledger, known: int) -> pd.DataFrame:
    said = snapshot.tables["overrides"]
    said = said[(said["status"] == "applied").to_numpy()]
    day = np.maximum(said["pays_on"].to_numpy(np.int64), snapshot.as_of)
    over = (day < known) & (day <= snapshot.last_day)
    said, day = said[over].reset_index(drop=True), day[over]
    if said.empty:
        return _of_none()
    rows = snapshot.invoices
    at = _places(rows, said)
    residual = rows["expected_from"].to_numpy(np.int64)[at]
    promised = said["amount"].to_numpy(dtype=np.int64, na_value=np.iinfo(np.int64).max)
    promised = np.minimum(promised, residual)
    upto = np.cumsum(snapshot.expected[at][:, : snapshot.horizon_days], axis=1)
    model = upto[np.arange(len(at)), day - snapshot.as_of]
    table = ledger.tables["invoices"]
    books = ledger.balance_at(known - 1, known)
    first = np.full(len(day), snapshot.as_of)
    came = cash_between(books, _places(table, said), first, day)
    return pd.DataFrame(
        {
            "forecast": snapshot.name,
            "owner": said["owner"],
            "source": said["source"],
            "invoice_id": said["invoice_id"],
            "instalment": said["instalment"],
            "currency": rows["currency"].to_numpy(dtype=object)[at],
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


def _places(table: pd.DataFrame, said: pd.DataFrame) -> np.ndarray:
    keys = [
        pd.MultiIndex.from_arrays([one["invoice_id"].astype(object), one["instalment"]])
        for one in (table, said)
    ]
    return np.asarray(keys[0].get_indexer(keys[1]), dtype=np.int64)
