"""Timeline: every invoice as it read on every morning, one row for each time it read otherwise."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.arrays import InvoiceArrays, LedgerArrays
from payrisk.ledger.facts.rules import SettleRules
from payrisk.ledger.facts.segments import pack_row_day, segment_ends, unpack_row_day
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.timeline.bitemporal import BitemporalFacts, bitemporal_facts, take_rows
from payrisk.ledger.timeline.due_dates import due_dates
from payrisk.ledger.timeline.movements import DatedMovements, dated_movements
from payrisk.ledger.timeline.run_down import (
    invoice_states,
    invoice_states_within,
    is_recorded_in_order,
)

BLOCK = 1 << 15
"""So many invoices are told at a time."""


@dataclass(frozen=True)
class Timeline:
    """`Books.invoices()` of every morning, run-length encoded: (k,) each, by (invoice, since).

    Row i of the invoice table reads so on every morning t with `since` < t <= `until`; NEVER = to
    this day. Rows of one invoice touch, unless it stops existing for a while. `customer` is a row
    of the customer table, aliases not followed; the rest as in `Books.invoices`, absent days
    NEVER, `closed_by` a code of `settling`.
    """

    invoice: Ints
    since: Ints
    until: Ints
    customer: Ints
    issued_on: Ints
    due_on: Ints
    amount: Ints
    residual: Ints
    settled_on: Ints
    closed_by: Ints
    closing_recorded_on: Ints
    sold_on: Ints

    def rows_on(self, morning: int) -> Ints:
        """Rows that read so on that morning, by invoice."""
        return np.flatnonzero((self.since < morning) & (morning <= self.until))

    def take(self, rows: Ints | Flags | slice) -> Timeline:
        """Some of the rows."""
        return Timeline(*(getattr(self, f.name)[rows] for f in fields(self)))


def timeline(tables: Tables, arrays: LedgerArrays, rules: SettleRules) -> Timeline:
    """The timeline of the ledger with these tables, resolved as `arrays`."""
    return timeline_of(bitemporal_facts(tables, arrays, rules))


def timeline_of(facts: BitemporalFacts, *, all_anew: bool = False) -> Timeline:
    """The timeline of what was known.

    Most invoices are moved and heard of in one order: one run down tells all their states. The
    others are run down anew whenever what is known of them does not merely grow at its end;
    `all_anew` takes every invoice so, which says the same more slowly.
    """
    movements, since = dated_movements(facts), np.maximum(facts.invoice_known, facts.invoice.since)
    order = movements.moves.sorted_rows()
    plain = is_recorded_in_order(movements, order, len(since)) & (facts.invoice.until == NEVER)
    plain[len(facts.invoice.first) :] = False
    for name, event in facts.events.items():
        if name.endswith(":invoice"):
            plain[event.events.row] = False
    if all_anew:
        plain[:] = False
    easily = plain[movements.moves.invoice]
    who = np.flatnonzero(~plain & (since < facts.invoice.until))
    rest = _rows_anew(facts, movements.take(np.flatnonzero(~easily)), who, since)
    born = np.where(plain, since, NEVER)[: len(facts.invoice.first)]
    return _together(facts, movements, order[easily[order]], born, rest)


def _together(
    facts: BitemporalFacts, movements: DatedMovements, order: Ints, born: Ints, rest: Timeline
) -> Timeline:
    """The invoices run down once, by rows `order` of what moved them, and those of `rest`.

    Block by block, so that only the result takes much memory.
    """
    most = int(np.count_nonzero(born < NEVER)) + len(order) + len(rest.invoice)
    out = Timeline(*(np.empty(most, dtype=np.int64) for _ in fields(Timeline)))
    cuts = np.append(np.arange(0, len(born), BLOCK), len(born))
    moved = np.append(
        0, np.cumsum(np.bincount(movements.moves.invoice[order], minlength=len(born)))
    )
    others, size = np.searchsorted(rest.invoice, cuts), 0
    for block_number, (low, high) in enumerate(pairwise(cuts.tolist())):
        block_moves = movements.take(order[moved[low] : moved[high]])
        block_moves = replace(
            block_moves, moves=replace(block_moves.moves, invoice=block_moves.moves.invoice - low)
        )
        easy = _easy_rows(take_rows(facts.invoices, slice(low, high)), born[low:high], block_moves)
        easy.invoice[:] += low
        block = _merged(easy, rest.take(slice(others[block_number], others[block_number + 1])))
        for f in fields(Timeline):
            getattr(out, f.name)[size : size + len(block.invoice)] = getattr(block, f.name)
        size += len(block.invoice)
    return out.take(slice(0, size))


def _easy_rows(inv: InvoiceArrays, born: Ints, movements: DatedMovements) -> Timeline:
    """Of invoices that one run down tells."""
    stand = invoice_states(inv, born, movements)
    row = stand.invoice
    ends = np.append(stand.since[1:], NEVER)[: len(row)]
    return Timeline(
        invoice=row,
        since=stand.since,
        until=np.where(segment_ends(row), NEVER, ends),
        customer=inv.customer[row],
        issued_on=inv.issued_on[row],
        due_on=inv.due_on[row],
        amount=inv.amount[row],
        residual=stand.residual,
        settled_on=stand.settled_on,
        closed_by=stand.closed_by,
        closing_recorded_on=stand.closing_recorded_on,
        sold_on=np.full(len(row), NEVER),
    )


def _rows_anew(
    facts: BitemporalFacts, movements: DatedMovements, who: Ints, since: Ints
) -> Timeline:
    """Of the versions `who`: how they stand, crossed with when they were due and sold."""
    inv, until = facts.invoices, facts.invoice.until
    stand = invoice_states_within(inv, movements, who, since[who], until[who])
    terms = due_dates(facts, who, since, until)
    state_keys = pack_row_day(stand.invoice, stand.since)
    due_keys = pack_row_day(terms.invoice, terms.since)
    keys = np.unique(np.concatenate([state_keys, due_keys]))
    version, start = unpack_row_day(keys)
    stand = stand.take(np.searchsorted(state_keys, keys, side="right") - 1)
    due_row = np.searchsorted(due_keys, keys, side="right") - 1
    ends = np.append(start[1:], NEVER)[: len(start)]
    sold_on = terms.sold_on[due_row]
    out = Timeline(
        invoice=facts.invoice.row[version],
        since=start,
        until=np.where(segment_ends(version), until[version], ends),
        customer=inv.customer[version],
        issued_on=inv.issued_on[version],
        due_on=terms.due_on[due_row],
        amount=inv.amount[version],
        residual=np.where(sold_on < NEVER, 0, stand.residual),
        settled_on=stand.settled_on,
        closed_by=stand.closed_by,
        closing_recorded_on=stand.closing_recorded_on,
        sold_on=sold_on,
    )
    return out.take(np.argsort(pack_row_day(out.invoice, out.since)))


def _merged(easy: Timeline, rest: Timeline) -> Timeline:
    """Both, where no invoice is in both, and a row that says what the one before said is none."""
    place = np.searchsorted(easy.invoice, rest.invoice) + np.arange(len(rest.invoice))
    is_easy = np.ones(len(easy.invoice) + len(rest.invoice), dtype=bool)
    is_easy[place] = False

    def column(name: str) -> Ints:
        out = np.empty(len(is_easy), dtype=np.int64)
        out[is_easy], out[place] = getattr(easy, name), getattr(rest, name)
        return out

    return _without_repeats(Timeline(*(column(f.name) for f in fields(Timeline))))


def _without_repeats(all_rows: Timeline) -> Timeline:
    columns = [f.name for f in fields(Timeline) if f.name not in ("since", "until")]
    same = all_rows.since[1:] == all_rows.until[:-1]
    for name in columns:
        column = getattr(all_rows, name)
        same &= column[1:] == column[:-1]
    if not same.any():
        return all_rows
    first = np.append(True, ~same)
    last = np.append(~same, True)
    return replace(all_rows.take(first), until=all_rows.until[last])
