"""The latest items of an entity on any morning, and its first."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.features.streams.items import Items
from payrisk.features.streams.keys import (
    DAY_BITS,
    EARLIEST_DAY,
    is_sorted,
    pack_keys,
    sorted_order,
)
from payrisk.features.streams.prefix_sums import Fields

NOTHING = -1
"""The place of an item that is not there."""

_BACK = np.arange(1, 65)


@dataclass
class LatestItems:
    """Items in the order of (entity, day, row), to look back on from any morning."""

    items: Items
    fields: Fields
    _columns: dict[str, Ints] = field(default_factory=dict, repr=False)
    _padded: dict[str, Ints] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Sort them, and note whether any is known later than its day or ceases to hold."""
        key = pack_keys(self.items.entity, self.items.day)
        order = None if is_sorted(key) else sorted_order(key)
        self._key = key if order is None else key[order]
        self._rows = np.arange(len(key)) if order is None else order
        items = self.items
        odd = (items.until != NEVER) | (items.since > items.day)
        self._n_odd = np.concatenate([[0], np.cumsum(odd[self._rows])]) if odd.any() else None

    def column(self, name: str) -> Ints:
        """(k,) a field of the items, or their 'day', in this order."""
        if name not in self._columns:
            if name in ("day", "since", "until"):
                values = getattr(self.items, name)
            else:
                columns = self.items.values
                values = self.fields[name](columns) if name in self.fields else columns[name]
            self._columns[name] = values[self._rows]
        return self._columns[name]

    def padded(self, name: str) -> Ints:
        """(k + 1,) a column with a 0 at the end, where NOTHING looks."""
        if name not in self._padded:
            self._padded[name] = np.append(self.column(name), 0)
        return self._padded[name]

    def _ends(self, entity: Ints, mornings: Ints) -> tuple[Ints, Ints]:
        nobody = entity < 0
        if nobody.any():
            entity = np.where(nobody, 0, entity)
            mornings = np.where(nobody, EARLIEST_DAY, mornings)
        if not len(entity):
            return entity, entity
        begin, end = entity << DAY_BITS, pack_keys(entity, mornings)
        # moments that are neighbours look at neighbours: a short piece is searched faster
        low, high = np.searchsorted(self._key, (begin.min(), end.max()))
        piece = self._key[low:high]
        return low + np.searchsorted(piece, begin), low + np.searchsorted(piece, end)

    def _holds(
        self, place: Ints, mornings: Ints
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        since, until = self.column("since")[place], self.column("until")[place]
        return np.asarray((since < mornings) & (mornings <= until))

    def last(self, entity: Ints, mornings: Ints, n: int) -> Ints:
        """(moments, n) the latest n items, latest first, as places in `column`; NOTHING = none."""
        begin, end = self._ends(entity, mornings)
        place = end[:, None] - _BACK[:n]
        place[place < begin[:, None]] = NOTHING
        if self._n_odd is not None:
            # only where one of those looked at is known late or has ceased is there more to do
            again = np.flatnonzero(self._n_odd[end] > self._n_odd[np.maximum(begin, end - n)])
            holds = (place[again] < 0) | self._holds(place[again], mornings[again, None])
            again = again[~holds.all(axis=1)]
            far = 2 * n
            while len(again):
                deeper, done = self._search(begin[again], end[again], mornings[again], n, far)
                place[again[done]] = deeper[done]
                again, far = again[~done], 2 * far
        return place

    def _search(
        self, begin: Ints, end: Ints, mornings: Ints, n: int, far: int
    ) -> tuple[Ints, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
        """The latest n that hold among the latest `far`, and whether no more are to be found."""
        place = end[:, None] - np.arange(1, far + 1)
        holds = place >= begin[:, None]
        holds &= self._holds(np.maximum(place, 0), mornings[:, None])
        rank = np.cumsum(holds, axis=1)
        latest = np.full((len(begin), n), NOTHING, dtype=np.int64)
        row, column = np.nonzero(holds & (rank <= n))
        latest[row, rank[row, column] - 1] = place[row, column]
        return latest, (rank[:, -1] >= n) | (end - far <= begin)

    def first(self, entity: Ints, mornings: Ints) -> Ints:
        """(moments,) the first item by day, as a place in `column`; NOTHING = none."""
        begin, end = self._ends(entity, mornings)
        place = np.where(begin < end, begin, NOTHING)
        if self._n_odd is None:
            return place
        lost = np.flatnonzero((place >= 0) & ~self._holds(np.maximum(place, 0), mornings))
        while len(lost):
            place[lost] += 1
            over = place[lost] >= end[lost]
            place[lost[over]] = NOTHING
            lost = lost[~over]
            lost = lost[~self._holds(place[lost], mornings[lost])]
        return place
