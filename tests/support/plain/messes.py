"""Planted messes: disputes of every kind, old sales, some undone, late covers, group limits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import iso

Tables = dict[str, pd.DataFrame]


def plant(tables: Tables, seed: int = 0) -> Tables:
    """The tables with what a simulation never makes and a reader must cope with all the same.

    A third of the disputes opened by one of us, a third without an amount; one invoice in forty
    sold five days after its issue, with recourse or without, every third of them bought back
    later, and no payment of them ever matched; deliveries up to 20 days before the invoice; a
    cover of every second customer that is cut sooner or later, ends after three quarters
    of the time and stops five days after a due day; a limit of each group, small enough to bind.
    """
    g = np.random.default_rng(seed)
    events, invoices, said = tables["events"], tables["invoices"], tables["attributes"]
    amount = events["amount"].astype("float64").to_numpy().copy()
    stage = events["stage"].astype(object).to_numpy().copy()
    for row in np.flatnonzero(events["kind"] == "dispute_opened"):
        stage[row] = [None, "customer", "a.bauer"][g.integers(0, 3)]
        amount[row] = np.nan if g.random() < 0.3 else amount[row]
    events = events.assign(amount=pd.array(amount).astype("Int64"), stage=stage)
    sold = invoices.iloc[::40]
    reason = g.choice(["with recourse", "without recourse"], len(sold))
    sales = _events("sold", sold, 5).assign(reason=reason)
    undone = _events("reversal", sold.iloc[::3], 40)
    tables["events"] = pd.concat([events, sales, undone], ignore_index=True)
    days = invoices["issued_on"] - g.choice([0, 0, 3, 20], len(invoices))
    tables["invoices"] = invoices.assign(delivered_on=days.astype("int64"))
    links = tables["allocations"]
    is_sold = links["invoice_id"].isin(sold["invoice_id"])
    tables["allocations"] = links[~is_sold].reset_index(drop=True)
    said = said[~said["name"].str.startswith("insured_")]
    first, last = int(said["recorded_on"].min()), int(said["recorded_on"].max())
    end = first + (last - first) * 3 // 4
    covered = tables["customers"]["customer_id"].iloc[::2]
    cut = np.linspace(first, end, len(covered)).astype("int64")
    heads = pd.Series(tables["customers"]["parent_id"].dropna().unique())
    amounts = pd.Series(g.integers(10**5, 10**8, len(heads))).astype(str)
    tables["attributes"] = pd.concat(
        [
            said,
            _said(heads, "group_limit", amounts, first),
            _said(covered, "insured_amount", "900000", first),
            _said(covered, "insured_amount", "50000", cut),
            _said(covered, "insured_until", iso(end), first),
            _said(covered, "insured_extension_days", "5", first),
        ],
        ignore_index=True,
    )
    return tables


def _said(
    customers: pd.Series, name: str, value: str | pd.Series, day: int | np.ndarray
) -> pd.DataFrame:
    rows = pd.DataFrame({"customer_id": customers, "name": name, "value": value})
    return rows.assign(valid_on=day, recorded_on=day)


def _events(kind: str, invoices: pd.DataFrame, days: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": [f"{kind}-{i}" for i in range(len(invoices))],
            "kind": kind,
            "subject_kind": "invoice",
            "subject": invoices["invoice_id"].to_numpy(),
            "instalment": invoices["instalment"].to_numpy(),
            "happened_on": invoices["issued_on"].to_numpy() + days,
            "recorded_on": invoices["recorded_on"].to_numpy() + days,
        }
    )
