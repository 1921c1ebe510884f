"""Where every invoice and credit stands one evening, as known, interest for paying late too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.books.disputes import contested_cents
from payrisk.ledger.books.reversals import known_reversals, proportional_cents
from payrisk.ledger.books.settling import (
    BY_NOTHING,
    DailyStates,
    Movements,
    daily_states,
    final_closings,
)
from payrisk.ledger.facts.arrays import PAYMENT, EventArrays, LedgerArrays
from payrisk.ledger.facts.segments import running_sum, segment_ends, segment_starts


@dataclass(frozen=True)
class Position:
    """(n,) per invoice and (m,) per credit, in table order; absent days are NEVER.

    unapplied: what customers have to their credit. stranded: what write-offs and withholdings
    name no invoice for; it settles nothing, and no customer can use it.
    """

    is_issued: Flags
    due_on: Ints
    applied: Ints
    residual: Ints
    excess: Ints
    disputed: Ints
    excused: Ints
    settled_on: Ints
    closed_by: Ints
    closing_recorded_on: Ints
    sold_on: Ints
    is_credited: Flags
    reversed: Ints
    unapplied: Ints
    stranded: Ints
    interest: Ints
    credit_used: Ints
    recovered: Ints
    states: DailyStates


def extend_due_dates(due: Ints, event: EventArrays, rows: Ints) -> Ints:
    """Due days with every extension in `rows` recorded before the due day then in force."""
    due = due.copy()
    rows = rows[event.refers_on[rows] != NEVER]
    rows = rows[
        np.lexsort(
            (event.order[rows], event.happened_on[rows], event.recorded_on[rows], event.row[rows])
        )
    ]
    starts = segment_starts(event.row[rows])
    rank = running_sum(np.ones(len(rows), dtype=np.int64), starts)
    for turn in range(1, int(rank.max(initial=0)) + 1):
        now = rows[rank == turn]
        in_time = event.recorded_on[now] < due[event.row[now]]
        due[event.row[now[in_time]]] = event.refers_on[now[in_time]]
    return due


def _due(arrays: LedgerArrays, known_before: int, evening: int) -> Ints:
    event = arrays.events.get("due_date_change:invoice")
    if event is None:
        return arrays.invoices.due_on
    return extend_due_dates(
        arrays.invoices.due_on, event, np.flatnonzero(event.known_by(known_before, evening))
    )


def _last_day(event: EventArrays | None, n: int, known_before: int, evening: int) -> Ints:
    """(n,) the last day this kind of event happened to each subject; −1 where none is known."""
    day = np.full(n, -1, dtype=np.int64)
    if event is not None:
        is_known = event.known_by(known_before, evening)
        np.maximum.at(day, event.row[is_known], event.happened_on[is_known])
    return day


def sale_day(sold: Ints, back: Ints) -> Ints:
    """Day of the sale that stands, by the last sale and the last buying back; −1 = none."""
    return np.where((sold >= 0) & (back < sold), sold, NEVER)


def _sold(arrays: LedgerArrays, n: int, known_before: int, evening: int) -> Ints:
    sold = _last_day(arrays.events.get("sold:invoice"), n, known_before, evening)
    back = _last_day(arrays.events.get("reversal:invoice"), n, known_before, evening)
    return sale_day(sold, back)


def _interest(
    arrays: LedgerArrays, links: Ints, free: Ints, late_rate: float, due: Ints, residual: Ints
) -> Ints:
    """(m,) part of each credit's excess that is interest agreed for paying late.

    Who leaves something owing on an invoice that the credit paid has paid no interest yet.
    """
    out = np.zeros(len(free), dtype=np.int64)
    if late_rate <= 0 or not len(links):
        return out
    a, c = arrays.allocations, arrays.credits
    paid = links[(c.nature[a.credit[links]] == PAYMENT)]
    late = np.maximum(c.happened_on[a.credit[paid]] - due[a.invoice[paid]], 0)
    most = np.floor(a.credit_amount[paid] * late * (late_rate / 365.0)).astype(np.int64)
    np.add.at(out, a.credit[paid], most)
    out[a.credit[links[residual[a.invoice[links]] > 0]]] = 0
    return np.minimum(out, np.maximum(free, 0))


def position(arrays: LedgerArrays, known_before: int, evening: int, late_rate: float) -> Position:
    """Where everything stands at the evening, by facts recorded before `known_before`.

    late_rate: the year's rate agreed, up to which the excess of a late payment is interest.
    """
    inv, cred, link = arrays.invoices, arrays.credits, arrays.allocations
    n = len(inv.amount)
    is_issued = (inv.recorded_on < known_before) & (inv.issued_on <= evening)
    is_credited = (cred.recorded_on < known_before) & (cred.happened_on <= evening)
    is_visible = (
        (link.recorded_on < known_before) & is_credited[link.credit] & is_issued[link.invoice]
    )
    back = known_reversals(arrays, is_visible, known_before, evening)

    links, undo = np.flatnonzero(is_visible), back.allocation
    starts_on = np.maximum(cred.happened_on[link.credit], inv.issued_on[link.invoice])
    seen_on = np.maximum(link.recorded_on, cred.recorded_on[link.credit])
    seen_on = np.maximum(seen_on, inv.recorded_on[link.invoice])
    cents = proportional_cents(back.cents, link.credit_amount[undo], link.amount[undo])
    both = np.concatenate([links, undo])
    moves = Movements(
        link.invoice[both],
        np.concatenate([starts_on[links], np.maximum(back.day, starts_on[undo])]),
        np.concatenate([seen_on[links], np.maximum(back.recorded_on, seen_on[undo])]),
        np.concatenate([link.amount[links], -cents]),
        cred.nature[link.credit[both]],
        cred.is_withholding[link.credit[both]],
    )
    states = daily_states(moves.take(moves.sorted_rows()))

    applied = np.zeros(n, dtype=np.int64)
    recovered = np.zeros(n, dtype=np.int64)
    ends = np.flatnonzero(segment_ends(states.invoice))
    applied[states.invoice[ends]] = states.reduction[ends]
    recovered[states.invoice[ends]] = states.recovered[ends]
    owed = np.where(is_issued, inv.amount - applied, 0)
    sold_on = np.where(is_issued, _sold(arrays, n, known_before, evening), NEVER)
    residual = np.maximum(owed, 0)
    closing = final_closings(inv, states)
    due = _due(arrays, known_before, evening)

    linked = np.zeros(len(cred.amount), dtype=np.int64)
    np.add.at(linked, link.credit[links], link.credit_amount[links])
    np.subtract.at(linked, link.credit[undo], back.cents)
    free = np.where(is_credited, cred.amount - back.by_credit * np.sign(cred.amount) - linked, 0)
    interest = _interest(arrays, links, free, late_rate, due, residual)
    contested = contested_cents(arrays, residual, due, known_before, evening)
    return Position(
        is_issued=is_issued,
        due_on=due,
        applied=applied,
        residual=residual,
        excess=np.maximum(-owed, 0),
        disputed=contested.disputed,
        excused=contested.excused,
        settled_on=np.where(is_issued, closing.settled_on, NEVER),
        closed_by=np.where(is_issued, closing.closed_by, BY_NOTHING),
        closing_recorded_on=np.where(is_issued, closing.recorded_on, NEVER),
        sold_on=sold_on,
        is_credited=is_credited,
        reversed=np.where(is_credited, back.by_credit, 0),
        unapplied=np.where(cred.is_deduction, 0, free - interest),
        stranded=np.where(cred.is_deduction, free, 0),
        interest=interest,
        credit_used=linked,
        recovered=recovered,
        states=states,
    )
