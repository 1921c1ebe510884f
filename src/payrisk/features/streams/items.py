"""What happened to an entity, when that became known, and for which mornings it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Ints
from payrisk.features.streams.membership import Membership


class ItemColumns(Mapping[str, Ints]):
    """Named columns that are gathered only when they are read."""

    def __init__(
        self,
        base: Mapping[str, Ints],
        rows: Ints | None = None,
        extra: Mapping[str, Ints] | None = None,
    ) -> None:
        """Rows of the base (all where None); `extra` columns are of these rows already."""
        self._base, self._rows, self._extra = base, rows, extra or {}

    def __getitem__(self, name: str) -> Ints:
        if name in self._extra:
            return self._extra[name]
        column = self._base[name]
        return column if self._rows is None else column[self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._base, *self._extra)))

    def __len__(self) -> int:
        return len(set(self._base) | set(self._extra))

    def take(self, rows: Ints) -> ItemColumns:
        """Some of the rows."""
        extra = {name: column[rows] for name, column in self._extra.items()}
        return ItemColumns(self._base, rows if self._rows is None else self._rows[rows], extra)

    def with_columns(self, **columns: Ints) -> ItemColumns:
        """The same with some columns put in place or added."""
        return ItemColumns(self._base, self._rows, {**self._extra, **columns})


@dataclass(frozen=True)
class Items:
    """(k,) things that happened. Of one entity's items on one day, earlier rows come first.

    entity: row of whom it happened to. day: when it became known, as read in this version.
    since, until: the mornings it reads like this, since < t ≤ until; since ≥ day, and later where
    a correction, a merger or a returned payment changed the reading. values: (k,) integers.
    """

    entity: Ints
    day: Ints
    since: Ints
    until: Ints
    values: ItemColumns

    def __len__(self) -> int:
        return len(self.entity)

    def take(self, rows: Ints) -> Items:
        """Some of the items, in the order given."""
        return Items(
            self.entity[rows],
            self.day[rows],
            self.since[rows],
            self.until[rows],
            self.values.take(rows),
        )

    def with_spells(self, entity: Ints, since: Ints, until: Ints) -> Items:
        """The same items of other entities and mornings; those that never hold are left out."""
        keep = since < until
        moved = Items(entity, self.day, since, until, self.values)
        return moved if keep.all() else moved.take(np.flatnonzero(keep))

    def by_group(self, membership: Membership) -> Items:
        """The items by the group each entity belonged to, cut where it changed groups."""
        row, group, since, until = membership.split_spells(self.entity, self.since, self.until)
        if row is None:
            return Items(group, self.day, since, until, self.values)
        return self.take(row).with_spells(group, since, until)
