"""One wide row is several facts: its invoice, what closed it, its customer and its entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from payrisk.calendar import NEVER
from payrisk.ledger.facts.kinds import CREDIT_KINDS
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.facts.tables import TABLES, TEXT, Tables

LEFT_OUT = ("skip", "draft", "void")
"""Rows of a document list that are no document: what the mapping skips, drafts, cancelled ones."""

_OPTIONAL = {
    "paid_on": NEVER,
    "paid_recorded_on": NEVER,
    "recorded_on": NEVER,
    "paid_amount": pd.NA,
    "closing": "payment",
    "closing_reason": None,
    "document": "invoice",
    "instalment": 1,
    "entity_id": "main",
    "linked_amount": 0,
    "says_paid": False,
    "denies_paid": False,
}


def document_amounts(rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series, pd.Series]]:
    """What the rows of a document list put into the ledger: table, currency, cents, a row each."""
    f = with_all_columns(rows)
    is_invoice = (f["document"] == "invoice") & (f["amount"] >= 0)
    is_credit = ~is_invoice & ~f["document"].isin(LEFT_OUT)
    yield "invoices", f.loc[is_invoice, "currency"], f.loc[is_invoice, "amount"]
    yield "credits", f.loc[is_credit, "currency"], f.loc[is_credit, "amount"].abs()
    paid = f[_is_credited(f) & is_invoice]
    yield "credits", paid["currency"], _paid(paid)


def document_facts(rows: pd.DataFrame) -> tuple[Tables, list[Problem]]:
    """The facts of a document list; columns that the list lacks stay away."""
    f = with_all_columns(rows)
    is_invoice = (f["document"] == "invoice") & (f["amount"] >= 0)
    invoices, others = f[is_invoice], f[~is_invoice]
    credits, links, events = _closings(invoices)
    notes, used_up = _credit_documents(others)
    columns = [c for c in TABLES["invoices"].names if c in rows]
    tables: Tables = {"invoices": invoices[columns].reset_index(drop=True)}
    for name, parts in (
        ("credits", [credits, notes]),
        ("allocations", [links]),
        ("events", [events, used_up]),
    ):
        filled = [part for part in parts if len(part)]
        if filled:
            tables[name] = pd.concat(filled, ignore_index=True)
    customers, problems = _parties(rows, "customer", "customers")
    entities, _ = _parties(rows, "entity", "entities")
    tables |= customers | entities
    problems += _paid_in_other_currency(invoices)
    early = int((invoices["paid_on"] < invoices["issued_on"]).sum())
    if early:
        problems.append(
            Problem(
                "paid_before_issue",
                "paid before issue, read as prepayments",
                "noted",
                column="paid_on",
                n=early,
            )
        )
    return tables, problems


def _paid_in_other_currency(f: pd.DataFrame) -> list[Problem]:
    """A doubt of paid amounts beside another currency that are not the invoice's amount."""
    if "payment_currency" not in f:
        return []
    other = f["payment_currency"].notna() & (f["payment_currency"] != f["currency"])
    odd = f[(other & f["paid_amount"].notna() & (f["paid_amount"] != f["amount"])).to_numpy(bool)]
    message = (
        "amounts paid that may be in the currency of payment; they count in the invoice's: give"
        " such payments as credits, with the allocation's amount and credit_amount"
    )
    log = ProblemLog()
    money = pd.DataFrame(
        {"cents": odd["amount"].to_numpy(np.int64), "currency": odd["currency"].to_numpy()}
    )
    log.add("paid_in_other_currency", message, "doubted", "paid_amount",
            odd["invoice_id"].reset_index(drop=True), money=money)  # fmt: skip
    return log.problems


def with_all_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a document list with every column that splitting them reads."""
    lacking = {name: value for name, value in _OPTIONAL.items() if name not in rows}
    absent = {name: _all_alike(value, len(rows)) for name, value in lacking.items()}
    full = pd.concat([rows, pd.DataFrame(absent, index=rows.index)], axis=1)
    if "paid_amount" not in lacking:
        full["paid_amount"] = full["paid_amount"].astype("Int64")
    return full


def _all_alike(value: object, n: int) -> Any:
    """(n,) a column of one value: texts as the tables have them, pd.NA as an unknown amount."""
    if value is pd.NA:
        return pd.arrays.IntegerArray(np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool))
    if isinstance(value, str):
        return TEXT.__from_arrow__(pa.repeat(pa.scalar(value, pa.string()), n))
    return np.full(n, value)


def _is_credited(f: pd.DataFrame) -> pd.Series:
    positive = f["paid_amount"].fillna(f["amount"]) > 0
    return (f["paid_on"] != NEVER) & f["closing"].isin(CREDIT_KINDS) & positive


def _paid(f: pd.DataFrame) -> pd.Series:
    return f["paid_amount"].fillna(f["amount"])


def named_documents(f: pd.DataFrame) -> pd.Series:
    """One text an instalment: the invoice's id, with its number from the second on."""
    numbered = f["invoice_id"] + "/" + f["instalment"].astype(str)
    return f["invoice_id"].where(f["instalment"] == 1, numbered)


def _recorded(f: pd.DataFrame) -> pd.Series:
    return f["paid_on"].where(f["paid_recorded_on"] == NEVER, f["paid_recorded_on"])


def _closings(f: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Credits, allocations and events that ended these invoices on their `paid_on`."""
    closed = f[_is_credited(f)]
    credit_id = closed["closing"] + ":" + named_documents(closed)
    # A receipt before the invoice is a prepayment: it can be linked from the issue on.
    linked_on = np.maximum(closed["paid_on"], closed["issued_on"])
    invoice_recorded = closed["recorded_on"].where(closed["recorded_on"] != NEVER, 0)
    recorded_on = _recorded(closed)
    credits = pd.DataFrame(
        {
            "credit_id": credit_id,
            "customer_id": closed["customer_id"],
            "entity_id": closed["entity_id"],
            "kind": closed["closing"],
            "happened_on": closed["paid_on"],
            "amount": _paid(closed),
            "currency": closed["currency"],
            "reason": closed["closing_reason"],
            "recorded_on": recorded_on,
        }
    )
    links = pd.DataFrame(
        {
            "credit_id": credit_id,
            "invoice_id": closed["invoice_id"],
            "instalment": closed["instalment"],
            "amount": np.minimum(_paid(closed), closed["amount"]),
            "happened_on": linked_on,
            "recorded_on": np.maximum(np.maximum(linked_on, recorded_on), invoice_recorded),
        }
    )
    links = links[links["amount"] > 0]
    ended = f[(f["paid_on"] != NEVER) & f["closing"].isin(("handed_over", "sold"))]
    events = pd.DataFrame(
        {
            "event_id": ended["closing"] + ":" + named_documents(ended),
            "kind": ended["closing"],
            "subject_kind": "invoice",
            "subject": ended["invoice_id"],
            "instalment": ended["instalment"],
            "happened_on": ended["paid_on"],
            "reason": ended["closing_reason"],
            "recorded_on": _recorded(ended),
        }
    )
    return credits, links, events


def _credit_documents(f: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Documents below zero or of another kind as unlinked credits; the cleared ones used up.

    Where a list says that such a document was cleared, but not against which invoices, the
    reversal takes it from the balance on its clearing day without touching any invoice.
    """
    if not len(f):
        return f, f
    is_note = f["document"] == "invoice"
    notes = pd.DataFrame(
        {
            "credit_id": named_documents(f),
            "customer_id": f["customer_id"],
            "entity_id": f["entity_id"],
            "kind": f["document"].where(~is_note, "credit_note"),
            "happened_on": f["issued_on"],
            "amount": f["amount"].abs(),
            "currency": f["currency"],
            "reason": f["closing_reason"].astype(object).where(~is_note, "negative document"),
            "recorded_on": f["recorded_on"],
        }
    )
    cleared = f[f["paid_on"] != NEVER]
    cleared_on = np.maximum(cleared["paid_on"], cleared["issued_on"])
    events = pd.DataFrame(
        {
            "event_id": "cleared:" + named_documents(cleared),
            "kind": "reversal",
            "subject_kind": "credit",
            "subject": named_documents(cleared),
            "happened_on": cleared_on,
            "amount": cleared["amount"].abs() - cleared["linked_amount"],
            "reason": "cleared",
            "recorded_on": np.maximum(cleared_on, _recorded(cleared)),
        }
    )
    return notes[notes["amount"] > 0], events[events["amount"] > 0]


def _parties(rows: pd.DataFrame, prefix: str, table: str) -> tuple[Tables, list[Problem]]:
    """Customers or entities as their documents describe them; the first word said counts."""
    key = f"{prefix}_id"
    names = {"entity_currency": "base_currency"}
    renamed = {
        c: names.get(c, c.removeprefix(f"{prefix}_"))
        for c in rows.columns
        if c.startswith(f"{prefix}_") and c != key
    }
    if not renamed or key not in rows:
        return {}, []
    subset = rows[[key, *renamed]].rename(columns=renamed)
    first = subset.groupby(key, sort=False, as_index=False).first()
    several = subset.drop_duplicates().dropna(subset=list(renamed.values()))
    n = int(several.duplicated(key, keep="first").groupby(several[key]).any().sum())
    problems = []
    if n:
        problems.append(
            Problem(
                f"{prefix}_varies",
                f"{table} described in several ways, the first counts:"
                f" {', '.join(renamed.values())}",
                "noted",
                column=key,
                n=n,
            )
        )
    return {table: first}, problems
