"""Clearing: which receipts and credit notes of a document list paid which of its invoices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.tables import TEXT
from payrisk.ledger.importing.reading.documents import (
    LEFT_OUT,
    named_documents,
    with_all_columns,
)

LINKS = ("credit_id", "invoice_id", "instalment", "amount", "happened_on", "recorded_on")
_PURSE = ("customer_id", "entity_id", "currency")
_FIELDS = ("clearing_id", "entry_id", "applies_to")


def no_links() -> pd.DataFrame:
    """What a list without clearings links."""
    return pd.DataFrame(columns=list(LINKS))


def with_clearings(frame: pd.DataFrame, documents: Flags) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a document list with what they paid of each other, and that as allocations.

    documents: (n,) the rows that become facts. Rows are of one clearing that share a
    `clearing_id`, or of which one's is another's `entry_id`, or of which one `applies_to` the
    number of another; of one customer, entity and currency. Of what was linked an invoice is no
    longer paid by its `paid_on`, and a credit has `linked_amount`. A receipt keeps its own day:
    the day of the clearing is only when it was matched.
    """
    if "document" not in frame and "amount" not in frame:
        return frame, no_links()
    if not any(name in frame and frame[name].notna().any() for name in _FIELDS):
        return frame, no_links()
    f = with_all_columns(frame[documents])
    group = _groups(f)
    amount = f["amount"].fillna(0).to_numpy(dtype=np.int64)
    is_invoice = (f["document"] == "invoice").to_numpy(dtype=bool) & (amount >= 0)
    is_credit = ~is_invoice & ~f["document"].isin(LEFT_OUT).to_numpy(dtype=bool)
    used = _used(f, np.abs(amount))
    closed, day = (f[name].to_numpy(dtype=np.int64) for name in ("paid_on", "issued_on"))
    order = np.lexsort((np.arange(len(f)), day, closed, group))
    debits, credits = order[is_invoice[order]], order[is_credit[order]]
    pairs = _overlaps(group, used, debits, credits)
    links = _links(f, *pairs)
    return _settled(frame, f, *pairs), links


def _groups(f: pd.DataFrame) -> Ints:
    """(n,) the clearing of each row; a row that refers to no other is one of its own."""
    # the service reads no files until somebody sends one
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    purse = f.groupby(list(_PURSE), dropna=False, sort=False).ngroup().astype(TEXT)
    number = f["invoice_id"].astype(TEXT)
    if "number" in f:
        number = f["number"].astype(TEXT).fillna(number)
    nothing = pd.Series(None, index=f.index, dtype=TEXT)
    clearing, entry, applies = (f.get(name, nothing).astype(TEXT) for name in _FIELDS)
    named = [("c:", clearing), ("c:", entry), ("n:", applies)]
    if applies.notna().any():
        named.append(("n:", number))
    labels = pd.concat([prefix + purse + ":" + text for prefix, text in named])
    place = np.tile(np.arange(len(f)), len(named))
    known = labels.notna().to_numpy(dtype=bool)
    codes, names = pd.factorize(labels[known])
    n = len(f) + len(names)
    edges = coo_array((np.ones(known.sum()), (place[known], len(f) + codes)), shape=(n, n))
    return np.asarray(connected_components(edges, directed=False)[1][: len(f)], dtype=np.int64)


def _used(f: pd.DataFrame, amount: Cents) -> Cents:
    """(n,) what was paid of each invoice, or used of each credit, at the most."""
    left = (
        f["balance"].astype("Int64").abs() if "balance" in f else amount - f["paid_amount"].abs()
    )
    left = left.fillna(0).to_numpy(dtype=np.int64)
    is_open = (f["paid_on"] == NEVER).to_numpy(dtype=bool)
    return np.where(is_open, np.clip(amount - left, 0, None), amount)


def _overlaps(group: Ints, used: Cents, debits: Ints, credits: Ints) -> tuple[Ints, Ints, Cents]:
    """(m,) rows of invoices, rows of credits and cents of every payment, in the order given.

    Each side of a clearing is a line of amounts laid end to end; where two overlap, one paid the
    other. All clearings lie on one line, far enough apart.
    """
    n = int(group.max()) + 1 if len(group) else 0
    sums = [np.zeros(n, dtype=np.int64) for _ in range(2)]
    for side, rows in zip(sums, (debits, credits), strict=True):
        np.add.at(side, group[rows], used[rows])
    begins = np.concatenate([[0], np.cumsum(np.maximum(*sums))[:-1]]) if n else sums[0]
    ends = []
    for side, rows in zip(sums, (debits, credits), strict=True):
        before = np.concatenate([[0], np.cumsum(side)[:-1]])
        ends.append(np.cumsum(used[rows]) - before[group[rows]] + begins[group[rows]])
    cuts = np.unique(
        np.concatenate(
            [*ends, *(e - used[r] for e, r in zip(ends, (debits, credits), strict=True))]
        )
    )
    if len(cuts) < 2 or not len(debits) or not len(credits):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    start, cents = cuts[:-1], np.diff(cuts)
    at = [np.minimum(np.searchsorted(e, start, side="right"), len(e) - 1) for e in ends]
    covers = [
        (e[i] - used[r][i] <= start) & (start < e[i])
        for e, i, r in zip(ends, at, (debits, credits), strict=True)
    ]
    both = covers[0] & covers[1]
    return debits[at[0][both]], credits[at[1][both]], cents[both]


def _links(f: pd.DataFrame, debits: Ints, credits: Ints, cents: Cents) -> pd.DataFrame:
    """The payments as allocations: matched when the first of the two was closed."""
    names = named_documents(f).to_numpy(dtype=object)
    closed, issued = (f[name].to_numpy(dtype=np.int64) for name in ("paid_on", "issued_on"))
    both_known = np.maximum(issued[debits], issued[credits])
    matched = np.minimum(closed[debits], closed[credits])
    if "applies_to" in f:  # such a payment was matched when it was posted
        matched = np.where(f["applies_to"].notna().to_numpy()[credits], NEVER, matched)
    day = np.where(matched == NEVER, both_known, np.maximum(matched, both_known))
    links = pd.DataFrame(
        {
            "credit_id": names[credits],
            "invoice_id": f["invoice_id"].to_numpy(dtype=object)[debits],
            "instalment": f["instalment"].to_numpy(dtype=np.int64)[debits],
            "amount": cents,
            "happened_on": day,
            "recorded_on": day,
        }
    )
    keys = ["credit_id", "invoice_id", "instalment", "happened_on", "recorded_on"]
    return links.groupby(keys, as_index=False, sort=False)["amount"].sum()


def _settled(
    frame: pd.DataFrame, f: pd.DataFrame, debits: Ints, credits: Ints, cents: Cents
) -> pd.DataFrame:
    """The frame with less left to pay on `paid_on`, and with what of each credit was linked."""
    linked = np.zeros(len(f), dtype=np.int64)
    np.add.at(linked, debits, cents)
    np.add.at(linked, credits, cents)
    is_paid = np.zeros(len(f), dtype=bool)
    is_paid[debits] = True
    whole = f["paid_amount"].fillna(f["amount"]).to_numpy(dtype=np.int64, na_value=0)
    closed = f["paid_on"].to_numpy(dtype=np.int64)
    rest = np.where(is_paid & (closed != NEVER), whole - linked, 0)
    out = frame.copy()
    out["linked_amount"] = np.int64(0)
    out.loc[f.index, "linked_amount"] = linked
    out["paid_amount"] = out.get("paid_amount", pd.Series(pd.NA, index=out.index)).astype("Int64")
    if "paid_on" in out:
        out.loc[f.index, "paid_on"] = np.where(is_paid & (rest <= 0), NEVER, closed)
        in_part = f.index[is_paid & (rest > 0)]
        out.loc[in_part, "paid_amount"] = rest[is_paid & (rest > 0)]
        # What a clearing left out of its receipts is no cash: a difference, or an item of its own.
        out["closing"] = out.get("closing", pd.Series("payment", index=out.index)).astype(TEXT)
        out.loc[in_part, "closing"] = "offset"
    return out
