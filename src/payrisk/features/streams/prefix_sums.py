"""Running sums over what became known; any window of any morning is a difference of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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

LAG_BITS = 12
MOST_LAG = (1 << LAG_BITS) - 1
"""Rows of one entity and day are brought together by how late they enter, up to so many days."""

Fields = Mapping[str, Callable[[Mapping[str, Ints]], Ints]]
"""Name of a field → how it follows from the values of an item."""


class Increments:
    """What to add to the sums of an entity: of day `day`, on mornings after `enters`.

    entity, day, enters: (k,). A reading that ended is added once more with its sign turned, of
    the day it was of; in a stock, which has no windows, of the day it ended.
    """

    def __init__(self, items: Items, fields: Fields, *, is_stock: bool = False) -> None:
        """Each item comes in, and goes out again where it stops to hold."""
        self._values, self._fields, self._n = items.values, fields, len(items)
        ends = np.flatnonzero(items.until < NEVER)
        self._ends = ends
        self.entity, self.day, self.enters = items.entity, items.day, items.since
        if len(ends):
            self.entity = np.concatenate([items.entity, items.entity[ends]])
            self.day = np.concatenate([items.day, items.day[ends]])
            self.enters = np.concatenate([items.since, items.until[ends]])
        if is_stock:
            self.day = self.enters

    @property
    def has_no_exits(self) -> bool:
        """Whether none goes out again."""
        return not len(self._ends)

    def field(self, name: str) -> Ints:
        """(k,) one field of each increment; 'n' counts them."""
        if name == "n":
            column = np.broadcast_to(np.int64(1), self._n)
        elif name in self._fields:
            column = self._fields[name](self._values)
        else:
            column = self._values[name]
        if not len(self._ends):
            return column
        return np.concatenate([column, -column[self._ends].astype(np.int64)])


class SummedIncrements:
    """Increments of one or several partitions, added up to a row per entity, day and entry."""

    has_no_exits = False

    def __init__(self, parts: Sequence[Increments | SummedIncrements | IncrementColumns]) -> None:
        """Bring together what is of the same entity, of the same day, and enters the same day."""
        self._parts = parts
        entity, day, enters = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("entity", "day", "enters")
        )
        lag = np.minimum(enters - day, MOST_LAG)
        order = sorted_order((pack_keys(entity, day) << LAG_BITS) + lag)
        entity, day, enters = entity[order], day[order], enters[order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (entity[1:] != entity[:-1]) | (day[1:] != day[:-1]) | (enters[1:] != enters[:-1])
        self._order, self._at = order, np.flatnonzero(new)
        self.entity, self.day, self.enters = entity[new], day[new], enters[new]

    def field(self, name: str) -> Ints:
        """(k,) one field of each row; 'n' counts."""
        column = np.concatenate([part.field(name) for part in self._parts])[self._order]
        return np.add.reduceat(column, self._at) if len(self._at) else column

    def columns(self, names: Sequence[str]) -> IncrementColumns:
        """The rows with some of their fields, fit to be carried to another process."""
        fields = {name: self.field(name) for name in {"n", *names}}
        return IncrementColumns(self.entity, self.day, self.enters, fields)


@dataclass(frozen=True)
class IncrementColumns:
    """Increments as plain columns: what `SummedIncrements.columns` carries away."""

    entity: Ints
    day: Ints
    enters: Ints
    fields: Mapping[str, Ints]

    def field(self, name: str) -> Ints:
        """(k,) one field; raises KeyError for one that was not brought along."""
        return self.fields[name]


Kind = int | str
"""An order of a stream: 'usual', 'enter', or days of a window to leave by."""


class WindowEnd(NamedTuple):
    """A running sum that a window adds (sign 1) or takes away (−1), in an order of a stream.

    back: days before the morning at which it is read; None = before all that is the entity's.
    """

    sign: int
    kind: Kind
    back: int | None


class SpanEnd(NamedTuple):
    """The same for n moments: (n,) places in the order up to which the sum runs."""

    sign: int
    kind: Kind
    place: Ints


class StreamOrder(NamedTuple):
    """(k,) sorted keys, and the increments' rows; None where these stand in this order."""

    keys: Ints
    rows: Ints | None


@dataclass
class Stream:
    """Increments in the order of (entity, day), with running sums made when first needed.

    The sum over the window [t − w, t) is the running sum before t less the one before t − w: two
    look-ups, whatever the window. Those increments that enter on their own day need one order.
    The few that enter late, after a correction, a merger or a return, need one order more to
    enter by and one a window to leave by: an increment is in the window of t exactly when
    enters < t and not max(enters, day + w) < t. E.g. a settlement of day 10 that is taken back
    on day 40 leaves by −1 of day 10 that enters on day 40: the sum of all days is 0 again from
    day 41 on; one of 20 days never sees the −1, as it has left day 10 behind on day 31.
    """

    increments: Increments | SummedIncrements
    _sums: dict[tuple[str, Kind], Ints | None] = field(default_factory=dict, repr=False)
    _entity_starts: dict[Kind, Ints] = field(default_factory=dict, repr=False)
    _orders: dict[Kind, StreamOrder] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Part the ordinary increments from the late ones."""
        increments = self.increments
        is_late = increments.enters > increments.day
        self._late_rows = np.flatnonzero(is_late)
        self._rows: Ints | None = np.flatnonzero(~is_late) if len(self._late_rows) else None

    def _order(self, kind: Kind) -> StreamOrder:
        """The increments in an order: 'usual', 'enter', or days of a window to leave by."""
        if kind not in self._orders:
            increments = self.increments
            rows: Ints | None = self._late_rows
            if kind == "usual":
                rows = self._rows
                key = pack_keys(*_taken((increments.entity, increments.day), rows))
            elif kind == "enter":
                key = pack_keys(increments.entity[rows], increments.enters[rows])
            else:
                assert isinstance(kind, int)
                leaves = np.maximum(increments.enters[rows], increments.day[rows] + kind)
                key = pack_keys(increments.entity[rows], leaves)
            if not is_sorted(key):
                order = sorted_order(key)
                key, rows = key[order], order if rows is None else rows[order]
            self._orders[kind] = StreamOrder(key, rows)
        return self._orders[kind]

    def window(self, days: int | None) -> list[WindowEnd]:
        """The running sums that make up a window; one of None days is all that is the entity's."""
        ends = [WindowEnd(1, "usual", 0), WindowEnd(-1, "usual", days)]
        if self.has_late_entries:
            ends.append(WindowEnd(1, "enter", 0))
            ends.append(WindowEnd(-1, "enter", None) if days is None else WindowEnd(-1, days, 0))
        return ends

    def span(self, entity: Ints, mornings: Ints, window: int | None) -> list[SpanEnd]:
        """The windows [t − w, t) of these entities; all before t where w is None."""
        nobody = entity < 0
        if nobody.any():  # nothing is known before the first day
            entity = np.where(nobody, 0, entity)
            mornings = np.where(nobody, EARLIEST_DAY, mornings)
        span = []
        for sign, kind, back in self.window(window):
            day = EARLIEST_DAY if back is None else mornings - back
            place = np.searchsorted(self.keys(kind), pack_keys(entity, day))
            span.append(SpanEnd(sign, kind, place))
        return span

    @property
    def has_late_entries(self) -> bool:
        """Whether any increment enters later than its own day."""
        return len(self._late_rows) > 0

    def keys(self, kind: Kind) -> Ints:
        """(k,) sorted keys of an order: 'usual', 'enter', or a window to leave by."""
        return self._order(kind).keys

    def entity_starts(self, kind: Kind, entity: Ints) -> Ints:
        """(n,) where each entity's increments begin in an order; 0 for entity −1."""
        if kind not in self._entity_starts:
            keys = self.keys(kind)
            upto = (int(keys[-1]) >> DAY_BITS) + 2 if len(keys) else 1
            begins = np.searchsorted(keys, np.arange(upto) << DAY_BITS)
            self._entity_starts[kind] = np.append(begins, 0)
        table = self._entity_starts[kind]
        return table[np.minimum(entity, len(table) - 2)]

    def running_sum(self, name: str, kind: Kind, place: Ints) -> Ints:
        """(n,) running sum of a field before each place of an order."""
        sums = self.sums(name, kind)
        return place if sums is None else sums[place]

    def sums(self, name: str, kind: Kind) -> Ints | None:
        """(k + 1,) running sums in an order; None where they only count."""
        if (name, kind) not in self._sums:
            increments, total = self.increments, None
            if not (name == "n" and increments.has_no_exits):
                (values,) = _taken((increments.field(name),), self._order(kind).rows)
                total = np.zeros(len(values) + 1, dtype=np.int64)
                np.cumsum(values, out=total[1:])
            self._sums[name, kind] = total
        return self._sums[name, kind]

    def total(self, name: str, span: Sequence[SpanEnd]) -> Ints:
        """(n,) sum of a field over each window."""
        (_, kind, place), *others = span
        sums = self.running_sum(name, kind, place)
        for sign, kind, place in others:
            part = self.running_sum(name, kind, place)
            sums = sums + part if sign > 0 else sums - part
        return sums


def _taken(columns: tuple[Ints, ...], rows: Ints | None) -> tuple[Ints, ...]:
    return columns if rows is None else tuple(column[rows] for column in columns)
