"""Where each day of neighbouring entities stands in a stream, looked up instead of searched."""

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
    """A grid of n entities from `first` on by `width` days from `day` on: all that moments need.

    A search in a stream costs a logarithm a moment; where moments are close together, counting
    the increments of every cell of the grid once and reading each moment's place is faster.
    cell: (moments,) the cell of each moment's morning, row by row of the grid.
    """

    first: int
    n: int
    day: int
    width: int
    cell: Ints

    @classmethod
    def of(cls, entity: Ints, mornings: Ints) -> DayIndex | None:
        """The grid of moments sorted by entity; None where it would not pay."""
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
        places = np.cumsum(np.bincount(cell, minlength=self.n * self.width))
        places += begin
        return places
