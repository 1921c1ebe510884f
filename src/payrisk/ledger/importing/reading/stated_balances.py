"""Stated balances: what a list says is still open of each of its documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.importing.reading.documents import named_documents, with_all_columns
from payrisk.ledger.importing.reading.rows import Rows

COLUMNS = (
    "table",
    "document_id",
    "instalment",
    "customer_id",
    "entity_id",
    "currency",
    "balance",
    "is_void",
    "is_amount",
    "is_dated",
    "contradicts",
)
"""table: invoices or credits. balance: minor units, what is open of it, of credits what is left.
is_void: cancelled, or a draft again. is_amount: the list gives no amount beside the balance.
is_dated: the row dates its payment itself. contradicts: its paid amount and its balance do not
make its amount."""


def no_balances() -> pd.DataFrame:
    """What a source without balances states."""
    return pd.DataFrame(columns=list(COLUMNS))


def stated_balances(rows: Rows, *, is_list: bool) -> pd.DataFrame:
    """One row a document that the rows of one file state a balance of.

    is_list: whether the file lists open items, so that an amount alone is what is open.
    """
    if rows.table != "invoices":
        return no_balances()
    kept = rows.accepted | _is_void(rows.frame) & rows.left_out & rows.has_money
    kept &= ~_billed_anew(rows)
    frame = with_all_columns(rows.frame[kept])
    if not is_list and not _states_any(frame):
        return no_balances()
    amount = frame["amount"].astype("Int64").abs()
    paid = frame["paid_amount"].astype("Int64").abs()
    dated = (frame["paid_on"] != NEVER).to_numpy()
    stated = _signed_balances(frame)
    by_payments = (amount - paid).where(~dated)
    balance = stated.fillna(by_payments)
    balance = balance.mask(balance.isna() & _says_paid(frame) & ~dated, 0)
    is_amount = balance.isna().to_numpy() & is_list & ~dated
    # Where a list has a document and what was paid of it in rows of their own, both are whole.
    linked = frame["linked_amount"].to_numpy(dtype=np.int64)
    balance = balance.where(~is_amount, amount - linked)
    is_amount &= linked == 0
    is_void = _is_void(frame)
    balance = balance.mask(is_void, 0)
    both = stated.notna() & paid.notna()
    is_credit = (frame["document"] != "invoice") & ~is_void | (frame["amount"] < 0)
    out = pd.DataFrame(
        {
            "table": np.where(is_credit, "credits", "invoices"),
            "document_id": frame["invoice_id"].where(~is_credit, named_documents(frame)),
            "instalment": frame["instalment"].where(~is_credit, 1).astype("int64"),
            "customer_id": frame["customer_id"],
            "entity_id": frame["entity_id"],
            "currency": frame["currency"],
            "balance": balance,
            "is_void": is_void,
            "is_amount": is_amount,
            "is_dated": dated,
            "contradicts": np.asarray(
                (both & (amount - paid != stated)).fillna(value=False), bool
            ),
        }
    )
    return out[out["balance"].notna()].astype({"balance": "int64"}).reset_index(drop=True)


def invoices_stated_unpaid(rows: Rows) -> pd.DataFrame:
    """Invoice and instalment of the invoices whose day of payment is empty, no balance beside."""
    keys = ["invoice_id", "instalment"]
    if "says_unpaid" not in rows.frame:
        return pd.DataFrame(columns=keys)
    frame = with_all_columns(rows.accepted_rows)
    is_owed = (frame["document"] == "invoice") & (frame["amount"] > 0)
    is_unpaid = frame["says_unpaid"] & is_owed & frame["paid_amount"].isna()
    return frame.loc[is_unpaid & _column(frame, "balance").isna(), keys]


def unstated_balances(rows: Rows) -> list[Problem]:
    """Doubts of invoices whose balance is empty in a file that states others, a currency each.

    An empty cell may be nothing, or not known; the invoice counts as wholly open.
    """
    if rows.table != "invoices" or "balance" not in rows.frame:
        return []
    frame = with_all_columns(rows.accepted_rows)
    lacks = frame["balance"].isna() & frame["paid_amount"].isna() & (frame["paid_on"] == NEVER)
    lacks &= ~_says_paid(frame)
    lacks &= (frame["document"] == "invoice") & (frame["amount"] > 0)
    if not lacks.any() or frame["balance"].isna().all():
        return []
    odd = frame[lacks]
    return _doubted(
        rows,
        "balance_missing",
        "rows without a balance in a list that states balances; they count as wholly open: fill"
        " the cell",
        "balance",
        odd,
        odd["amount"],
    )


def _signed_balances(frame: pd.DataFrame) -> pd.Series:
    """(n,) what is open of each document; below zero of an invoice paid beyond its amount.

    Where every balance of an invoice is below zero, that is how the file writes what is open.
    """
    stated = _column(frame, "balance")
    is_owed = frame["amount"].astype("Int64") > 0
    is_below = is_owed & (stated < 0).fillna(value=False)
    has_above = bool((is_owed & (stated > 0)).fillna(value=False).any())
    over = is_below & (stated == frame["amount"] - frame["paid_amount"]).fillna(value=has_above)
    return stated.where(over.fillna(value=False), stated.abs())


def paid_yet_open(rows: Rows) -> list[Problem]:
    """Doubts of documents that are paid by their state and not by their amounts, a currency each.

    The amounts count.
    """
    if rows.table != "invoices" or "says_paid" not in rows.frame:
        return []
    frame = with_all_columns(rows.accepted_rows)
    amount = frame["amount"].astype("Int64").abs()
    left = _signed_balances(frame).fillna(amount - frame["paid_amount"].abs()).fillna(0)
    odd = frame[_says_paid(frame) & (left > 0).to_numpy(dtype=bool)]
    return _doubted(
        rows,
        "paid_yet_open",
        "rows that are paid by their state and not by their balance or paid amount; these count:"
        " correct one of the two",
        "balance",
        odd,
        left[odd.index],
    )


def unpaid_but_dated_doubts(rows: Rows) -> list[Problem]:
    """Doubts of documents that are not paid by their own yes or no and have a day of payment.

    The day counts; it may be one that was planned.
    """
    if rows.table != "invoices" or "denies_paid" not in rows.frame:
        return []
    frame = with_all_columns(rows.accepted_rows)
    is_dated = (frame["paid_on"] != NEVER) & frame["denies_paid"].astype(bool)
    odd = frame[is_dated.to_numpy(dtype=bool)]
    return _doubted(
        rows,
        "denied_yet_dated",
        "rows that are not paid by their own yes or no and have a day of payment; the day counts:"
        " correct one of the two, or leave the column out where it holds days that are planned",
        "paid_on",
        odd,
        odd["amount"].abs(),
    )


def _doubted(
    rows: Rows, code: str, sentence: str, field: str, odd: pd.DataFrame, cents: pd.Series
) -> list[Problem]:
    """The doubts of some documents with what they come to, a currency each."""
    log = ProblemLog()
    money = {"cents": cents.to_numpy("int64"), "currency": odd["currency"].to_numpy()}
    ids = odd["invoice_id"].reset_index(drop=True)
    log.add(code, sentence, "doubted", field, ids, money=pd.DataFrame(money))
    return [replace(problem, file=rows.file) for problem in log.problems]


def _says_paid(frame: pd.DataFrame) -> np.ndarray:
    return np.asarray(frame["says_paid"], dtype=bool)


def _is_void(frame: pd.DataFrame) -> np.ndarray:
    if "document" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(frame["document"].isin(("void", "draft")))


def _billed_anew(rows: Rows) -> np.ndarray:
    """(n,) void rows and drafts whose number another row of the file bills: that one stands."""
    is_void = _is_void(rows.frame) & rows.left_out
    if not is_void.any():
        return is_void
    ids = rows.frame["invoice_id"]
    return np.asarray(is_void & ids.isin(ids[rows.accepted]).to_numpy(dtype=bool))


def _states_any(frame: pd.DataFrame) -> bool:
    undated = frame["paid_amount"].notna() & (frame["paid_on"] == NEVER)
    is_stated = undated.any() or _column(frame, "balance").notna().any()
    return bool(is_stated or _is_void(frame).any() or _says_paid(frame).any())


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame:
        return frame[name].astype("Int64")
    return pd.Series(pd.array([pd.NA] * len(frame), dtype="Int64"), index=frame.index)
