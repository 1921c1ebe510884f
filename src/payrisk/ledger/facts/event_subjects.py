"""Events: each tied to the invoice, customer or credit it speaks of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger.facts.problems import ProblemLog
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.facts.tables import TEXT, Tables

_SUBJECT_OF = {
    "reversal": ("credit", "invoice"),
    "insolvency": ("customer",),
    "credit_report": ("customer",),
    "order": ("customer",),
    "order_cancelled": ("customer",),
    "open_items_list": ("entity",),
}
_USUAL_SUBJECTS = ("invoice", "customer", "credit")


def resolve_event_subjects(tables: Tables, log: ProblemLog) -> None:
    """Each event's subject is an invoice, a customer or a credit the ledger has."""
    events = tables["events"]
    plain = (events["kind"] != "changed").to_numpy()
    if not plain.any():
        return
    frame = events[plain].copy()
    is_prefixed = frame["subject"].str.contains(":", regex=False).to_numpy(dtype=bool)
    prefix = (
        frame.loc[is_prefixed, "subject"].str.extract(r"^(invoice|customer|credit):(.+)$").dropna()
    )
    frame.loc[prefix.index, "subject_kind"] = prefix[0]
    frame.loc[prefix.index, "subject"] = prefix[1]
    part = frame["subject"].str.extract(r"^(.+)/(\d{1,9})$")
    ids = {
        "invoice": pd.Index(tables["invoices"]["invoice_id"].unique()),
        "customer": pd.Index(tables["customers"]["customer_id"]),
        "credit": pd.Index(tables["credits"]["credit_id"]),
        "entity": pd.Index(tables["entities"]["entity_id"]),
    }
    split = part[0].notna().to_numpy() & (ids["invoice"].get_indexer(frame["subject"]) < 0)
    split &= ids["invoice"].get_indexer(part[0]) >= 0
    frame.loc[split, "subject"] = part.loc[split, 0]
    frame.loc[split, "instalment"] = part.loc[split, 1].astype("int64")

    has = {kind: index.get_indexer(frame["subject"]) >= 0 for kind, index in ids.items()}
    has["invoice"] &= invoice_rows(frame, tables["invoices"], "subject") >= 0
    kind = frame["subject_kind"].to_numpy(dtype=object)
    is_unsaid = frame["subject_kind"].isna().to_numpy()
    for event_kind in frame.loc[is_unsaid, "kind"].unique():
        unresolved = is_unsaid & (frame["kind"] == event_kind).to_numpy()
        # the first kind it may speak of wins, so it is written last
        for candidate in reversed(_SUBJECT_OF.get(event_kind, _USUAL_SUBJECTS)):
            kind[unresolved & has[candidate]] = candidate
    frame["subject_kind"] = pd.array(kind, dtype=TEXT)
    held = np.zeros(len(frame), dtype=bool)
    for candidate, mask in has.items():
        held |= (kind == candidate) & mask
    log.add(
        "event_of_nothing",
        "events whose subject the ledger lacks",
        "quarantined",
        "subject",
        frame.loc[~held, "event_id"].reset_index(drop=True),
    )
    tables["events"] = pd.concat([events[~plain], frame[held]], ignore_index=True)


def report_disputes_without_amount(tables: Tables, log: ProblemLog) -> None:
    """A dispute that names no amount contests money that nobody knows: it excuses none."""
    events = tables["events"]
    bare = (events["kind"] == "dispute_opened") & ~(events["amount"].fillna(0) > 0)
    log.add(
        "dispute_without_amount",
        "disputes that name no amount: they take nothing out of what is overdue",
        "doubted",
        "amount",
        events.loc[bare, "event_id"].reset_index(drop=True),
    )


def resolve_invoice_reversals(tables: Tables, log: ProblemLog) -> None:
    """A reversal that names an invoice takes back the last payment linked to it by that day.

    Among the payments recorded when the reversal was, if there is one: a payment heard of later
    never changes what a reversal did before.
    """
    events, links, credits = tables["events"], tables["allocations"], tables["credits"]
    named = (events["kind"] == "reversal") & (events["subject_kind"] == "invoice")
    if named.any():
        key = ["subject", "instalment"]
        sales = events[events["kind"] == "sold"].groupby(key)["recorded_on"].min()
        sold_on = sales.reindex(pd.MultiIndex.from_frame(events[key])).to_numpy()
        named &= ~(sold_on <= events["recorded_on"].to_numpy())
    if not named.any():
        return
    columns = ["credit_id", "happened_on", "kind", "recorded_on"]
    paid = links.merge(credits[columns], on="credit_id", suffixes=("", "_credit"))
    paid["heard_on"] = paid[["recorded_on", "recorded_on_credit"]].max(axis=1)
    paid = paid[paid["kind"] == "payment"]
    pairs = events[named].merge(
        paid,
        left_on=["subject", "instalment"],
        right_on=["invoice_id", "instalment"],
        suffixes=("", "_link"),
    )
    pairs = pairs[pairs["happened_on_credit"] <= pairs["happened_on"]]
    pairs["was_heard"] = pairs["heard_on"] <= pairs["recorded_on"]
    last = pairs.sort_values(
        ["event_id", "was_heard", "happened_on_credit", "credit_id"], kind="stable"
    ).drop_duplicates("event_id", keep="last")
    credit = last.set_index("event_id")["credit_id"]
    cents = last.set_index("event_id")["amount_link"]
    heard = last.set_index("event_id")["heard_on"]
    hit = named & events["event_id"].isin(credit.index)
    log.add(
        "reversal_of_nothing",
        "reversals of an invoice no payment is linked to",
        "quarantined",
        "subject",
        events.loc[named & ~hit, "event_id"].reset_index(drop=True),
    )
    events = events.copy()
    reversal_ids = events.loc[hit, "event_id"]
    events.loc[hit, "amount"] = events.loc[hit, "amount"].fillna(
        reversal_ids.map(cents).astype("Int64")
    )
    events.loc[hit, "subject"] = reversal_ids.map(credit).to_numpy()
    # What a reversal takes back is not known before the payment is.
    events.loc[hit, "recorded_on"] = np.maximum(
        events.loc[hit, "recorded_on"], reversal_ids.map(heard).to_numpy(dtype=np.int64)
    )
    events.loc[hit, "subject_kind"] = "credit"
    events.loc[hit, "instalment"] = 1
    tables["events"] = events[~(named & ~hit)]
