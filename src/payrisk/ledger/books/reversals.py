"""Returned payments: what a reversal takes back from a credit and from the invoices it paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.ledger.facts.arrays import AllocationArrays, EventArrays, LedgerArrays
from payrisk.ledger.facts.segments import expand_spans, running_sum, segment_starts


@dataclass(frozen=True)
class Reversals:
    """Cents taken back per credit, and each allocation undone with its two days.

    by_credit: (credits,). allocation, day, recorded_on, cents: (k,), in the credit's currency.
    """

    by_credit: Ints
    allocation: Ints
    day: Ints
    recorded_on: Ints
    cents: Ints


def known_reversals(
    arrays: LedgerArrays, is_visible: Flags, known_before: int, evening: int
) -> Reversals:
    """What reversals recorded before `known_before` have taken back by the `evening`.

    A reversal takes first what of the credit lies unapplied, then its allocations, latest first.
    is_visible: (allocations,) those that are in force that evening.
    """
    links, event = arrays.allocations, arrays.events.get("reversal:credit")
    is_reversed = np.zeros(len(arrays.credits.amount), dtype=bool)
    if event is None:
        none = np.zeros(0, dtype=np.int64)
        return Reversals(np.zeros(len(is_reversed), dtype=np.int64), none, none, none, none)
    rows = np.flatnonzero(
        event.known_by(known_before, evening)
        & (arrays.credits.recorded_on[event.row] < known_before)
    )
    is_reversed[event.row[rows]] = True
    used = np.flatnonzero(is_visible & is_reversed[links.credit])
    return apply_reversals(arrays.credits.amount, links, used, event, rows)


def apply_reversals(
    amount: Ints, links: AllocationArrays, used: Ints, event: EventArrays, rows: Ints
) -> Reversals:
    """What the reversals `rows` take from credits of `amount` and their allocations `used`."""
    total = np.zeros(len(amount), dtype=np.int64)
    rows = rows[np.lexsort((event.order[rows], event.happened_on[rows], event.row[rows]))]
    credit = event.row[rows]
    whole = amount[credit]
    claimed = np.where(event.amount[rows] < 0, np.abs(whole), event.amount[rows])
    claimed_by_then = running_sum(claimed, segment_starts(credit))
    upto = np.minimum(claimed_by_then, np.abs(whole))
    since = np.minimum(claimed_by_then - claimed, upto)
    np.add.at(total, credit, upto - since)

    used = used[np.lexsort((links.invoice[used], -links.happened_on[used], links.credit[used]))]
    linked = np.zeros(len(total), dtype=np.int64)
    np.add.at(linked, links.credit[used], links.credit_amount[used])
    free = amount - linked
    payer = links.credit[used]
    end = free[payer] + running_sum(links.credit_amount[used], segment_starts(payer))
    begin = end - links.credit_amount[used]
    # every (reversal, allocation) pair of one credit: allocations of a credit are contiguous
    pair, which = expand_spans(
        np.searchsorted(payer, credit, side="left"), np.searchsorted(payer, credit, side="right")
    )
    taken = np.minimum(upto[pair], end[which]) - np.maximum(since[pair], begin[which])
    real = taken > 0
    pair, which, taken = pair[real], which[real], taken[real]
    return Reversals(
        total,
        used[which],
        event.happened_on[rows][pair],
        event.recorded_on[rows][pair],
        taken,
    )


def proportional_cents(part: Ints, of: Ints, to: Ints) -> Ints:
    """The same share of `to` as `part` is of `of`, in whole cents."""
    share = np.rint(part.astype(np.float64) * to / np.maximum(of, 1)).astype(np.int64)
    return np.where(of == to, part, share)
