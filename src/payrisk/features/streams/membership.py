"""Which group a customer belonged to on each morning, as known then."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.features.streams.keys import DAY_BITS, EARLIEST_DAY, packed, sorted_order
from payrisk.ledger.facts.segments import expand_spans

NONE = -1
"""The group of a customer that belongs to none."""
NOWHERE, SEVERAL = -1, -2
"""Instead of its only spell: of a member that never belongs anywhere, and of one that moves."""


@dataclass(frozen=True)
class Membership:
    """Spells of belonging: a member's group holds on mornings after `since` up to the next spell.

    member, since, group: (k,) sorted by member and day; each member's first spell begins at
    EARLIEST_DAY. n_members: how many there are, each with at least one spell.
    """

    member: Ints
    since: Ints
    group: Ints
    n_members: int
    _start: Ints = field(init=False, repr=False)
    _key: Ints = field(init=False, repr=False)
    _until: Ints = field(init=False, repr=False)
    _only: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Find where each member's spells begin."""
        start = np.searchsorted(self.member, np.arange(self.n_members + 1))
        object.__setattr__(self, "_start", start.astype(np.int64))
        object.__setattr__(self, "_key", packed(self.member, self.since))
        until = np.append(self.since[1:], NEVER)[: len(self.since)]
        until[self._start[1:] - 1] = NEVER
        object.__setattr__(self, "_until", until)
        real = np.flatnonzero(self.group != NONE)
        n = np.bincount(self.member[real], minlength=self.n_members)
        only = np.full(self.n_members, NOWHERE, dtype=np.int64)
        only[self.member[real]] = real
        object.__setattr__(self, "_only", np.where(n > 1, SEVERAL, only))

    @classmethod
    def of(cls, member: Ints, since: Ints, group: Ints, n_members: int) -> Membership:
        """From changes in any order; a member belongs to no group before its first one.

        Of changes on one day the one given last counts. Changes to the same group are no change.
        """
        everyone = np.arange(n_members, dtype=np.int64)
        member = np.concatenate([everyone, member])
        since = np.concatenate([np.full(n_members, EARLIEST_DAY), since])
        group = np.concatenate([np.full(n_members, NONE), group])
        order = sorted_order(packed(member, since))
        member, since, group = member[order], since[order], group[order]
        last = np.append((member[1:] != member[:-1]) | (since[1:] != since[:-1]), True)
        member, since, group = member[last], since[last], group[last]
        new = np.append(True, (member[1:] != member[:-1]) | (group[1:] != group[:-1]))
        return cls(member[new], since[new], group[new], n_members)

    @classmethod
    def constant(cls, group: Ints) -> Membership:
        """Every member in one group for ever."""
        n = len(group)
        since = np.full(n, EARLIEST_DAY, dtype=np.int64)
        return cls(np.arange(n, dtype=np.int64), since, np.asarray(group, dtype=np.int64), n)

    @property
    def is_constant(self) -> bool:
        """Whether nobody ever changed groups."""
        return len(self.member) == self.n_members

    def at(self, member: Ints, mornings: Ints) -> Ints:
        """(n,) group of each member on its morning; NONE for member −1."""
        if not self.n_members:
            return np.full(len(member), NONE, dtype=np.int64)
        known = np.maximum(member, 0)
        spell = self._only[known]
        at = np.maximum(spell, 0)
        found = np.where((spell >= 0) & (self.since[at] < mornings), self.group[at], NONE)
        found[(spell >= 0) & (self._until[at] < mornings)] = NONE
        several = np.flatnonzero(spell == SEVERAL)
        if len(several):
            key = packed(known[several], mornings[several])
            at = np.searchsorted(self._key, key) - 1
            found[several] = self.group[np.maximum(at, self._start[known[several]])]
        return np.where(member >= 0, found, NONE)

    def one(self, member: int, morning: int) -> int:
        """`at` of one member on one morning."""
        if member < 0:
            return NONE
        if self.is_constant:
            return self.group.item(member)
        key = (member << DAY_BITS) + morning - EARLIEST_DAY
        at = int(self._key.searchsorted(key)) - 1
        return self.group.item(max(at, self._start.item(member)))

    def pieces(
        self, member: Ints, since: Ints, until: Ints
    ) -> tuple[Ints | None, Ints, Ints, Ints]:
        """What lasts (since, until] for a member, cut where the member changes groups.

        Returns (row, group, since, until) of the pieces, by row, with row None where they are the
        rows themselves; what is in no group is left out.
        """
        spell = self._only[member]
        several = np.flatnonzero(spell == SEVERAL)
        at = np.maximum(spell, 0)
        group = self.group[at]
        begins = np.maximum(since, self.since[at])
        ends = np.minimum(until, self._until[at])
        holds = (spell >= 0) & (begins < ends)
        if holds.all():
            return None, group, begins, ends
        rows = np.flatnonzero(holds)
        if not len(several):
            return rows, group[rows], begins[rows], ends[rows]
        cut, spell, begun, ended = self._cut(member[several], since[several], until[several])
        row = np.concatenate([rows, several[cut]])
        order = sorted_order(row)
        columns = (
            np.concatenate([group[rows], self.group[spell]]),
            np.concatenate([begins[rows], begun]),
            np.concatenate([ends[rows], ended]),
        )
        groups, begin, end = (np.asarray(column[order]) for column in columns)
        return row[order], groups, begin, end

    def _cut(self, member: Ints, since: Ints, until: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Pieces of members with several spells: (row, spell, since, until)."""
        row, spell = expand_spans(self._start[member], self._start[member + 1])
        begins = np.maximum(since[row], self.since[spell])
        upto = np.minimum(until[row], self._until[spell])
        keep = (begins < upto) & (self.group[spell] != NONE)
        return row[keep], spell[keep], begins[keep], upto[keep]
