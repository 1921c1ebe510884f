"""What was left of each invoice, as known from each evening on which something new was heard."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.books.settling import closings, closings_without_movements, daily_states
from payrisk.ledger.facts.arrays import InvoiceArrays
from payrisk.ledger.facts.segments import (
    cut_by_pair_count,
    expand_spans,
    pack_row_day,
    running_max,
    segment_ends,
    segment_starts,
    unpack_row_day,
)
from payrisk.ledger.timeline.bitemporal import take_rows
from payrisk.ledger.timeline.movements import MOST_PAIRS, DatedMovements


@dataclass(frozen=True)
class InvoiceStates:
    """(k,) by (invoice, since): what is left of an invoice and how it was closed, from `since` on.

    A row holds until the invoice's next; the first of an invoice is at the evening it was born.
    """

    invoice: Ints
    since: Ints
    residual: Ints
    settled_on: Ints
    closed_by: Ints
    closing_recorded_on: Ints

    def take(self, rows: Ints | Flags) -> InvoiceStates:
        """Some of the rows."""
        return InvoiceStates(*(getattr(self, f.name)[rows] for f in fields(self)))


def is_recorded_in_order(movements: DatedMovements, order: Ints, n: int) -> Flags:
    """(n,) the invoices whose movements, `order`ed by (invoice, day), were heard in that order.

    Those of one day must be heard on one day, none ever forgotten. Then what was known at any
    time is what had happened up to some day, and one run down tells them all.
    """
    who, day, since = (
        a[order] for a in (movements.moves.invoice, movements.moves.day, movements.since)
    )
    same = who[1:] == who[:-1]
    odd = same & (since[1:] < since[:-1])
    odd |= same & (day[1:] == day[:-1]) & (since[1:] != since[:-1])
    out = np.ones(n, dtype=bool)
    out[who[1:][odd]] = False
    out[movements.moves.invoice[movements.until < NEVER]] = False
    return out


def invoice_states(inv: InvoiceArrays, born: Ints, movements: DatedMovements) -> InvoiceStates:
    """How each invoice stands from the evening it is `born` (NEVER = it is not).

    movements: sorted, and heard in the order in which they happened; what was heard before
    the birth counts from it.
    """
    moves = movements.moves
    states = daily_states(moves)
    starts_of_day = np.flatnonzero(segment_starts(moves.invoice) | segment_starts(moves.day))
    heard = (
        np.maximum.reduceat(movements.since, starts_of_day)
        if len(starts_of_day)
        else starts_of_day
    )
    since = np.maximum(running_max(heard, segment_starts(states.invoice)), born[states.invoice])
    rows = np.flatnonzero(segment_ends(states.invoice) | segment_ends(since))
    who, since = states.invoice[rows], since[rows]
    now, first = closings(inv, states, rows), closings_without_movements(inv)
    left = np.maximum(inv.amount[who] - states.reduction[rows], 0)

    starts = segment_starts(who)
    is_born = born < NEVER
    is_born[who[starts & (since <= born[who])]] = False
    count = np.bincount(who, minlength=len(born)) + is_born
    invoice = np.repeat(np.arange(len(born)), count)
    place = np.arange(len(rows)) + np.cumsum(is_born)[who]

    def column(before: Ints, after: Ints) -> Ints:
        out = before[invoice]
        out[place] = after
        return out

    return InvoiceStates(
        invoice,
        column(born, since),
        column(np.maximum(inv.amount, 0), left),
        column(first.settled_on, now.settled_on),
        column(first.closed_by, now.closed_by),
        column(first.recorded_on, now.recorded_on),
    )


def days_to_recompute(
    movements: DatedMovements, who: Ints, since: Ints, until: Ints
) -> tuple[Ints, Ints]:
    """(invoice, evening) when what is known must be run down anew, by (invoice, evening).

    That is when an invoice of `who` begins, when a movement is forgotten, and when one is heard
    that did not happen after all those heard before.
    """
    order = np.lexsort((movements.moves.day, movements.since, movements.moves.invoice))
    invoice, day, heard = (
        a[order] for a in (movements.moves.invoice, movements.moves.day, movements.since)
    )
    starts = segment_starts(invoice)
    latest = np.append(-NEVER, running_max(day, starts)[:-1])[: len(day)]
    late = ~starts & segment_starts(heard) & (day <= latest)
    forgotten = movements.until < NEVER
    keys = np.concatenate(
        [
            pack_row_day(who, since),
            pack_row_day(invoice[late], heard[late]),
            pack_row_day(movements.moves.invoice[forgotten], movements.until[forgotten]),
        ]
    )
    row, day = unpack_row_day(np.unique(keys))
    end = np.full(int(who.max(initial=-1)) + 1, NEVER)
    end[who] = until
    inside = day < end[row]
    return row[inside], day[inside]


def invoice_states_within(
    inv: InvoiceArrays, movements: DatedMovements, who: Ints, since: Ints, until: Ints
) -> InvoiceStates:
    """As `invoice_states`, of the invoices `who` as they exist from `since` to before `until`.

    movements: theirs, heard in any order, and forgotten. Each stretch of evenings over which
    they only grow is an invoice of its own.
    """
    row, start = days_to_recompute(movements, who, since, until)
    keys = pack_row_day(row, start)
    moved = movements.moves.invoice
    first = np.searchsorted(keys, pack_row_day(moved, movements.since), side="right") - 1
    stop = np.searchsorted(keys, pack_row_day(moved, movements.until))
    parts = []
    for cut in cut_by_pair_count(first, stop, len(keys), MOST_PAIRS):
        item, place = expand_spans(np.clip(first, *cut), np.clip(stop, *cut))
        part_moves = movements.take(item)
        part_moves = replace(part_moves, moves=replace(part_moves.moves, invoice=place - cut[0]))
        portion = slice(*cut)
        part = invoice_states(
            take_rows(inv, row[portion]),
            start[portion],
            part_moves.take(part_moves.moves.sorted_rows()),
        )
        parts.append(replace(part, invoice=row[portion][part.invoice]))
    return InvoiceStates(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(InvoiceStates))
    )
