"""Items: what happened to an entity, when that became known, and for which mornings it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Ints
from payrisk.features.streams.membership import Membership


class ItemColumns(Mapping[str, Ints]):
    """Named columns of which only those that are asked for are ever gathered."""

    def __init__(
        self,
        base: Mapping[str, Ints],
        rows: Ints | None = None,
        own: Mapping[str, Ints] | None = None,
    ) -> None:
        """The rows of the base, all of them where None, and columns that stand as they are."""
        self._base, self._rows, self._own = base, rows, own or {}

    def __getitem__(self, name: str) -> Ints:
        if name in self._own:
            return self._own[name]
        column = self._base[name]
        return column if self._rows is None else column[self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._base, *self._own)))

    def __len__(self) -> int:
        return len(set(self._base) | set(self._own))

    def take(self, rows: Ints) -> ItemColumns:
        """Some of the rows."""
        own = {name: column[rows] for name, column in self._own.items()}
        return ItemColumns(self._base, rows if self._rows is None else self._rows[rows], own)

    def replaced(self, **columns: Ints) -> ItemColumns:
        """The same with some columns put in place or added."""
        return ItemColumns(self._base, self._rows, {**self._own, **columns})


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

    def lasting(self, entity: Ints, since: Ints, until: Ints) -> Items:
        """The same items for other entities and mornings; those that never hold are left out."""
        keep = since < until
        moved = Items(entity, self.day, since, until, self.values)
        return moved if keep.all() else moved.take(np.flatnonzero(keep))

    def by(self, membership: Membership) -> Items:
        """The items by the group each entity belonged to, cut where it changed groups."""
        row, group, since, until = membership.pieces(self.entity, self.since, self.until)
        if row is None:
            return Items(group, self.day, since, until, self.values)
        return self.take(row).lasting(group, since, until)
