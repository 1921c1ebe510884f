"""Kinds of credits and events, and the reasons that change what a credit is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags

CREDIT_KINDS = ("payment", "credit_note", "write_off", "offset", "withholding", "recovery")
CASH_KINDS = ("payment", "recovery")
EVENT_KINDS = (
    "dispute_opened",
    "dispute_closed",
    "promise",
    "reminder",
    "reversal",
    "sold",
    "handed_over",
    "due_date_change",
    "order",
    "order_cancelled",
    "insolvency",
    "credit_report",
    "changed",
    "open_items_list",
    "plan",
    "note",
)
SUBJECTS = ("invoice", "customer", "credit")

BEFORE_THE_BOOKS = "before the books begin"
"""Reason of a reversal that takes out of the books what a credit paid of invoices they lack."""

USED_ELSEWHERE = ("cleared", "told by its day", "open again", BEFORE_THE_BOOKS)
"""Reasons of reversals by which a credit was used up; nobody took a payment back."""

GOODWILL = ("goodwill", "small_balance", "rounding", "tolerance")
"""Reasons of a write-off that is a courtesy, never a loss (docs/design.md, 'Settled')."""

BY_CUSTOMER = "customer"
"""What `stage` of a dispute says where the customer opened it; any other word is one of us."""


def opened_by_us(events: pd.DataFrame) -> Flags:
    """(n,) which events are disputes that one of us opened; one of nobody named is not."""
    is_dispute: Flags = (events["kind"] == "dispute_opened").to_numpy(dtype=bool)
    if not is_dispute.any():
        return is_dispute
    opener = events["stage"].astype(object).where(is_dispute & events["stage"].notna(), "")
    words = opener.astype(str).str.strip().str.lower()
    return np.asarray(is_dispute & ~words.isin(["", BY_CUSTOMER]))


def is_with_recourse(events: pd.DataFrame) -> Flags:
    """(n,) which events are sales of an invoice that the buyer may hand back unpaid.

    Their `stage` or `reason` says "with recourse"; a sale that says neither is without.
    """
    is_sale: Flags = (events["kind"] == "sold").to_numpy(dtype=bool)
    if not is_sale.any():
        return is_sale
    hit = np.zeros(len(events), dtype=bool)
    for column in ("stage", "reason"):
        words = events[column].astype(object).where(events[column].notna(), "").astype(str)
        words = words.str.strip().str.lower().str.replace(r"[_\-\s]+", " ", regex=True)
        hit |= words.isin(["with recourse", "recourse"]).to_numpy()
    return np.asarray(is_sale & hit)
