"""Rows of credits: what each pays of the invoice it names; a payment may stand in several."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.calendar import NEVER
from payrisk.ledger.importing.reading.cells import Text, flags_of

_JOINS = r"\s*[;,|+&]\s*|\s+/\s+|\s+(?:and|und|et|e|y|i|en|og|och|και)\s+|\s+"
"""What stands between the numbers of several invoices in one cell."""
_PER_INVOICE = ("invoice_id", "instalment", "amount", "allocated_amount", "allocated_on")


def split_payments(frame: pd.DataFrame, among: Flags) -> tuple[pd.DataFrame, Flags]:
    """The rows with payments that stand in a row for each of their invoices, and which these are.

    among: (n,) the rows that become facts. Rows of one credit are such parts where they agree in
    all but the invoice, each names another one, and the amounts are either the whole in every row
    beside `allocated_amount`, or parts that differ. Then `allocated_amount` is what each row
    pays, and the amounts of the rows add up to the credit.
    """
    none = np.zeros(len(frame), dtype=bool)
    if not {"credit_id", "invoice_id"} <= {*frame.columns}:
        return frame, none
    rows = frame[among & frame["credit_id"].notna().to_numpy()]
    rows = rows[rows.duplicated("credit_id", keep=False)]
    if not len(rows):
        return frame, none
    by = rows["credit_id"]
    same = [c for c in rows.columns if c not in _PER_INVOICE]
    keys = [c for c in ("credit_id", "invoice_id", "instalment") if c in rows]
    alike = rows[same].groupby("credit_id", dropna=False).transform("nunique", dropna=False)
    is_odd = (
        (alike > 1).any(axis=1) | rows["invoice_id"].isna() | rows.duplicated(keys, keep=False)
    )
    n_amounts = rows.groupby("credit_id")["amount"].transform("nunique")
    parts = rows.get("allocated_amount", pd.Series(pd.NA, index=rows.index, dtype="Int64"))
    has_parts = parts.notna().groupby(by).transform("all")
    is_whole = has_parts & (n_amounts == 1)
    is_parted = parts.isna().groupby(by).transform("all") & (n_amounts > 1)
    fits = ~is_odd.groupby(by).transform("any") & (is_whole | is_parted)
    if not fits.any():
        return frame, none
    out = frame.assign(allocated_amount=frame.get("allocated_amount", pd.NA))
    out["allocated_amount"] = out["allocated_amount"].astype("Int64")
    parted, later = rows.index[fits & is_parted], rows.index[fits & is_whole & by.duplicated()]
    out.loc[parted, "allocated_amount"] = out.loc[parted, "amount"]
    out.loc[later, "amount"] = 0
    none[frame.index.get_indexer(rows.index[fits])] = True
    return out, none


def names_several_invoices(named: Text, invoices: Text) -> Flags:
    """(n,) cells that name several invoices, each of them known.

    invoices: their ids and numbers.
    """
    out = np.zeros(len(named), dtype=bool)
    joined = flags_of(pc.match_substring_regex(named, _JOINS))
    if not joined.any():
        return out
    names = set(invoices.to_pylist())
    for place in np.flatnonzero(joined).tolist():
        cell = named[place].as_py()
        parts = [part for part in re.split(_JOINS, cell) if part]
        out[place] = cell not in names and len(parts) > 1 and names.issuperset(parts)
    return out


def whole_credits(credits: pd.DataFrame) -> pd.DataFrame:
    """The credits, those that stand in several rows as one of their sum."""
    if not credits["credit_id"].duplicated().any():
        return credits
    sums = credits.groupby("credit_id", sort=False)["amount"].transform("sum")
    whole = credits.assign(amount=sums.astype(credits["amount"].dtype))
    return whole.drop_duplicates("credit_id").reset_index(drop=True)


def linked_credits(credits: pd.DataFrame) -> pd.DataFrame:
    """Credits that name their invoice bring their own allocation."""
    f = credits[credits["invoice_id"].notna()]
    nothing = pd.Series(NEVER, index=f.index)
    on = f.get("allocated_on", nothing)
    on = f["happened_on"].where(on == NEVER, on)
    recorded = f.get("recorded_on", nothing)
    return pd.DataFrame(
        {
            "credit_id": f["credit_id"],
            "invoice_id": f["invoice_id"],
            "instalment": f.get("instalment", 1),
            "amount": f.get("allocated_amount", f["amount"]).fillna(f["amount"]),
            "happened_on": on,
            "recorded_on": np.maximum(on, recorded.where(recorded != NEVER, 0)),
        }
    ).reset_index(drop=True)
