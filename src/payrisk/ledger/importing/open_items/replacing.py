"""Receipts in hand: a dated payment takes the place of what a list said of its days."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.ledger.facts.kinds import CASH_KINDS
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.merging import latest_tables, merge
from payrisk.ledger.importing.open_items.comparing import INVOICE, LIST


def without_double_payments(ledger: Ledger, day: int) -> tuple[Ledger, list[Problem]]:
    """The ledger in which no payment stands twice: by a list, and by its own receipt.

    What a list made an invoice fall by between two evenings holds all its payments of those days.
    A receipt dated within them is one of these, so as much of the list's payment is taken back,
    as known from `day` on.
    """
    # ids are never corrected: most ledgers know no list, and need not be read anew to tell
    is_listed = ledger.tables["credits"]["credit_id"].str.startswith(LIST).to_numpy(dtype=bool)
    if not is_listed.any():
        return ledger, []
    reversals = _reversals(latest_tables(ledger), is_listed, max(day, ledger.last_day))
    log = ProblemLog()
    log.add(
        "receipt_in_hand",
        "receipts that tell by their day what a list had told of it; they count once",
        "noted",
        "invoice_id",
        reversals["subject"].astype(str).reset_index(drop=True),
    )
    if not len(reversals):
        return ledger, []
    facts = {"events": reversals}
    merged, _ = merge(ledger, facts, max(day, ledger.last_day), full=False)
    return Ledger(merged, ledger.rules), log.problems


def _reversals(tables: Tables, is_listed: Flags, day: int) -> pd.DataFrame:
    credits, links = tables["credits"], tables["allocations"]
    events = tables["events"]
    listed = credits[is_listed & (credits["kind"] == "payment").to_numpy()]
    receipts = credits[~is_listed & credits["kind"].isin(CASH_KINDS).to_numpy()]
    by_list = links.merge(
        listed[["credit_id", "amount", "earliest_on", "latest_on", "recorded_on"]],
        on="credit_id",
        suffixes=("", "_credit"),
    )
    by_receipt = links.merge(
        receipts[["credit_id", "happened_on", "recorded_on"]],
        on="credit_id",
        suffixes=("", "_credit"),
    )
    pairs = by_list.merge(by_receipt, on=INVOICE, suffixes=("", "_receipt"))
    # One known when the list came was reckoned with; the list's payment is what is beyond it.
    pairs = pairs[pairs["recorded_on_credit_receipt"] > pairs["recorded_on_credit"]]
    day_of_receipt = pairs["happened_on_credit"]
    pairs = pairs[
        (day_of_receipt >= pairs["earliest_on"]) & (day_of_receipt <= pairs["latest_on"])
    ]
    pairs = pairs.assign(
        event_id=LIST + "told:" + pairs["credit_id"] + ":" + pairs["credit_id_receipt"]
    )
    pairs = pairs[~pairs["event_id"].isin(events["event_id"])]
    back = events[(events["kind"] == "reversal") & (events["subject_kind"] == "credit")]
    gone = back.groupby("subject")["amount"].sum().reindex(pairs["credit_id"]).fillna(0)
    left = pairs["amount_credit"].to_numpy(np.int64) - gone.to_numpy(np.int64)
    told = pairs["amount_receipt"].to_numpy(np.int64)
    before = pairs.groupby("credit_id")["amount_receipt"].cumsum().to_numpy(np.int64) - told
    taken = np.clip(np.minimum(told, left - before), 0, None)
    pairs = pairs.assign(taken=taken)[taken > 0]
    return pd.DataFrame(
        {
            "event_id": pairs["event_id"],
            "kind": "reversal",
            "subject_kind": "credit",
            "subject": pairs["credit_id"],
            "happened_on": pairs["latest_on"],
            "amount": pairs["taken"],
            "reason": "told by its day",
            "recorded_on": day,
        }
    ).reset_index(drop=True)
