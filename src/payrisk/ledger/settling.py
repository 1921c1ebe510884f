"""How each invoice ran down day by day, and the day it counted as settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.calendar import NEVER
from payrisk.ledger.arrays import LOSS, OTHER, PAYMENT, RECOVERY, Flags, Ints, LedgerArrays
from payrisk.ledger.runs import first_of, running, running_max, segment_ends, segment_starts

BY_NOTHING, BY_CASH, WITHOUT_CASH, BY_LOSS = range(4)
CLOSED_BY = np.array([None, "cash", "without_cash", "loss"], dtype=object)


@dataclass(frozen=True)
class States:
    """Invoice by invoice, what had been applied at the end of each day something moved.

    Rows sorted by (invoice, day); amounts are running sums in cents. `reduction` is what the
    receivable shrank by: a recovery after a write-off shrinks nothing, it turns loss to cash.
    """

    invoice: Ints
    day: Ints
    recorded_on: Ints
    cash: Ints
    other: Ints
    withholding: Ints
    loss: Ints
    recovered: Ints
    reduction: Ints
    last_cash_on: Ints


def run_down(
    invoice: Ints, day: Ints, recorded: Ints, amount: Ints, nature: Ints, withheld: Flags
) -> States:
    """Daily states from single movements: (k,) invoice row, day, recorded day, cents, nature.

    Row order never matters: all that moved on one invoice on one day is one state.
    """
    order = np.lexsort((day, invoice))
    invoice, day, recorded, amount = invoice[order], day[order], recorded[order], amount[order]
    nature, withheld = nature[order], withheld[order]
    at = np.flatnonzero(segment_starts(invoice) | segment_starts(day))
    inv, when = invoice[at], day[at]
    starts = segment_starts(inv)

    def sums(mask: Flags) -> Ints:
        return running(np.add.reduceat(np.where(mask, amount, 0), at), starts)

    if not len(at):
        return States(*[np.zeros(0, dtype=np.int64)] * 10)
    cash, other = sums(nature == PAYMENT), sums(nature == OTHER)
    written, back = sums(nature == LOSS), sums(nature == RECOVERY)
    overlap = _recovered(inv, written, back)
    has_cash = np.add.reduceat((nature == PAYMENT) & (amount > 0), at, dtype=np.int64) > 0
    last_cash = running_max(np.where(has_cash, when, -NEVER), starts)
    known = running_max(np.maximum.reduceat(recorded, at), starts)
    return States(
        inv,
        when,
        known,
        cash + back,
        other,
        sums(withheld),
        written - overlap,
        overlap,
        cash + other + written + back - overlap,
        last_cash,
    )


def _recovered(invoice: Ints, written: Ints, back: Ints) -> Ints:
    """Running cents of recoveries that undo an earlier write-off, per state."""
    overlap = np.zeros(len(invoice), dtype=np.int64)
    if not back.any():
        return overlap
    whose = np.unique(invoice[back != 0])  # recovered: rare, so a loop may walk them
    first, end = np.searchsorted(invoice, whose), np.searchsorted(invoice, whose, side="right")
    for start, stop in zip(first, end, strict=True):
        here = slice(start, stop)
        free = np.minimum.accumulate(np.minimum(written[here] - back[here], 0))
        overlap[here] = back[here] + free
    return overlap


def settled(arrays: LedgerArrays, states: States) -> tuple[Ints, Ints, Ints]:
    """(n,) day settled, by what, and the day its closing was recorded; NEVER while open."""
    inv = arrays.invoices
    row = states.invoice
    lacking = inv.amount[row] - states.reduction
    allowed = inv.tolerated[row]
    has_paid = (states.last_cash_on > -NEVER) & (states.cash > 0)
    early = states.last_cash_on <= inv.discount_until[row]
    allowed = allowed + np.where(has_paid & early, inv.discount[row], 0)
    short = np.maximum(inv.withholding[row] - states.withholding, 0)
    allowed = allowed + np.where(states.cash > 0, short, 0)
    is_settled = lacking <= allowed

    settled_on = np.where(inv.amount <= inv.tolerated, inv.issued_on, NEVER)
    by = np.where(inv.amount <= inv.tolerated, WITHOUT_CASH, BY_NOTHING)
    recorded = np.where(inv.amount <= inv.tolerated, inv.recorded_on, NEVER)
    if not len(row):
        return settled_on, by, recorded
    starts = segment_starts(row)
    at = np.arange(len(row))
    first = first_of(starts)
    # first state after the last unsettled one: only that closing still stands
    after = np.maximum.accumulate(np.where(is_settled, first, at + 1))
    after = np.maximum(after, first)
    ends = segment_ends(row)
    last, closing = at[ends], after[ends]
    who = row[last]
    done = is_settled[last]
    closing = np.where(done, closing, last)
    settled_on[who] = np.where(done, states.day[closing], NEVER)
    recorded[who] = np.where(
        done, np.maximum(states.recorded_on[closing], inv.recorded_on[who]), NEVER
    )
    cash = states.cash[closing] + states.withholding[closing]
    others = states.other[closing] - states.withholding[closing]
    kind = np.where(cash >= others, BY_CASH, WITHOUT_CASH)
    kind = np.where(states.loss[closing] > inv.tolerated[who], BY_LOSS, kind)
    by[who] = np.where(done, kind, BY_NOTHING)
    return settled_on, by, recorded
