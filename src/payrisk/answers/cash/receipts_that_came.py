"""All receipts of a published forecast, bucket by bucket, beside the cash that came."""

from __future__ import annotations

import pandas as pd

from payrisk.answers.cash.publishing import IN_ALL, NOT_ISSUED
from payrisk.cash.published.snapshots import Snapshot
from payrisk.ledger import Ledger
from payrisk.ledger.books.cash_flow import cash_flow

KEYS = ["currency", "starts_on", "ends_on"]


def receipts_by_bucket(
    snapshot: Snapshot, ledger: Ledger, known_before: int, end: int, grain: str, *, adjusted: bool
) -> pd.DataFrame:
    """Per currency and bucket over by `end`: expected, p10, p90, actual, error, is_inside.

    actual: all cash in the bank by booking date, net of what was returned, cash on account and of
    invoices issued later included; so it sums to the actual of the variance. Where no quantile of
    all receipts was published (forecasts of earlier releases), p10, p90 and is_inside are none.
    """
    expected = _published(snapshot, grain, adjusted=adjusted)
    expected = expected[(expected["ends_on"] <= end).to_numpy()]
    parts = []
    spans = expected[["starts_on", "ends_on"]].drop_duplicates().sort_values("starts_on")
    for first, last in spans.itertuples(index=False):
        flow = cash_flow(
            ledger.balance_at(int(first) - 1, known_before),
            ledger.balance_at(int(last), known_before),
        )
        came = flow.receipts[["currency", "received"]].assign(starts_on=first, ends_on=last)
        parts.append(came.rename(columns={"received": "actual"}))
    if not parts:
        none = pd.Series(dtype="boolean")
        return expected.assign(actual=0, error=0, is_inside=none).astype({"actual": "int64"})
    came = pd.concat(parts, ignore_index=True)
    came["currency"] = came["currency"].astype(str)
    table = expected.merge(came, on=KEYS, how="outer").sort_values(KEYS, ignore_index=True)
    table[["expected", "actual"]] = table[["expected", "actual"]].fillna(0).astype("int64")
    table = table[((table["expected"] != 0) | (table["actual"] != 0)).to_numpy()]
    table = table.reset_index(drop=True)
    inside = (table["actual"] >= table["p10"]) & (table["actual"] <= table["p90"])
    error = table["expected"] - table["actual"]
    return table.assign(error=error, is_inside=inside.astype("boolean"))


def _published(snapshot: Snapshot, grain: str, *, adjusted: bool) -> pd.DataFrame:
    totals = snapshot.tables["totals"]
    is_local = ~totals["in_base"].astype(bool) & totals["entity_id"].isna()
    is_bucket = (totals["grain"] == grain) & (totals["part"] == grain)
    totals = totals[(is_local & is_bucket).to_numpy()]
    of_view = (totals["view"] == ("adjusted" if adjusted else "model")).to_numpy()
    together = totals[of_view & (totals["scope"] == IN_ALL).to_numpy()]
    cents = ["expected", "p10", "p90"]
    if len(together):
        return together[[*KEYS, *cents]].astype(dict.fromkeys(cents, "Int64"))
    is_layer = (of_view & (totals["scope"] == "all").to_numpy()) | (
        totals["scope"] == NOT_ISSUED
    ).to_numpy()
    sums = totals[is_layer].groupby(KEYS)["expected"].sum().reset_index()
    none = pd.Series(pd.NA, sums.index, dtype="Int64")
    return sums.assign(p10=none, p90=none).astype(dict.fromkeys(cents, "Int64"))
