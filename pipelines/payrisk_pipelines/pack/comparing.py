"""What moved from one published forecast to the next, by layer and by customer, and why."""

from __future__ import annotations

import pandas as pd

from payrisk.cash.published.snapshots import Snapshot, compare, revised_cents

MOST_CUSTOMERS = 15
WHY = {
    "gone": "no longer open: paid, credited or written off",
    "new": "billed since",
    "revised": "open in both, now expected sooner or later",
}
"""Parts of what changed of the open invoices."""


def changes_by_currency(before: Snapshot, after: Snapshot) -> pd.DataFrame:
    """Per currency over the days both look at: open invoices' before + parts = after, and coming.

    Columns of `snapshots.compare`, then not_yet_issued before and after, and all receipts.
    """
    table = compare(before, after)
    if not len(table):
        return table
    first, last = int(table["starts_on"].iloc[0]), int(table["ends_on"].iloc[0])
    for name, snapshot in (("before", before), ("after", after)):
        band = snapshot.tables["not_issued"]
        inside = band[((band["starts_on"] >= first) & (band["starts_on"] <= last)).to_numpy()]
        sums = inside.groupby(inside["currency"].astype(str))["expected"].sum()
        table[f"not_yet_issued_{name}"] = (
            table["currency"].astype(str).map(sums).fillna(0).astype("int64")
        )
    table["all_before"] = table["before"] + table["not_yet_issued_before"]
    table["all_after"] = table["after"] + table["not_yet_issued_after"]
    return table


def forecast_changes_by_customer(
    before: Snapshot, after: Snapshot, most: int = MOST_CUSTOMERS
) -> pd.DataFrame:
    """The customers whose open invoices moved the forecast most: before + parts = after, cents.

    currency, customer_id, before, gone, new, revised, after, why (of the largest part); the
    largest moves of each currency first.
    """
    first = max(before.as_of, after.as_of)
    last = min(before.last_day, after.last_day)
    key = ["invoice_id", "instalment", "customer_id", "currency"]
    sums = []
    for snapshot in (before, after):
        days = slice(first - snapshot.as_of, last - snapshot.as_of + 1)
        cents = snapshot.expected[:, days].sum(axis=1)
        sums.append(snapshot.invoices[key].assign(cents=cents).groupby(key)["cents"].sum())
    both = revised_cents(*sums)
    table = both.groupby(level=["currency", "customer_id"]).sum().reset_index()
    parts = table[list(WHY)]
    table["why"] = parts.abs().idxmax(axis=1).map(WHY) if len(table) else ""
    size = (table["after"] - table["before"]).abs()
    table = table.assign(size=size)[(size > 0).to_numpy()]
    table = table.sort_values(["currency", "size", "customer_id"], ascending=[True, False, True])
    table = table.groupby("currency", sort=False).head(most).reset_index(drop=True)
    return table[["currency", "customer_id", "before", "gone", "new", "revised", "after", "why"]]
