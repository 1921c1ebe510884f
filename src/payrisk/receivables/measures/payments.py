"""How the invoices settled in a window were paid: days late, days to pay, in time or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.ledger import Books
from payrisk.ledger.facts.arrays import PAYMENT
from payrisk.receivables import kpis
from payrisk.receivables.measures.terms import KpiRows


def payment_measures(books: Books, terms: KpiRows, after: int) -> dict[str, Floats]:
    """(groups,) each measure of the invoices settled by cash after `after`.

    `dbt_paid` and `payment_index` weight each payment of those invoices by what it paid of them;
    one that was returned does not count. The rest counts invoices, by the day that settled them.
    """
    group = terms.of_invoice
    is_paid = (terms.paid_on > after) & (terms.paid_on <= terms.close_of)
    rows = np.flatnonzero(is_paid)
    of, n = group[rows], terms.n
    late = terms.paid_on[rows] - terms.due_on[rows]
    taken = terms.paid_on[rows] - terms.issued_on[rows]
    cents = terms.amount[rows]

    def counted(values: np.ndarray) -> Ints:
        return np.asarray(np.bincount(of, weights=values, minlength=n).astype(np.int64))

    count = np.bincount(of, minlength=n)
    weighted = np.zeros(n, dtype=np.int64)
    weights = np.zeros(n, dtype=np.int64)
    np.add.at(weighted, of, late * cents)
    np.add.at(weights, of, cents)
    paid = _payments(books, terms, is_paid)
    return {
        "n_settled": count,
        "average_days_late": kpis.mean_days(counted(late), count),
        "average_days_late_weighted": kpis.mean_days(weighted, weights),
        "average_days_to_pay": kpis.mean_days(counted(taken), count),
        "paid_within_30_days_percent": kpis.percent(counted(taken <= 30), count),
        "paid_after_60_days_percent": kpis.percent(counted(taken > 60), count),
        "paid_late_percent": kpis.percent(counted(late > 0), count),
        "dbt_paid": kpis.mean_days(_by_group(paid, "late"), _by_group(paid, "cents")),
        "payment_index": kpis.mean_days(_by_group(paid, "points"), _by_group(paid, "cents")),
    }


def _payments(books: Books, terms: KpiRows, is_paid: np.ndarray) -> pd.DataFrame:
    """(groups,) Σ cents, cents × days late and cents × points of the payments that count."""
    a, p = books.facts.arrays, books.position
    place = np.full(len(a.invoices.amount), -1, dtype=np.int64)
    place[np.flatnonzero(p.is_issued)] = np.where(is_paid, np.arange(len(is_paid)), -1)
    link = a.allocations
    counts = (
        (place[link.invoice] >= 0)
        & books.is_booked_anywhere[link.credit]
        & (link.recorded_on < books.known_before)
        & (a.credits.nature[link.credit] == PAYMENT)
        & (p.reversed[link.credit] == 0)
        & (link.amount > 0)
    )
    links = np.flatnonzero(counts)
    row = place[link.invoice[links]]
    day = np.maximum(a.credits.happened_on[link.credit[links]], terms.issued_on[row])
    late, cents = day - terms.due_on[row], link.amount[links]
    # a foreign invoice weighs what it was booked at
    whole = a.invoices.amount[link.invoice[links]]
    cents = np.where(
        terms.amount[row] == whole,
        cents,
        np.rint(cents * (terms.amount[row] / np.maximum(whole, 1))),
    ).astype(np.int64)
    frame = pd.DataFrame(
        {
            "group": terms.of_invoice[row],
            "cents": cents,
            "late": cents * late,
            "points": cents * kpis.index_points(late),
        }
    )
    return frame.groupby("group").sum().reindex(range(terms.n), fill_value=0)


def _by_group(frame: pd.DataFrame, column: str) -> np.ndarray:
    return np.asarray(frame[column].to_numpy())
