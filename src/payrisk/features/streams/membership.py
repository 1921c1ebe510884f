"""Which group a customer belonged to on each morning, as known then.

A customer changes groups: it is merged into another, moves to a new parent or to another segment.
Its features of a morning are to be those of the group it was in *then*, by what was known then;
so a membership is a list of spells, and the facts of customers are cut at their ends. An example:
customer 7 is in segment "retail" from ever, and on day 100 an attribute recorded that day says
"wholesale". The spells are (7, since ever, retail) and (7, since 100, wholesale). On the morning
of day 100 it is still retail, for what was recorded on a day is known from the next morning on;
on that of day 101 it is wholesale. An invoice of it that was settled on day 60 is read as an item
of retail on mornings up to day 100 and of wholesale on those after (`split_spells`): the retail
segment's mean of day 150 has lost it and wholesale's has gained it, backwards to day 60.

When this is biased: a group's past is that of its *present* members. A segment into which
defaulters are moved (collection, say) has a bad past from the day of the move on, which it never
showed on any earlier morning; models see it as it could have been seen, but the group's numbers
of two mornings are not of the same customers. And an attribute that was imported without dates is
known only from its import on: before it everybody is in no group (see `catalogue.undated`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.features.streams.keys import EARLIEST_DAY, pack_keys, sorted_order
from payrisk.ledger.facts.segments import expand_spans

NONE = -1
"""The group of a customer that belongs to none."""
NOWHERE, SEVERAL = -1, -2
"""Instead of its only spell: of a member that never belongs anywhere, and of one that moves."""


class SpellPieces(NamedTuple):
    """(k,) pieces of rows, by row: each in one group, on mornings since < t ≤ until.

    row is None where the pieces are the rows themselves; what is in no group is left out.
    """

    row: Ints | None
    group: Ints
    since: Ints
    until: Ints


@dataclass(frozen=True)
class Membership:
    """Spells: a member is in a group on mornings after `since`, up to its next spell.

    member, since, group: (k,) sorted by member and day; each member's first spell begins at
    EARLIEST_DAY. n_members: how many there are, each with at least one spell. Most members are in
    one group at most and never move: these are read without a search.
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
        object.__setattr__(self, "_key", pack_keys(self.member, self.since))
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
        order = sorted_order(pack_keys(member, since))
        member, since, group = member[order], since[order], group[order]
        last = np.append((member[1:] != member[:-1]) | (since[1:] != since[:-1]), True)
        member, since, group = member[last], since[last], group[last]
        new = np.append(True, (member[1:] != member[:-1]) | (group[1:] != group[:-1]))
        return cls(member[new], since[new], group[new], n_members)

    @classmethod
    def of_fixed_groups(cls, group: Ints) -> Membership:
        """Every member in one group for ever."""
        n = len(group)
        since = np.full(n, EARLIEST_DAY, dtype=np.int64)
        return cls(np.arange(n, dtype=np.int64), since, np.asarray(group, dtype=np.int64), n)

    def groups_at(self, member: Ints, mornings: Ints) -> Ints:
        """(n,) group of each member on its morning; NONE for member −1."""
        if not self.n_members:
            return np.full(len(member), NONE, dtype=np.int64)
        row = np.maximum(member, 0)
        spell = self._only[row]
        only = np.maximum(spell, 0)
        groups = np.where((spell >= 0) & (self.since[only] < mornings), self.group[only], NONE)
        groups[(spell >= 0) & (self._until[only] < mornings)] = NONE
        several = np.flatnonzero(spell == SEVERAL)
        if len(several):
            key = pack_keys(row[several], mornings[several])
            latest = np.searchsorted(self._key, key) - 1
            groups[several] = self.group[np.maximum(latest, self._start[row[several]])]
        return np.where(member >= 0, groups, NONE)

    def split_spells(self, member: Ints, since: Ints, until: Ints) -> SpellPieces:
        """What holds on (since, until] for a member, cut where the member changes groups."""
        spell = self._only[member]
        several = np.flatnonzero(spell == SEVERAL)
        only = np.maximum(spell, 0)
        group = self.group[only]
        begins = np.maximum(since, self.since[only])
        ends = np.minimum(until, self._until[only])
        holds = (spell >= 0) & (begins < ends)
        if holds.all():
            return SpellPieces(None, group, begins, ends)
        rows = np.flatnonzero(holds)
        if not len(several):
            return SpellPieces(rows, group[rows], begins[rows], ends[rows])
        row, spell = expand_spans(self._start[member[several]], self._start[member[several] + 1])
        cut_begins = np.maximum(since[several][row], self.since[spell])
        cut_ends = np.minimum(until[several][row], self._until[spell])
        holds = (cut_begins < cut_ends) & (self.group[spell] != NONE)
        whole = np.concatenate([rows, several[row[holds]]])
        order = sorted_order(whole)
        columns = (
            np.concatenate([group[rows], self.group[spell[holds]]]),
            np.concatenate([begins[rows], cut_begins[holds]]),
            np.concatenate([ends[rows], cut_ends[holds]]),
        )
        return SpellPieces(whole[order], *(column[order] for column in columns))
