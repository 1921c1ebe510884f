"""Disputes raised and promises kept, as shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.ledger import Books
from payrisk.receivables import kpis
from payrisk.receivables.agreements.promises import GRACE_DAYS, promises
from payrisk.receivables.dimensions import with_keys
from payrisk.receivables.measures.terms import KpiRows

DECIDED = ("kept", "part_kept", "broken")


def dispute_measures(books: Books, terms: KpiRows, after: int, billed: Ints) -> dict[str, Floats]:
    """(groups,) in percent: disputed of what is owed, and disputed anew of what was billed.

    Of an invoice that is disputed more than once in the window, the largest amount counts; a
    dispute without an amount is of the whole invoice.
    """
    owed = terms.sum_invoices(terms.owed)
    open_now = terms.sum_invoices(np.minimum(terms.disputed, terms.owed))
    raised = np.zeros(terms.n, dtype=np.int64)
    event = books.facts.arrays.events.get("dispute_opened:invoice")
    if event is not None:
        place = np.full(len(books.position.is_issued), -1, dtype=np.int64)
        rows = np.flatnonzero(books.position.is_issued)
        place[rows] = np.arange(len(rows))
        row = place[event.row]
        counts = event.known_by(books.known_before, books.close_of) & (row >= 0)
        counts &= event.happened_on > after
        row, named = row[counts], event.amount[counts]
        whole = books.facts.arrays.invoices.amount[rows[row]]
        part = np.where(named < 0, whole, np.minimum(named, whole)) / np.maximum(whole, 1)
        cents = np.rint(part * terms.billed[row]).astype(np.int64)
        largest = np.zeros(len(rows), dtype=np.int64)
        np.maximum.at(largest, row, cents)
        raised = terms.sum_invoices(largest)
    return {
        "disputed_percent": kpis.percent(open_now, owed),
        "dispute_rate_percent": kpis.percent(raised, billed),
    }


def promise_measures(books: Books, terms: KpiRows, after: int) -> dict[str, Floats]:
    """(groups,) promises whose last day fell into the window: how many, how many kept, in money.

    n_promises counts those kept, part-kept and broken; renegotiated and needless ones are left
    out. `promise_kept_percent` is by number, `promise_kept_money_percent` by money received of
    money promised.
    """
    every = promises(books)
    every = every[every["state"].isin(DECIDED)]
    keys = list(terms.groups.columns)
    rows = with_keys(every, keys, terms.customers)
    of = _group_of(rows, terms, keys)
    ends = every["promised_on"].to_numpy(np.int64) + GRACE_DAYS
    counts = (of >= 0) & (ends > after) & (ends <= books.close_of)
    of, rows = of[counts], rows[counts]

    def total(values: np.ndarray) -> Ints:
        out = np.zeros(terms.n, dtype=np.int64)
        np.add.at(out, of, values)
        return out

    promised = rows["promised"].to_numpy(np.int64)
    received = np.minimum(rows["received"].to_numpy(np.int64), promised)
    n = total(np.ones(len(of), dtype=np.int64))
    kept = total((rows["state"] == "kept").to_numpy(np.int64))
    return {
        "n_promises": n,
        "promise_kept_percent": kpis.percent(kept, n),
        "promise_kept_money_percent": kpis.percent(total(received), total(promised)),
    }


def _group_of(rows: pd.DataFrame, terms: KpiRows, keys: list[str]) -> Ints:
    """The group of each promise; −1 where it has none."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    of = np.full(len(rows), -1, dtype=np.int64)
    row = rows["invoice_row"].to_numpy(np.int64)
    is_invoice = row >= 0
    of[is_invoice] = terms.group_of_ledger_row(row[is_invoice])
    index = pd.MultiIndex.from_frame(terms.groups.astype(object).fillna(""))
    wanted = pd.MultiIndex.from_frame(rows.loc[~is_invoice, keys].astype(object).fillna(""))
    of[~is_invoice] = index.get_indexer(wanted)
    return of
