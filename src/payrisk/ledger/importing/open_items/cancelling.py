"""Cancelled invoices: known ones that an export says are void or drafts, and those that return."""

from __future__ import annotations

import pandas as pd

from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.open_items.comparing import INVOICE, LIST
from payrisk.ledger.importing.sums_in_words import sums_in_words

CANCELLED = "cancelled"
"""Reason of the credit note by which a void or draft row takes a known invoice back."""


def cancelled_invoices(stated: pd.DataFrame) -> pd.DataFrame:
    """The ids and instalments of invoices that an export lists as void or drafts.

    stated: as `stated_balances.COLUMNS`.
    """
    void = stated[stated["is_void"].astype(bool)].rename(columns={"document_id": "invoice_id"})
    return void[INVOICE].astype({"invoice_id": object, "instalment": "int64"})


def note_cancelled(rows: pd.DataFrame, ledger: Ledger, log: ProblemLog) -> None:
    """Doubt void or draft rows of which something was paid; rows: as compared."""
    void = rows[rows["is_void"] & (rows["amount"] > rows["fell"])]
    if not len(void):
        return
    keys = pd.MultiIndex.from_frame(void[INVOICE])
    paid = void[~keys.isin(pd.MultiIndex.from_frame(_cancelled_before(ledger)))]
    money = sums_in_words(paid["amount"] - paid["fell"], paid["currency"])
    log.add(
        "cancelled_paid",
        f"void or drafts by now, of which {money} had been paid or credited, which stays as it is;"
        " import what became of that money",
        "doubted",
        "document",
        paid["invoice_id"].reset_index(drop=True),
    )


def relisted_cancelled_doubts(before: Ledger, read: Tables, stated: pd.DataFrame) -> list[Problem]:
    """Doubts of invoices that an earlier export cancelled and this one lists as they were.

    A list that states what is open of them tells it itself. before: the ledger before the import.
    """
    listed = read.get("invoices")
    if listed is None or not len(listed):
        return []
    cancelled = _cancelled_before(before)
    if not len(cancelled):
        return []
    here = pd.DataFrame(
        {"invoice_id": listed["invoice_id"], "instalment": listed.get("instalment", 1)}
    )
    told = stated.rename(columns={"document_id": "invoice_id"})[INVOICE]
    keys = pd.MultiIndex.from_frame(here.astype({"invoice_id": object}))
    hit = keys.isin(pd.MultiIndex.from_frame(cancelled.astype({"invoice_id": object})))
    hit &= ~keys.isin(pd.MultiIndex.from_frame(told.astype({"invoice_id": object})))
    back = listed[hit]
    log = ProblemLog()
    log.add(
        "cancelled_before",
        f"invoices that an earlier export cancelled, listed as they were"
        f" ({sums_in_words(back['amount'], back['currency'])}); they stay cancelled: give the"
        " balance that is open, or a reversal of their credit note",
        "doubted",
        "document",
        back["invoice_id"].reset_index(drop=True),
    )
    return log.problems


def _cancelled_before(ledger: Ledger) -> pd.DataFrame:
    """The invoices that void or draft rows of earlier exports took back."""
    credits, links = ledger.tables["credits"], ledger.tables["allocations"]
    if not len(links):
        return links[INVOICE]
    is_note = (credits["reason"] == CANCELLED).fillna(value=False)
    is_note &= credits["credit_id"].str.startswith(LIST)  # others were told by themselves
    notes = credits.loc[is_note, "credit_id"]
    return links.loc[links["credit_id"].isin(notes), INVOICE]
