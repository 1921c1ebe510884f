"""When each invoice was due and whether it was sold, as known from each evening on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.ledger.books.position import extend_due_dates, sale_day
from payrisk.ledger.facts.arrays import EventArrays
from payrisk.ledger.facts.segments import (
    cut_by_pair_count,
    expand_spans,
    pack_row_day,
    unpack_row_day,
)
from payrisk.ledger.timeline.bitemporal import BitemporalFacts, DatedEvents, take_rows
from payrisk.ledger.timeline.movements import MOST_PAIRS


@dataclass(frozen=True)
class DueDates:
    """(k,) by (invoice, since): versions of invoices, due and sold so from the evening `since`."""

    invoice: Ints
    since: Ints
    due_on: Ints
    sold_on: Ints


@dataclass(frozen=True)
class _EventSpans:
    """Events of a kind and the steps, from `first` to before `stop`, at which each is seen."""

    events: EventArrays
    first: Ints
    stop: Ints

    def at_steps(self, cut: tuple[int, int]) -> EventArrays:
        """An event for each step of the cut at which it is seen, the step as its row."""
        item, step = expand_spans(np.clip(self.first, *cut), np.clip(self.stop, *cut))
        return replace(take_rows(self.events, item), row=step - cut[0])


def due_dates(facts: BitemporalFacts, who: Ints, since: Ints, until: Ints) -> DueDates:
    """Due days and sales of the versions `who`, each known on evenings `since` to before `until`.

    since, until: of every version.
    """
    names = ("due_date_change:invoice", "sold:invoice", "reversal:invoice")
    of_version = {
        name: _of_versions(facts, facts.events[name], since, until)
        for name in names
        if name in facts.events
    }
    keys = [pack_row_day(who, since[who])]
    for event in of_version.values():
        keys.append(pack_row_day(event.events.row, event.since))
        goes = event.until < until[event.events.row]
        keys.append(pack_row_day(event.events.row[goes], event.until[goes]))
    steps = np.unique(np.concatenate(keys))
    version, start = unpack_row_day(steps)
    spans = {
        name: _EventSpans(
            event.events,
            np.searchsorted(steps, pack_row_day(event.events.row, event.since)),
            np.searchsorted(steps, pack_row_day(event.events.row, event.until)),
        )
        for name, event in of_version.items()
    }
    due, sold = facts.invoices.due_on[version], np.full(len(steps), NEVER)
    if spans:
        first = np.concatenate([span.first for span in spans.values()])
        stop = np.concatenate([span.stop for span in spans.values()])
        for cut in cut_by_pair_count(first, stop, len(steps), MOST_PAIRS):
            at_step = {name: span.at_steps(cut) for name, span in spans.items()}
            portion = slice(*cut)
            due[portion] = _due(due[portion], at_step.get(names[0]))
            sold[portion] = _sold(cut[1] - cut[0], at_step.get(names[1]), at_step.get(names[2]))
    return DueDates(version, start, due, sold)


def _of_versions(
    facts: BitemporalFacts, event: DatedEvents, since: Ints, until: Ints
) -> DatedEvents:
    """The events, repeated for every version of their invoice while that version holds."""
    item, version, start, stop = facts.invoice.overlaps(event.events.row, event.since, event.until)
    start, stop = np.maximum(start, since[version]), np.minimum(stop, until[version])
    real = start < stop
    events = replace(take_rows(event.events, item[real]), row=version[real])
    return DatedEvents(events, start[real], stop[real])


def _due(due: Ints, event: EventArrays | None) -> Ints:
    return due if event is None else extend_due_dates(due, event, np.arange(len(event.row)))


def _sold(n: int, sold: EventArrays | None, back: EventArrays | None) -> Ints:
    last = [np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)]
    for day, event in zip(last, (sold, back), strict=True):
        if event is not None:
            np.maximum.at(day, event.row, event.happened_on)
    return sale_day(*last)
