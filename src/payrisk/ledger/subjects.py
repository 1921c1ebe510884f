"""Events: each tied to the invoice, customer or credit it speaks of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger.arrays import invoice_rows
from payrisk.ledger.facts import Tables
from payrisk.ledger.problems import Found

_SUBJECT_OF = {
    "reversal": ("credit", "invoice"),
    "insolvency": ("customer",),
    "credit_report": ("customer",),
    "order": ("customer",),
    "order_cancelled": ("customer",),
}
_USUAL_SUBJECTS = ("invoice", "customer", "credit")


def tie(t: Tables, found: Found) -> None:
    """Each event's subject is an invoice, a customer or a credit the ledger has."""
    events = t["events"]
    plain = (events["kind"] != "changed").to_numpy()
    frame = events[plain].copy()
    prefix = frame["subject"].str.extract(r"^(invoice|customer|credit):(.+)$")
    said = prefix[0].notna().to_numpy()
    frame.loc[said, "subject_kind"] = prefix.loc[said, 0]
    frame.loc[said, "subject"] = prefix.loc[said, 1]
    part = frame["subject"].str.extract(r"^(.+)/(\d+)$")
    known = {
        "invoice": set(t["invoices"]["invoice_id"]),
        "customer": set(t["customers"]["customer_id"]),
        "credit": set(t["credits"]["credit_id"]),
    }
    split = part[0].notna().to_numpy() & ~frame["subject"].isin(known["invoice"]).to_numpy()
    split &= part[0].isin(known["invoice"]).to_numpy()
    frame.loc[split, "subject"] = part.loc[split, 0]
    frame.loc[split, "instalment"] = part.loc[split, 1].astype("int64")

    kind = frame["subject_kind"].to_numpy(dtype=object)
    unsaid = frame["subject_kind"].isna().to_numpy()
    for at in np.flatnonzero(unsaid):
        asked = _SUBJECT_OF.get(frame["kind"].iat[at], _USUAL_SUBJECTS)
        kind[at] = next((k for k in asked if frame["subject"].iat[at] in known[k]), None)
    frame["subject_kind"] = pd.array(kind, dtype=frame["subject_kind"].dtype)
    has = np.array(
        [
            s in known.get(k, ()) if isinstance(k, str) else False
            for k, s in zip(kind, frame["subject"], strict=True)
        ],
        dtype=bool,
    )
    invoice = (kind == "invoice") & has
    if invoice.any():
        has[invoice] = invoice_rows(frame[invoice], t["invoices"], "subject") >= 0
    found.say(
        "event_of_nothing",
        "events whose subject the ledger lacks",
        "quarantined",
        "subject",
        frame.loc[~has, "event_id"].reset_index(drop=True),
    )
    t["events"] = pd.concat([events[~plain], frame[has]], ignore_index=True)


def returned_invoices(t: Tables, found: Found) -> None:
    """A reversal that names an invoice takes back the last payment linked to it by that day."""
    events, links, credits = t["events"], t["allocations"], t["credits"]
    sold = set(events.loc[events["kind"] == "sold", "subject"])
    named = (
        (events["kind"] == "reversal")
        & (events["subject_kind"] == "invoice")
        & ~events["subject"].isin(sold)
    )
    if not named.any():
        return
    paid = links.merge(
        credits[["credit_id", "happened_on", "kind"]], on="credit_id", suffixes=("", "_credit")
    )
    paid = paid[paid["kind"] == "payment"]
    asked = events[named].merge(
        paid,
        left_on=["subject", "instalment"],
        right_on=["invoice_id", "instalment"],
        suffixes=("", "_link"),
    )
    asked = asked[asked["happened_on_credit"] <= asked["happened_on"]]
    last = asked.sort_values(
        ["event_id", "happened_on_credit", "credit_id"], kind="stable"
    ).drop_duplicates("event_id", keep="last")
    credit, cents = (
        last.set_index("event_id")["credit_id"],
        last.set_index("event_id")["amount_link"],
    )
    hit = named & events["event_id"].isin(credit.index)
    found.say(
        "reversal_of_nothing",
        "reversals of an invoice no payment is linked to",
        "quarantined",
        "subject",
        events.loc[named & ~hit, "event_id"].reset_index(drop=True),
    )
    events = events.copy()
    own = events.loc[hit, "event_id"]
    events.loc[hit, "amount"] = events.loc[hit, "amount"].fillna(own.map(cents).astype("Int64"))
    events.loc[hit, "subject"] = own.map(credit).to_numpy()
    events.loc[hit, "subject_kind"] = "credit"
    events.loc[hit, "instalment"] = 1
    t["events"] = events[~(named & ~hit)]
