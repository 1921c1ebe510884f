"""Disputes: which money is contested, by whom, and how long that keeps it from being overdue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.arrays import EventArrays, LedgerArrays
from payrisk.ledger.facts.rules import DISPUTE_DAYS

_SHIFT = 1 << 32  # days fit below it, row numbers go above
_WHOLE = 1 << 52  # more than any invoice; sums of it that overflow come back where they end


class ContestedCents(NamedTuple):
    """(n,) cents of each invoice that open disputes name, and those of them that excuse."""

    disputed: Ints
    excused: Ints


@dataclass(frozen=True)
class DisputeSteps:
    """(k,) by (invoice, day): by how many cents what is excused of an invoice changes that day."""

    invoice: Ints
    day: Ints
    cents: Ints

    def cents_at(self, invoice: Ints, day: Ints) -> Ints:
        """(m,) cents excused of each invoice at the evening of each day."""
        if not len(self.invoice):
            return np.zeros(len(invoice), dtype=np.int64)
        total = np.concatenate([[0], np.cumsum(self.cents)])
        key = self.invoice * _SHIFT + self.day
        stop = np.searchsorted(key, invoice * _SHIFT + day, side="right")
        start = np.searchsorted(self.invoice, invoice, side="left")
        return np.asarray(total[np.maximum(stop, start)] - total[start])


def contested_cents(
    arrays: LedgerArrays,
    residual: Ints,
    due_on: Ints,
    known_before: int,
    evening: int,
    days: int | None = DISPUTE_DAYS,
) -> ContestedCents:
    """What is contested of each invoice's residual (docs/design.md, 'Disputes').

    A dispute that names no amount names no money. due_on: with honoured extensions. days: as
    `DefaultRule.dispute_days`.
    """
    disputed = np.zeros(len(residual), dtype=np.int64)
    excused = np.zeros(len(residual), dtype=np.int64)
    opened = arrays.events.get("dispute_opened:invoice")
    if opened is not None:
        known = np.flatnonzero(opened.known_by(known_before, evening))
        ends = _closed_on(arrays, opened, known, known_before, evening)
        live = known[ends > evening]
        named = live[opened.amount[live] > 0]
        np.add.at(disputed, opened.row[named], opened.amount[named])
        cents = _excused_cents(opened, live, due_on, days)
        is_young = True if days is None else evening - opened.happened_on[live] <= days
        np.add.at(excused, opened.row[live], np.where(is_young, cents, 0))
    return ContestedCents(np.minimum(disputed, residual), np.minimum(excused, residual))


def dispute_steps(
    arrays: LedgerArrays,
    due_on: Ints,
    known_before: int,
    evening: int,
    days: int | None = DISPUTE_DAYS,
) -> DisputeSteps:
    """When disputes known began and ceased to excuse, up to any day."""
    opened = arrays.events.get("dispute_opened:invoice")
    if opened is None:
        return DisputeSteps(*[np.zeros(0, dtype=np.int64)] * 3)
    known = np.flatnonzero(opened.known_by(known_before, evening))
    ends = _closed_on(arrays, opened, known, known_before, evening)
    starts, cents = opened.happened_on[known], _excused_cents(opened, known, due_on, days)
    if days is not None:
        ends = np.minimum(ends, starts + days + 1)
    row = np.concatenate([opened.row[known]] * 2)
    day, change = np.concatenate([starts, ends]), np.concatenate([cents, -cents])
    order = np.lexsort((day, row))
    return DisputeSteps(row[order], day[order], change[order])


def _excused_cents(opened: EventArrays, rows: Ints, due_on: Ints, days: int | None) -> Ints:
    """(rows,) cents that each dispute excuses while it is young and open.

    None that one of us opened after the due day. days None: as the first releases read them.
    """
    if days is None:
        return np.where(opened.amount[rows] < 0, _WHOLE, opened.amount[rows])
    is_late = opened.happened_on[rows] > due_on[opened.row[rows]]
    return np.where(opened.is_ours[rows] & is_late, 0, np.maximum(opened.amount[rows], 0))


def _closed_on(
    arrays: LedgerArrays, opened: EventArrays, rows: Ints, known_before: int, evening: int
) -> Ints:
    """The day each dispute was closed: the next closing of its invoice, of its own day too."""
    closed = arrays.events.get("dispute_closed:invoice")
    if closed is None:
        return np.full(len(rows), NEVER)
    is_known = closed.known_by(known_before, evening)
    row, day = closed.row[is_known], closed.happened_on[is_known]
    order = np.lexsort((day, row))
    row, day = np.append(row[order], NEVER), np.append(day[order], NEVER)
    key = row[:-1] * _SHIFT + day[:-1]
    place = np.searchsorted(key, opened.row[rows] * _SHIFT + opened.happened_on[rows])
    return np.where(row[place] == opened.row[rows], day[place], NEVER)
