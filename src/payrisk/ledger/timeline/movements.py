"""Dated movements: all that moved an invoice's balance, with the evenings on which it was known.

A payment of 100.00 that is allocated to an invoice is one movement, on the day of the payment or
of the invoice, whichever is later; it is known from the evening on which invoice, payment and
allocation had all been recorded.

Reversals (a returned debit, a bounced cheque) are the hard part, because what a reversal takes
back from an invoice hangs on everything known of the payment. It takes unapplied money first,
then allocations, the latest first. Say 60.00 of the 100.00 were allocated to A on day 3 and
30.00 to B on day 5, and 35.00 were returned on day 9: the reversal takes the 10.00 that lay
unapplied and 25.00 from B. On day 12 one hears that 10.00 had been allocated to C on day 4. Now
nothing lay unapplied, and the same reversal takes 30.00 from B and 5.00 from C. So B was given
back 25.00 as known from day 9 to 11, and 30.00 as known from day 12 on. Every reversed payment is
therefore worked out anew at each evening on which anything of it was heard, and what comes out
alike on evenings that follow each other is joined to one movement that lasts.

Nothing is estimated, but the order is an assumption: where a bank or an ERP takes back in
another, single invoices differ and the customer's total does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.books.reversals import apply_reversals, proportional_cents
from payrisk.ledger.books.settling import Movements
from payrisk.ledger.facts.arrays import AllocationArrays, EventArrays
from payrisk.ledger.facts.segments import (
    cut_by_pair_count,
    expand_spans,
    pack_row_day,
    unpack_row_day,
)
from payrisk.ledger.timeline.bitemporal import BitemporalFacts, DatedEvents, DatedLinks

MOST_PAIRS = 1_000_000
"""What is seen step by step is worked out in portions of about so many pairs."""


@dataclass(frozen=True)
class DatedMovements:
    """Movements on versions of invoices, known on evenings from `since` to before `until`."""

    moves: Movements
    since: Ints
    until: Ints

    def take(self, rows: Ints | Flags) -> DatedMovements:
        """Some of them, in the order asked for."""
        return DatedMovements(self.moves.take(rows), self.since[rows], self.until[rows])


@dataclass(frozen=True)
class _DatedReversals:
    """(k,) what reversals take back from a link, and when that was known."""

    link: Ints
    day: Ints
    recorded_on: Ints
    cents: Ints
    since: Ints
    until: Ints


def dated_movements(facts: BitemporalFacts) -> DatedMovements:
    """All that ever moved an invoice, by every version, reversals included, in no order."""
    links, inv, cred = facts.links, facts.invoices, facts.credits
    starts_on = np.maximum(cred.happened_on[links.credit], inv.issued_on[links.invoice])
    seen_on = np.maximum(links.recorded_on, cred.recorded_on[links.credit])
    seen_on = np.maximum(seen_on, inv.recorded_on[links.invoice])
    nature, withheld = cred.nature[links.credit], cred.is_withholding[links.credit]
    moves = Movements(links.invoice, starts_on, seen_on, links.amount, nature, withheld)
    out = DatedMovements(moves, links.since, links.until)
    event = facts.events.get("reversal:credit")
    if event is None:
        return out
    back = _dated_reversals(facts, event, starts_on, seen_on)
    cents = proportional_cents(back.cents, links.credit_amount[back.link], links.amount[back.link])
    of = moves.take(back.link)
    return DatedMovements(
        Movements(
            np.concatenate([moves.invoice, of.invoice]),
            np.concatenate([moves.day, back.day]),
            np.concatenate([moves.recorded_on, back.recorded_on]),
            np.concatenate([moves.amount, -cents]),
            np.concatenate([moves.nature, of.nature]),
            np.concatenate([moves.is_withholding, of.is_withholding]),
        ),
        np.concatenate([out.since, back.since]),
        np.concatenate([out.until, back.until]),
    )


def _dated_reversals(
    facts: BitemporalFacts, event: DatedEvents, starts_on: Ints, seen_on: Ints
) -> _DatedReversals:
    """What reversals take back: it changes with every fact heard of a reversed credit.

    So each reversed credit is read anew at each step of what is known of it.
    """
    credit = event.events.row
    hit = np.zeros(len(facts.credit.first), dtype=bool)
    hit[credit] = True
    reversed_links = np.flatnonzero(hit[facts.credit.row[facts.links.credit]])
    reversed_links = reversed_links[np.argsort(facts.links.row[reversed_links], kind="stable")]
    links = facts.links.take(reversed_links)
    payer = facts.credit.row[links.credit]
    steps = _steps(facts, event, payer, links)
    whose, day = unpack_row_day(steps)
    amount = facts.credits.amount[facts.credit.overlaps(whose, day, day + 1)[1]]
    starts = [np.searchsorted(steps, pack_row_day(payer, links.since))]
    starts.append(np.searchsorted(steps, pack_row_day(credit, event.since)))
    stops = [np.searchsorted(steps, pack_row_day(payer, links.until))]
    stops.append(np.searchsorted(steps, pack_row_day(credit, event.until)))
    portions_back = [
        _at_steps(facts, event.events, links, amount, starts, stops, cut)
        for cut in cut_by_pair_count(starts[0], stops[0], len(steps), MOST_PAIRS)
    ]
    link, step, on, heard, cents = np.concatenate(portions_back, axis=1)
    link = reversed_links[link]
    on, heard = np.maximum(on, starts_on[link]), np.maximum(heard, seen_on[link])
    return _merge_steps(np.stack([link, on, heard, cents]), step, whose, day)


def _steps(facts: BitemporalFacts, event: DatedEvents, payer: Ints, links: DatedLinks) -> Ints:
    """(credit, day) packed: when anything of a reversed credit changes, its first reversal on.

    A version of a credit begins with links of its own, so their days are enough.
    """
    credit = event.events.row
    first = np.full(len(facts.credit.first), NEVER)
    np.minimum.at(first, credit, event.since)
    keys = [
        pack_row_day(credit, event.since),
        pack_row_day(credit, event.until),
        pack_row_day(payer, links.since),
        pack_row_day(payer, links.until),
    ]
    steps = np.unique(np.concatenate(keys))
    row, day = unpack_row_day(steps)
    return steps[(day >= first[row]) & (day < NEVER)]


def _at_steps(
    facts: BitemporalFacts,
    reversals: EventArrays,
    links: DatedLinks,
    amount: Ints,
    starts: list[Ints],
    stops: list[Ints],
    cut: tuple[int, int],
) -> Ints:
    """(5, k) link, step, day, recorded day and cents of all taken back at the steps of a cut."""
    spans = [
        expand_spans(np.clip(a, *cut), np.clip(b, *cut))
        for a, b in zip(starts, stops, strict=True)
    ]
    (link, step), (event, now) = spans
    of = facts.invoice.row[links.invoice[link]]
    links_at_step = AllocationArrays(
        step - cut[0],
        of,
        links.amount[link],
        links.credit_amount[link],
        links.happened_on[link],
        links.recorded_on[link],
    )
    at_step = EventArrays(
        now - cut[0],
        reversals.happened_on[event],
        reversals.recorded_on[event],
        reversals.refers_on[event],
        reversals.amount[event],
        reversals.order[event],
        reversals.is_ours[event],
        reversals.place[event],
    )
    everything = np.arange(len(link)), np.arange(len(event))
    back = apply_reversals(
        amount[slice(*cut)], links_at_step, everything[0], at_step, everything[1]
    )
    undone = back.allocation
    return np.stack([link[undone], step[undone], back.day, back.recorded_on, back.cents])


def _merge_steps(what: Ints, step: Ints, whose: Ints, day: Ints) -> _DatedReversals:
    """The same taken back at one step after the other is one movement that lasts."""
    order = np.lexsort((step, *what))
    what, step = what[:, order], step[order]
    goes_on = np.all(what[:, 1:] == what[:, :-1], axis=0) & (step[1:] == step[:-1] + 1)
    begins = np.append(True, ~goes_on)[: len(step)]
    ends = np.append(~goes_on, True)[-len(step) :] if len(step) else begins
    is_last = np.append(whose[1:] != whose[:-1], True)[-len(whose) :]
    gone = np.where(is_last, NEVER, np.append(day[1:], NEVER)[: len(day)])
    link, on, heard, cents = what[:, begins]
    return _DatedReversals(link, on, heard, cents, day[step[begins]], gone[step[ends]])
