"""Asked: moments in the order of the streams, with whom they are of at every level."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import weekday
from payrisk.features.computing.ledger_streams import SHARED, LedgerStreams
from payrisk.features.computing.moments import ABSENT, Moments
from payrisk.features.streams.keys import DAY_BITS, EARLIEST_DAY, is_sorted, packed, sorted_order
from payrisk.features.streams.sources import SOURCES
from payrisk.features.streams.stock_minimum import least

NOBODY = -(1 << 60)
"""A key before every other."""


@dataclass(frozen=True)
class MomentBatch:
    """Moments in the order of (account, morning); whom they are of is looked up when asked for.

    order: (n,) which moment each row is. moments: in that order. customer: (n,) under its present
    name. account: (n,). is_in_order: whether the moments stood in this order already.
    """

    known: LedgerStreams
    order: Ints
    moments: Moments
    customer: Ints
    account: Ints
    is_in_order: bool = False
    _entities: dict[str, Ints] = field(default_factory=dict, repr=False)
    _least: dict[tuple[str, str, str], Ints] = field(default_factory=dict, repr=False)
    _places: dict[tuple[str, str, int | str, int | None], Ints] = field(
        default_factory=dict, repr=False
    )
    _orders: dict[str, tuple[Ints, Ints]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, known: LedgerStreams, moments: Moments) -> MomentBatch:
        """Look up the customers and put the moments in order."""
        customer = known.belonging.names.at(moments.customer, moments.as_of)
        account = known.account(customer, moments.as_of, moments.currency)
        key = packed(account, moments.as_of)
        if is_sorted(key):
            return cls(known, np.arange(len(key)), moments, customer, account, is_in_order=True)
        order = sorted_order(key)
        return cls(known, order, moments.take(order), customer[order], account[order])

    @property
    def as_of(self) -> Ints:
        """(n,) the mornings."""
        return self.moments.as_of

    def entity(self, level: str) -> Ints:
        """(n,) whom each moment is of at a level; −1 for nobody."""
        if level not in self._entities:
            self._entities[level] = self._entity(level)
        return self._entities[level]

    def _entity(self, level: str) -> Ints:
        belonging, m = self.known.belonging, self.moments
        if level == "customer":
            return self.account
        if level == "invoice":
            return m.invoice
        if level == "everyone":
            return np.zeros(len(m), dtype=np.int64)
        if level == "weekday":
            known = (self.customer >= 0) & (m.due_on != ABSENT)
            return np.where(known, self.customer * 7 + weekday(m.due_on), -1)
        groups = {
            "parent": belonging.parents,
            "segment": belonging.segments[0],
            "country": belonging.countries[0],
        }
        return groups[level].at(self.customer, m.as_of)

    @cached_property
    def country(self) -> Ints:
        """(n,) the calendar that governs each moment."""
        return self.known.country(self.entity("country"), self.moments.entity, self.as_of)

    @cached_property
    def own(self) -> dict[str, Any]:
        """The moments' own numbers by name."""
        return own_numbers(self.known, self.moments, self.account)

    def __len__(self) -> int:
        return len(self.order)

    def least(self, name: str, level: str, field: str) -> Ints:
        """(n,) least value of a field among a stock's items that last, see `lasting`."""
        if (name, level, field) not in self._least:
            items, fields = self.known.lasting(name, level), SOURCES[name].fields
            found = least(items, field, fields, self.entity(level), self.as_of)
            self._least[name, level, field] = found
        return self._least[name, level, field]

    def places(self, name: str, level: str, kind: int | str, back: int | None) -> Ints:
        """(n,) as `MomentBlock._place`, for a level the moments are not in the order of."""
        asked = (name, level, kind, back)
        if asked not in self._places:
            stream = self.known.stream(name, level)
            if back is None:
                found = stream.begins(kind, self.entity(level))
            elif level in SHARED:
                found = _on_grid(stream.keys(kind), self.entity(level), self.as_of, back)
            else:
                order, key = self._sorted(level)
                found = np.empty(len(order), dtype=np.int64)
                found[order] = placed(stream.keys(kind), key - back)
            self._places[asked] = found
        return self._places[asked]

    def key(self, level: str, rows: slice = slice(None)) -> Ints:
        """(n,) keys that lie after all before the as_of; so many less, as many days earlier."""
        entity = self.entity(level)[rows]
        return np.where(entity < 0, NOBODY, packed(entity, self.as_of[rows]))

    def _sorted(self, level: str) -> tuple[Ints, Ints]:
        if level not in self._orders:
            key = self.key(level)
            order = sorted_order(key)
            self._orders[level] = order, key[order]
        return self._orders[level]


def own_numbers(known: LedgerStreams, m: Moments, account: Ints) -> dict[str, Any]:
    """(n,) the moments' own numbers by name, amounts in the customer's usual currency."""
    described, code = m.due_on != ABSENT, m.currency
    accounts = known.accounts
    usual = np.where(account >= 0, accounts.currency[np.maximum(account, 0)], code)
    other = np.flatnonzero(described & (usual != code))
    if len(other):
        stream = known.stream("issued", "customer")
        billed = stream.total("n", stream.span(account[other], m.as_of[other], None))
        usual[other[billed == 0]] = code[other[billed == 0]]
    own: dict[str, Any] = {"as_of": m.as_of}
    for name in ("issued_on", "due_on"):
        own[name] = np.where(described, getattr(m, name), np.nan)
    foreign = np.flatnonzero(described & (usual != code))
    days = np.minimum(m.issued_on, m.as_of)
    for name in ("amount", "residual"):
        cents = np.where(described, getattr(m, name), np.nan)
        if len(foreign):
            worth, told = accounts.converted(
                getattr(m, name)[foreign], code[foreign], usual[foreign], days[foreign]
            )
            cents[foreign] = np.where(told < m.as_of[foreign], worth, np.nan)
        own[name] = cents
    return own


def _on_grid(keys: Ints, entity: Ints, mornings: Ints, back: int) -> Ints:
    """(n,) places of few entities' mornings, looked up in a table of all their days."""
    days = (keys & ((1 << DAY_BITS) - 1)) + EARLIEST_DAY
    if not len(keys):
        return np.zeros(len(entity), dtype=np.int64)
    first, last = int(days.min()), int(days.max()) + 1
    n = int(entity.max(initial=0)) + 1
    grid = packed(np.arange(n)[:, None], np.arange(first, last + 1)[None, :])
    table = np.searchsorted(keys, grid)
    found = table[np.maximum(entity, 0), np.clip(mornings - back, first, last) - first]
    return np.where(entity < 0, 0, found)


def placed(keys: Ints, key: Ints) -> Ints:
    """np.searchsorted(keys, key) of sorted keys, from the shorter side."""
    if 2 * len(keys) > len(key):
        return np.searchsorted(keys, key)
    after = np.searchsorted(key, keys, side="right")
    return np.cumsum(np.bincount(after, minlength=len(key) + 1)[:-1])
