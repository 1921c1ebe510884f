"""Tables: where each day of neighbouring entities stands in a stream, looked up, not searched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Ints
from payrisk.features.streams.keys import DAY_BITS, EARLIEST_DAY

FURTHEST = 366
"""Days before the first morning that a table tells apart: more than any window."""
MOST_CELLS = 24
"""Cells a moment above which a table costs more than searching."""


@dataclass(frozen=True)
class DayIndex:
    """The days of the entities from `first` on, `width` each, that some moments can ask for.

    cell: (n,) that of each moment's morning.
    """

    first: int
    n: int
    day: int
    width: int
    cell: Ints

    @classmethod
    def of(cls, entity: Ints, mornings: Ints) -> DayIndex | None:
        """The days of moments sorted by entity; None where a table would not pay."""
        if not len(entity) or entity[0] < 0:
            return None
        first, day = int(entity[0]), int(mornings.min()) - FURTHEST
        n, width = int(entity[-1]) - first + 1, int(mornings.max()) - day + 1
        if n * width > MOST_CELLS * len(entity):
            return None
        return cls(first, n, day, width, (entity - first) * width + (mornings - day))

    def places(self, keys: Ints) -> Ints:
        """(n·width,) how many keys lie up to and with each day's end; the last day's are left out.

        What is known earlier than the first day stands on it.
        """
        begin, end = np.searchsorted(
            keys, (self.first << DAY_BITS, (self.first + self.n) << DAY_BITS)
        )
        piece = keys[begin:end]
        day = (piece & ((1 << DAY_BITS) - 1)) + (EARLIEST_DAY - self.day)
        cell = ((piece >> DAY_BITS) - self.first) * self.width
        cell += np.minimum(np.maximum(day, 0), self.width - 1)
        found = np.cumsum(np.bincount(cell, minlength=self.n * self.width))
        found += begin
        return found
