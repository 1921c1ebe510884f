"""Returned payments: what a reversal takes back from a credit and from the invoices it paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.ledger.arrays import Flags, Ints, LedgerArrays
from payrisk.ledger.runs import running, segment_starts


@dataclass(frozen=True)
class Returned:
    """Cents taken back per credit, and each allocation undone with its two days.

    by_credit: (credits,). allocation, day, recorded_on, cents: (k,), in the credit's currency.
    """

    by_credit: Ints
    allocation: Ints
    day: Ints
    recorded_on: Ints
    cents: Ints


def undone(arrays: LedgerArrays, ok: Flags, known: int, evening: int) -> Returned:
    """What reversals recorded before `known` have taken back by the `evening`.

    A reversal takes first what of the credit lies unapplied, then its allocations, latest first.
    ok: (allocations,) which of them are visible.
    """
    total = np.zeros(len(arrays.credits.amount), dtype=np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    event = arrays.events.get("reversal:credit")
    if event is None:
        return Returned(total, nothing, nothing, nothing, nothing)
    seen = event.seen(known, evening)
    seen &= arrays.credits.recorded_on[event.row] < known
    rows = np.flatnonzero(seen)
    if not len(rows):
        return Returned(total, nothing, nothing, nothing, nothing)
    rows = rows[np.lexsort((event.order[rows], event.happened_on[rows], event.row[rows]))]
    credit = event.row[rows]
    whole = arrays.credits.amount[credit]
    asked = np.where(event.amount[rows] < 0, np.abs(whole), event.amount[rows])
    upto = np.minimum(running(asked, segment_starts(credit)), np.abs(whole))
    since = np.maximum(upto - asked, 0)
    since = np.minimum(since, upto)
    np.add.at(total, credit, upto - since)

    links = arrays.allocations
    used = np.flatnonzero(ok & np.isin(links.credit, credit))
    used = used[np.lexsort((links.invoice[used], -links.happened_on[used], links.credit[used]))]
    linked = np.zeros(len(total), dtype=np.int64)
    np.add.at(linked, links.credit[used], links.credit_amount[used])
    free = arrays.credits.amount - linked
    payer = links.credit[used]
    end = free[payer] + running(links.credit_amount[used], segment_starts(payer))
    begin = end - links.credit_amount[used]
    # every (reversal, allocation) pair of one credit: allocations of a credit are contiguous
    first = np.searchsorted(payer, credit, side="left")
    count = np.searchsorted(payer, credit, side="right") - first
    pair = np.repeat(np.arange(len(rows)), count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    which = first[pair] + nth
    taken = np.minimum(upto[pair], end[which]) - np.maximum(since[pair], begin[which])
    real = taken > 0
    pair, which, taken = pair[real], which[real], taken[real]
    return Returned(
        total,
        used[which],
        event.happened_on[rows][pair],
        event.recorded_on[rows][pair],
        taken,
    )
