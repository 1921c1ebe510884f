"""A published forecast held against what came: variance, errors by bucket, people's dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import ALL, OPEN, Layer
from payrisk.answers.cash.receipts_that_came import receipts_by_bucket
from payrisk.answers.cash.treasury import GRAINS
from payrisk.calendar import iso
from payrisk.cash.published import override_accuracy
from payrisk.cash.published.snapshots import Snapshot
from payrisk.cash.published.variance import PARTS, ForecastByInvoice, Variance, explain_variance
from payrisk.cash.views.fx import BaseRates, variance_in_base
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.books.cash_flow import cash_between


@dataclass(frozen=True)
class ForecastOutcome:
    """A published forecast held against what came, up to the evening `end_on`.

    variance: of all cash, what was expected of invoices not yet issued included.

    layer: whose cash the buckets hold: all receipts, or those of invoices then open. buckets: per
    currency and bucket that is over: expected, p10, p90, actual, error = expected − actual,
    is_inside (actual within p10 … p90; none where no quantile of all receipts was published).
    summary: per currency
    WAPE over those buckets, net accuracy (of the sum: flatters), bias, share inside.
    """

    layer: str
    variance: Variance
    base: pd.DataFrame
    buckets: pd.DataFrame
    summary: pd.DataFrame
    overrides: pd.DataFrame


def hold_against_actuals(
    snapshot: Snapshot,
    ledger: Ledger,
    *,
    known_before: int | None = None,
    end_on: int | None = None,
    grain: str = "week",
    adjusted: bool = False,
    layer: Layer = "all",
) -> ForecastOutcome:
    """Hold a published forecast against what the ledger knows before the morning `known`.

    end_on: default its last day, or the last evening known. Raises LedgerError when that is not
    over, InputError when it is none of the forecast's days.
    """
    if grain not in GRAINS:
        raise InputError(f"Cash cannot be shown by '{grain}'; use {', '.join(GRAINS)}.")
    known_before = ledger.default_as_of if known_before is None else known_before
    end = min(snapshot.last_day, known_before - 1) if end_on is None else end_on
    if end < snapshot.as_of:
        raise InputError(
            f"Nothing has happened yet since {iso(snapshot.as_of)} by what the ledger knows."
        )
    rows, cents = snapshot.view(adjusted=adjusted)
    forecast = ForecastByInvoice.of(snapshot.as_of, rows, cents, end)
    band = snapshot.tables["not_issued"]
    new = band[(band["starts_on"] <= end).to_numpy()].groupby("currency")["expected"].sum()
    expected_new = {str(name): int(cents) for name, cents in new.items()}
    variance = explain_variance(
        forecast, ledger, known_before=known_before, new_expected=expected_new
    )
    of_layer = receipts_by_bucket if layer == "all" else _buckets
    table = of_layer(snapshot, ledger, known_before, end, grain, adjusted=adjusted)
    overrides = override_accuracy.override_outcomes([snapshot], ledger, known_before)
    named = ALL if layer == "all" else OPEN
    table.insert(0, "layer", named)
    return ForecastOutcome(
        named,
        variance,
        _base(snapshot, ledger, variance),
        table,
        accuracy_by_currency(table),
        overrides,
    )


def _buckets(
    snapshot: Snapshot, ledger: Ledger, known_before: int, end: int, grain: str, *, adjusted: bool
) -> pd.DataFrame:
    t = snapshot.tables["totals"]
    view = "adjusted" if adjusted else "model"
    t = t[((t["view"] == view) & (t["grain"] == grain) & (t["part"] == grain)).to_numpy()]
    t = t[(~t["in_base"].astype(bool) & t["entity_id"].isna() & (t["ends_on"] <= end)).to_numpy()]
    t = t[(t["scope"] == "all").to_numpy()]
    t = t[["currency", "starts_on", "ends_on", "expected", "p10", "p90"]].reset_index(drop=True)
    books = ledger.balance_at(end, known_before)
    table, forecast = ledger.tables["invoices"], snapshot.invoices
    keys = [
        pd.MultiIndex.from_arrays([frame["invoice_id"].astype(object), frame["instalment"]])
        for frame in (table, forecast)
    ]
    rows = np.asarray(keys[0].get_indexer(keys[1]), dtype=np.int64)
    actual = np.zeros(len(t), dtype=np.int64)
    spans = t[["starts_on", "ends_on"]].drop_duplicates()
    for first, last in spans.itertuples(index=False):
        n = len(rows)
        came = cash_between(books, rows, np.full(n, first), np.full(n, last))
        sums = pd.Series(came).groupby(forecast["currency"].to_numpy(dtype=object)).sum()
        here = (t["starts_on"] == first).to_numpy()
        actual[here] = t.loc[here, "currency"].map(sums).fillna(0).astype("int64")
    inside = (actual >= t["p10"].to_numpy(np.int64)) & (actual <= t["p90"].to_numpy(np.int64))
    return t.assign(actual=actual, error=t["expected"] - actual, is_inside=inside)


def accuracy_by_currency(buckets: pd.DataFrame) -> pd.DataFrame:
    """Per currency over some buckets: n, expected, actual, wape, net_accuracy, bias, inside_share.

    wape = Σ|error| ÷ Σ actual; net_accuracy = 1 − |Σ error| ÷ Σ actual lets errors cancel.
    """
    rows = []
    for currency, currency_buckets in buckets.groupby("currency", sort=True):
        whole = int(currency_buckets["actual"].sum())
        error = currency_buckets["error"].to_numpy(np.int64)
        rows.append(
            {
                "currency": currency,
                "n_buckets": len(currency_buckets),
                "expected": int(currency_buckets["expected"].sum()),
                "actual": whole,
                "wape": np.abs(error).sum() / whole if whole > 0 else np.nan,
                "net_accuracy": 1 - abs(error.sum()) / whole if whole > 0 else np.nan,
                "bias": error.sum() / whole if whole > 0 else np.nan,
                "inside_share": currency_buckets["is_inside"].astype("Float64").mean(),
            }
        )
    names = ["currency", "n_buckets", "expected", "actual", "wape", "net_accuracy", "bias",
             "inside_share"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _base(snapshot: Snapshot, ledger: Ledger, variance: Variance) -> pd.DataFrame:
    """The variance in the base currency the forecast was published with; empty without one."""
    base = snapshot.manifest["base_currency"]
    if base is None:
        return pd.DataFrame()
    kind = str(snapshot.manifest["rate_type"])
    frozen = BaseRates.of(snapshot.tables["rates"], base, kind)
    books = ledger.balance_at(variance.end_on, variance.known_before)
    now = BaseRates.of(books.known_rows("rates"), base, kind)
    cash = books.known_rows("credits")
    inside = (cash["happened_on"] >= variance.as_of) & (cash["happened_on"] <= variance.end_on)
    cash = cash[(inside & cash["kind"].isin(["payment", "recovery"])).to_numpy()]
    rates: dict[str, tuple[float, float]] = {}
    for currency in variance.totals["currency"].astype(str):
        was = frozen.at(currency, variance.as_of - 1)[0]
        currency_cash = cash[(cash["currency"] == currency).to_numpy()].groupby("happened_on")[
            "amount"
        ]
        daily = currency_cash.sum()
        weight = float(daily.sum())
        come = sum(float(v) * now.at(currency, int(d))[0] for d, v in daily.items())
        rates[currency] = was, come / weight if weight else was
    return variance_in_base(
        variance.totals,
        PARTS,
        {name: was for name, (was, _) in rates.items()},
        {name: came for name, (_, came) in rates.items()},
        base,
    )
