"""Blocks: moments in the order of the streams, so many at a time that the cache holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from payrisk.arrays import Ints
from payrisk.features.catalogue.terms import Argument
from payrisk.features.computing.batch import FEW, MomentBatch, insertion_points
from payrisk.features.streams.day_index import FURTHEST, DayIndex
from payrisk.features.streams.latest import NOTHING
from payrisk.features.streams.prefix_sums import Kind, SpanEnd, Stream
from payrisk.features.streams.stock_minimum import MOST

BLOCK = 32_768
"""Moments worked out together."""
LAST = 20
"""How many items are looked back on."""

_BACK = np.arange(LAST)


class LatestValues(NamedTuple):
    """A field of the latest items: (moments, LAST) values, 0 beyond them; (moments,) how many."""

    values: Ints
    n_items: Ints


def split_blocks(batch: MomentBatch, size: int = BLOCK) -> Iterator[MomentBlock]:
    """All moments, a block at a time."""
    for begin in range(0, len(batch), size):
        yield MomentBlock(batch, slice(begin, min(begin + size, len(batch))))


class MomentBlock:
    """Some moments of a batch, next to each other in the order of the streams.

    It reads the terms of features for all its moments at once (`programs.FeatureTermReader`).
    """

    def __init__(self, batch: MomentBatch, rows: slice) -> None:
        """Look at a slice of the moments."""
        self.batch, self.rows = batch, rows
        self.mornings = batch.as_of[rows]
        self._key = batch.key("customer", rows)
        self._days = DayIndex.of(batch.account[rows], self.mornings)
        self._tables: dict[tuple[str, Kind], Ints] = {}
        self._places: dict[tuple[str, Kind, int | None], Ints] = {}
        self._spans: dict[tuple[str, str, int | None], list[SpanEnd]] = {}
        self._latest_places: dict[tuple[str, int], Ints] = {}
        self._latest_values: dict[tuple[str, str], LatestValues] = {}
        self._sorted: dict[tuple[str, str], Ints] = {}

    @property
    def order(self) -> Ints | slice:
        """(n,) which moment, as they were given, each row is."""
        return self.rows if self.batch.is_in_order else self.batch.order[self.rows]

    def entity(self, level: str) -> Ints:
        """(n,) whom each moment is of."""
        return self.batch.entity(level)[self.rows]

    def read(self, op: str, arguments: Mapping[str, Argument], operands: list[Any]) -> Any:
        """(n,) numbers of a term that is no arithmetic, see `catalogue.terms`."""
        return _READERS[op](self, *operands, **arguments)

    # -- a reader an operation -----------------------------------------------------------------

    def total(self, stream: str, level: str, field: str, window: int | None) -> Ints:
        """(n,) sum of a field over a window."""
        sums: Stream = self.batch.streams.stream(stream, level)
        key = (stream, level, window)
        if key not in self._spans:
            self._spans[key] = [
                SpanEnd(sign, kind, self._place(stream, level, kind, back))
                for sign, kind, back in sums.window(window)
            ]
        return sums.total(field, self._spans[key])

    def moment_value(self, name: str) -> Any:
        """(n,) a number of the moments themselves."""
        return self.batch.moment_values[name][self.rows]

    def attribute(self, name: str) -> Any:
        """(n,) the latest known value of a dated attribute; NaN where there is none."""
        membership, numbers = self.batch.streams.attribute_numbers(name)
        place = membership.groups_at(self.batch.customer[self.rows], self.mornings)
        return np.append(numbers, np.nan)[place]

    def calendar_fact(self, day: Any, *, fact: str) -> Any:
        """(n,) a fact of each day in the calendar that governs."""
        return self.batch.streams.calendars.day_facts(fact, day, self.batch.country[self.rows])

    def day_of_item(self, which: str, stream: str) -> Any:
        """(n,) the day of the first or last item; NaN where there is none."""
        latest = self.batch.streams.latest(stream)
        if which == "last":
            place = self.latest_places(stream, 1)[:, 0]
        else:
            place = latest.first(self.entity("customer"), self.mornings)
        return np.where(place == NOTHING, np.nan, latest.padded("day")[place])

    def stock_minimum(self, stream: str, level: str, field: str) -> Any:
        """(n,) least value of a field among a stock's items; NaN where there are none."""
        least = self.batch.stock_minimum(stream, level, field)[self.rows]
        return np.where(least == MOST, np.nan, least)

    def latest_statistic(self, stream: str, field: str, statistic: str, n: int) -> Any:
        """(n,) mean, or a quantile, of a field of the latest n items; NaN without any."""
        values, n_items = self.latest_values(stream, field)
        if statistic == "mean":
            return values[:, :n].sum(axis=1) / np.minimum(n_items, n)
        if n != LAST:
            raise NotImplementedError(f"quantiles are of the last {LAST}")
        if (stream, field) not in self._sorted:
            there = np.where(n_items[:, None] > _BACK, values, MOST)
            there.sort(axis=1)
            self._sorted[stream, field] = there
        ordered = self._sorted[stream, field]
        position = (n_items - 1) * (int(statistic[1:]) / 100)
        below = np.maximum(np.floor(position), 0).astype(np.int64)
        over = np.minimum(below + 1, np.maximum(n_items - 1, 0))
        row = np.arange(len(n_items))
        low, high = ordered[row, below], ordered[row, over]
        return np.where(n_items > 0, low + (high - low) * (position - below), np.nan)

    # -- where the moments stand in the streams ------------------------------------------------

    def latest_places(self, stream: str, n: int) -> Ints:
        """(moments, n) places of the latest items."""
        if (stream, n) not in self._latest_places:
            latest = self.batch.streams.latest(stream)
            self._latest_places[stream, n] = latest.last(self.entity("customer"), self.mornings, n)
        return self._latest_places[stream, n]

    def latest_values(self, stream: str, field: str) -> LatestValues:
        """A field of the latest items."""
        if (stream, field) not in self._latest_values:
            place = self.latest_places(stream, LAST)
            column = self.batch.streams.latest(stream).padded(field)
            n_items = (place != NOTHING).sum(axis=1)
            self._latest_values[stream, field] = LatestValues(column[place], n_items)
        return self._latest_values[stream, field]

    def _place(self, stream: str, level: str, kind: Kind, back: int | None) -> Ints:
        """(n,) how many increments of a stream, in one of its orders, lie before a morning.

        The morning is `back` days ago; None is before all that is the entity's.
        """
        if level != "customer":
            return self.batch.places(stream, level, kind, back)[self.rows]
        key = (stream, kind, back)
        if key not in self._places:
            sums = self.batch.streams.stream(stream, level)
            if back is None:
                self._places[key] = sums.entity_starts(kind, self.entity(level))
            else:
                self._places[key] = self._search(stream, kind, sums.keys(kind), back)
        return self._places[key]

    def _search(self, stream: str, kind: Kind, keys: Ints, back: int) -> Ints:
        if self._days is not None and back < FURTHEST and 2 * len(keys) > len(self.batch):
            if (stream, kind) not in self._tables:
                self._tables[stream, kind] = self._days.places(keys)
            return self._tables[stream, kind][self._days.cell - (back + 1)]
        key = self._key - back
        if len(key) <= FEW:
            return keys.searchsorted(key)
        # moments are neighbours in the stream too: only a piece of it is searched
        low, high = np.searchsorted(keys, (key[0], key[-1]))
        return np.asarray(low + insertion_points(keys[low:high], key))


_READERS: Mapping[str, Callable[..., Any]] = {
    "total": MomentBlock.total,
    "own": MomentBlock.moment_value,
    "attribute": MomentBlock.attribute,
    "calendar": MomentBlock.calendar_fact,
    "day_of": MomentBlock.day_of_item,
    "least": MomentBlock.stock_minimum,
    "recent": MomentBlock.latest_statistic,
}
"""Operation of a term → the method that reads it."""
