"""How each invoice ran down day by day, and the day it counted as settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.arrays import LOSS, OTHER, PAYMENT, RECOVERY, InvoiceArrays
from payrisk.ledger.facts.segments import (
    first_rows,
    pack_row_day,
    running_max,
    running_sum,
    segment_ends,
    segment_starts,
)

BY_NOTHING, BY_CASH, WITHOUT_CASH, BY_LOSS = range(4)
CLOSED_BY = np.array([None, "cash", "without_cash", "loss"], dtype=object)


@dataclass(frozen=True)
class DailyStates:
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


@dataclass(frozen=True)
class Movements:
    """(k,) single movements: invoice row, day, recorded day, cents and what they are made of."""

    invoice: Ints
    day: Ints
    recorded_on: Ints
    amount: Ints
    nature: Ints
    is_withholding: Flags

    def take(self, rows: Ints | Flags) -> Movements:
        """Some of them, in the order asked for."""
        return Movements(
            self.invoice[rows],
            self.day[rows],
            self.recorded_on[rows],
            self.amount[rows],
            self.nature[rows],
            self.is_withholding[rows],
        )

    def sorted_rows(self) -> Ints:
        """Their rows by (invoice, day)."""
        return np.argsort(pack_row_day(self.invoice, self.day))


def daily_states(moves: Movements) -> DailyStates:
    """Daily states from single movements in order.

    All that moved on one invoice on one day is one state.
    """
    invoice, day, recorded = moves.invoice, moves.day, moves.recorded_on
    amount, nature, withheld = moves.amount, moves.nature, moves.is_withholding
    starts_of_day = np.flatnonzero(segment_starts(invoice) | segment_starts(day))
    inv, when = invoice[starts_of_day], day[starts_of_day]
    starts = segment_starts(inv)

    def sums(mask: Flags) -> Ints:
        return running_sum(np.add.reduceat(np.where(mask, amount, 0), starts_of_day), starts)

    if not len(starts_of_day):
        return DailyStates(*[np.zeros(0, dtype=np.int64)] * 10)
    cash, other = sums(nature == PAYMENT), sums(nature == OTHER)
    written, back = sums(nature == LOSS), sums(nature == RECOVERY)
    overlap = _recovered(inv, written, back)
    has_cash = (
        np.add.reduceat((nature == PAYMENT) & (amount > 0), starts_of_day, dtype=np.int64) > 0
    )
    last_cash = running_max(np.where(has_cash, when, -NEVER), starts)
    recorded_by_then = running_max(np.maximum.reduceat(recorded, starts_of_day), starts)
    return DailyStates(
        inv,
        when,
        recorded_by_then,
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


@dataclass(frozen=True)
class Closings:
    """(k,) day settled, by what, and the day the closing was recorded; NEVER while open."""

    settled_on: Ints
    closed_by: Ints
    recorded_on: Ints


def closings_without_movements(inv: InvoiceArrays) -> Closings:
    """(n,) how invoices stand that nothing has moved yet: what is tolerated whole is settled."""
    is_nothing = inv.amount <= inv.tolerated
    return Closings(
        np.where(is_nothing, inv.issued_on, NEVER),
        np.where(is_nothing, WITHOUT_CASH, BY_NOTHING),
        np.where(is_nothing, inv.recorded_on, NEVER),
    )


def _is_settled(inv: InvoiceArrays, states: DailyStates) -> Flags:
    row = states.invoice
    allowed = inv.tolerated[row]
    has_paid = (states.last_cash_on > -NEVER) & (states.cash > 0)
    early = states.last_cash_on <= inv.discount_until[row]
    allowed = allowed + np.where(has_paid & early, inv.discount[row], 0)
    short = np.maximum(inv.withholding[row] - states.withholding, 0)
    allowed = allowed + np.where(states.cash > 0, short, 0)
    return np.asarray(inv.amount[row] - states.reduction <= allowed)


def closings(inv: InvoiceArrays, states: DailyStates, rows: Ints) -> Closings:
    """(k,) what stands at the end of the state rows asked for; states to come change nothing."""
    is_settled = _is_settled(inv, states)
    first = first_rows(segment_starts(states.invoice))
    place = np.arange(len(first))
    # first state after the last unsettled one: only that closing still stands
    after = np.maximum.accumulate(np.where(is_settled, first, place + 1))
    after = np.maximum(after, first)
    done = is_settled[rows]
    closing, who = np.where(done, after[rows], rows), states.invoice[rows]
    heard = np.maximum(states.recorded_on[closing], inv.recorded_on[who])
    cash = states.cash[closing] + states.withholding[closing]
    others = states.other[closing] - states.withholding[closing]
    kind = np.where(cash >= others, BY_CASH, WITHOUT_CASH)
    kind = np.where(states.loss[closing] > inv.tolerated[who], BY_LOSS, kind)
    return Closings(
        np.where(done, states.day[closing], NEVER),
        np.where(done, kind, BY_NOTHING),
        np.where(done, heard, NEVER),
    )


def final_closings(inv: InvoiceArrays, states: DailyStates) -> Closings:
    """(n,) how each invoice stands after all its states."""
    out, last = closings_without_movements(inv), np.flatnonzero(segment_ends(states.invoice))
    who, now = states.invoice[last], closings(inv, states, last)
    out.settled_on[who] = now.settled_on
    out.closed_by[who] = now.closed_by
    out.recorded_on[who] = now.recorded_on
    return out
