"""Calendar months back from an evening, and the sales of each."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Days, Ints
from payrisk.calendar import month_end
from payrisk.receivables.measures.terms import KpiRows


def months_back(terms: KpiRows) -> tuple[Ints, Days, Ints]:
    """Sales of each group in each calendar month, newest first, the newest up to the evening.

    (groups, months) cents; (months,) days of each; (invoices,) the month each was issued in.
    """
    newest = _month(np.array([terms.close_of]))[0]
    of_invoice = newest - _month(terms.issued_on)
    of_note = newest - _month(terms.credited_on)
    n_months = int(of_invoice.max(initial=-1)) + 1
    sales = np.zeros((terms.n, n_months), dtype=np.int64)
    np.add.at(sales, (terms.of_invoice, of_invoice), terms.billed)
    notes = np.flatnonzero(terms.is_note & (of_note < n_months) & (of_note >= 0))
    np.subtract.at(sales, (terms.of_credit[notes], of_note[notes]), terms.noted[notes])
    firsts = (newest - np.arange(n_months)).astype("datetime64[M]").astype("datetime64[D]")
    starts = firsts.astype(np.int64)
    ends = np.minimum(month_end(starts), terms.close_of) if n_months else starts
    return sales, np.asarray(ends - starts + 1, dtype=np.int64), of_invoice


def month_before(evening: int) -> int:
    """The evening one calendar month earlier; a month's last day goes with the last one's.

    >>> from payrisk.calendar import day_of, iso
    >>> [iso(month_before(day_of(d))) for d in ("2025-03-31", "2025-02-28", "2025-03-15")]
    ['2025-02-28', '2025-01-31', '2025-02-15']
    """
    date = np.int64(evening).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    first_before = (month - 1).astype("datetime64[D]").astype(np.int64)
    last_before = int(month.astype("datetime64[D]").astype(np.int64)) - 1
    if int(month_end(evening)) == evening:
        return last_before
    day = evening - last_before
    return int(min(first_before + day - 1, last_before))


def month_evenings(evening: int, n: int) -> list[int]:
    """The evening and the `n` before it, a calendar month apart, newest first."""
    days = [evening]
    is_last = int(month_end(evening)) == evening
    month = np.int64(evening).astype("datetime64[D]").astype("datetime64[M]")
    start = int(month.astype("datetime64[D]").astype(np.int64))
    for back in range(1, n + 1):
        first = int((month - back).astype("datetime64[D]").astype(np.int64))
        last = int(month_end(first))
        days.append(last if is_last else min(first + evening - start, last))
    return days


def _month(days: Days) -> Ints:
    return (
        np.asarray(days, dtype=np.int64)
        .astype("datetime64[D]")
        .astype("datetime64[M]")
        .astype(np.int64)
    )
