"""Days late in bins, and which invoices were still unpaid when each bin began."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER, weekday
from payrisk.features.streams.facts import LedgerFacts, merge_unchanged
from payrisk.features.streams.items import ItemColumns, Items

STARTS = np.array(
    [-3660, -60, -30, -20, -14, -10, -7, -5, -3, -2, -1,
     0, 1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 45, 60, 90],
    dtype=np.int64,
)  # fmt: skip
"""First days late of each bin; days near the due date stand alone."""
N_BINS = len(STARTS)
WIDTHS: Floats = np.append(np.diff(STARTS), 60).astype(np.float64)
"""Days of each bin; the last one has no end and counts as 60."""


def bin_of(days_late: Ints) -> Ints:
    """(n,) bin of each number of days late."""
    return np.maximum(np.searchsorted(STARTS, days_late, side="right") - 1, 0)


def reached_bins(facts: LedgerFacts) -> Items:
    """An invoice in each bin it was still unpaid in, from the day that was known.

    A bin counts if the invoice was issued before its end and not yet closed or sold before its
    first day. Items are by bin, then invoice.
    """
    t = facts.readings
    left_on = np.minimum(t.settled_on, t.sold_on)
    is_open = left_on == NEVER
    last = np.where(is_open, NEVER, left_on - t.due_on)
    first = t.issued_on - t.due_on
    due_weekday = weekday(t.due_on)
    columns: list[tuple[Ints, ...]] = []
    for lag_bin, start in enumerate(STARTS):
        end = STARTS[lag_bin + 1] if lag_bin + 1 < N_BINS else NEVER
        since = np.where(is_open, np.maximum(t.since, t.due_on + start - 1), t.since)
        keep = np.flatnonzero((last >= start) & (first < end) & (since < t.until))
        bins = np.full(len(keep), lag_bin, dtype=np.int64)
        items = Items(
            t.customer[keep],
            np.zeros(len(keep), dtype=np.int64),
            since[keep],
            t.until[keep],
            ItemColumns({"bin": bins, "due_weekday": due_weekday[keep]}),
        )
        items = merge_unchanged(t.invoice[keep], items)
        values = items.values
        columns.append(
            (
                items.entity,
                items.day,
                items.since,
                items.until,
                values["bin"],
                values["due_weekday"],
            )
        )
    entity, day, begins, until, bins, weekdays = (
        np.concatenate(column) for column in zip(*columns, strict=True)
    )
    return Items(entity, day, begins, until, ItemColumns({"bin": bins, "due_weekday": weekdays}))
