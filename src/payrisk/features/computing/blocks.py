"""Blocks: moments in the order of the streams, so many at a time that the cache holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from payrisk.arrays import Ints
from payrisk.features.catalogue.terms import Argument
from payrisk.features.computing.batch import MomentBatch, placed
from payrisk.features.streams.day_index import FURTHEST, DayIndex
from payrisk.features.streams.latest import NOTHING
from payrisk.features.streams.prefix_sums import Stream
from payrisk.features.streams.stock_minimum import MOST

BLOCK = 32_768
"""Moments worked out together."""
LAST = 20
"""How many items are looked back on."""

_BACK = np.arange(LAST)


def blocks(asked: MomentBatch, size: int = BLOCK) -> Iterator[MomentBlock]:
    """All moments, a block at a time."""
    for begin in range(0, len(asked), size):
        yield MomentBlock(asked, slice(begin, min(begin + size, len(asked))))


class MomentBlock:
    """Some of the moments asked for, next to each other in the order of the streams."""

    def __init__(self, asked: MomentBatch, rows: slice) -> None:
        """Look at a slice of the moments."""
        self.asked, self.rows = asked, rows
        self.mornings = asked.as_of[rows]
        self._key = asked.key("customer", rows)
        self._days = DayIndex.of(asked.account[rows], self.mornings)
        self._tables: dict[tuple[str, int | str], Ints] = {}
        self._places: dict[tuple[str, int | str, int | None], Ints] = {}
        self._looks: dict[tuple[str, int], Ints] = {}
        self._looked: dict[tuple[str, str], tuple[Ints, Ints]] = {}
        self._sorted: dict[tuple[str, str], Ints] = {}

    @property
    def order(self) -> Ints | slice:
        """(n,) which of the moments asked for each row is."""
        return self.rows if self.asked.is_in_order else self.asked.order[self.rows]

    def entity(self, level: str) -> Ints:
        """(n,) whom each moment is of."""
        return self.asked.entity(level)[self.rows]

    def _place(self, name: str, level: str, kind: int | str, back: int | None) -> Ints:
        """(n,) how many increments of a stream, in one of its orders, lie before a morning.

        The morning is `back` days ago; None is before all that is the entity's.
        """
        if level != "customer":
            return self.asked.places(name, level, kind, back)[self.rows]
        asked = (name, kind, back)
        if asked not in self._places:
            stream = self.asked.known.stream(name, level)
            if back is None:
                self._places[asked] = stream.begins(kind, self.entity(level))
            else:
                self._places[asked] = self._search(name, kind, stream.keys(kind), back)
        return self._places[asked]

    def _search(self, name: str, kind: int | str, keys: Ints, back: int) -> Ints:
        if self._days is not None and back < FURTHEST and 2 * len(keys) > len(self.asked):
            if (name, kind) not in self._tables:
                self._tables[name, kind] = self._days.places(keys)
            return self._tables[name, kind][self._days.cell - (back + 1)]
        key = self._key - back
        # moments are neighbours in the stream too: only a piece of it is searched
        low, high = np.searchsorted(keys, (key[0], key[-1]))
        return np.asarray(low + placed(keys[low:high], key))

    def total(self, name: str, level: str, field: str, window: int | None) -> Ints:
        """(n,) sum of a field over a window."""
        stream: Stream = self.asked.known.stream(name, level)
        return stream.total(
            field,
            [
                (sign, kind, self._place(name, level, kind, back))
                for sign, kind, back in stream.window(window)
            ],
        )

    def look_back(self, name: str, n: int) -> Ints:
        """(moments, n) places of the latest items."""
        if (name, n) not in self._looks:
            latest = self.asked.known.latest(name)
            self._looks[name, n] = latest.last(self.entity("customer"), self.mornings, n)
        return self._looks[name, n]

    def looked(self, name: str, field: str) -> tuple[Ints, Ints]:
        """(moments, LAST) a field of the latest items, 0 beyond them; (moments,) how many."""
        if (name, field) not in self._looked:
            place = self.look_back(name, LAST)
            column = self.asked.known.latest(name).padded(field)
            self._looked[name, field] = column[place], (place != NOTHING).sum(axis=1)
        return self._looked[name, field]

    def read(self, op: str, of: tuple[Argument, ...], needs: list[Any]) -> Any:
        """The numbers of a term that is no arithmetic, see `expressions`."""
        return getattr(self, f"_read_{op}")(*of, *needs)

    def _read_total(self, name: str, level: str, field: str, window: int | None) -> Ints:
        return self.total(name, level, field, window)

    def _read_own(self, name: str) -> Any:
        return self.asked.own[name][self.rows]

    def _read_attribute(self, name: str) -> Any:
        membership, numbers = self.asked.known.number(name)
        at = membership.at(self.asked.customer[self.rows], self.mornings)
        return np.append(numbers, np.nan)[at]

    def _read_calendar(self, what: str, day: Any) -> Any:
        return self.asked.known.opening.facts(what, day, self.asked.country[self.rows])

    def _read_day_of(self, which: str, name: str) -> Any:
        latest = self.asked.known.latest(name)
        if which == "last":
            place = self.look_back(name, 1)[:, 0]
        else:
            place = latest.first(self.entity("customer"), self.mornings)
        return np.where(place == NOTHING, np.nan, latest.padded("day")[place])

    def _read_least(self, name: str, level: str, field: str) -> Any:
        found = self.asked.least(name, level, field)[self.rows]
        return np.where(found == MOST, np.nan, found)

    def _read_recent(self, name: str, field: str, how: str, n: int) -> Any:
        values, count = self.looked(name, field)
        if how == "mean":
            return values[:, :n].sum(axis=1) / np.minimum(count, n)
        if n != LAST:
            raise NotImplementedError(f"quantiles are of the last {LAST}")
        if (name, field) not in self._sorted:
            there = np.where(count[:, None] > _BACK, values, MOST)
            there.sort(axis=1)
            self._sorted[name, field] = there
        ordered = self._sorted[name, field]
        at = (count - 1) * (int(how[1:]) / 100)
        below = np.maximum(np.floor(at), 0).astype(np.int64)
        over = np.minimum(below + 1, np.maximum(count - 1, 0))
        row = np.arange(len(count))
        low, high = ordered[row, below], ordered[row, over]
        return np.where(count > 0, low + (high - low) * (at - below), np.nan)
