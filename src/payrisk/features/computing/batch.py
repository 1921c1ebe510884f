"""Moments in the order of the streams, with the customer, group and country each is of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import weekday
from payrisk.features.computing.ledger_streams import SHARED, LedgerStreams
from payrisk.features.computing.moments import ABSENT, Moments
from payrisk.features.streams.keys import (
    DAY_BITS,
    EARLIEST_DAY,
    is_sorted,
    pack_keys,
    sorted_order,
)
from payrisk.features.streams.prefix_sums import Kind
from payrisk.features.streams.sources import SOURCES
from payrisk.features.streams.stock_minimum import stock_minimum

NOBODY = -(1 << 60)
"""The key of a moment that is of nobody: it lies before every other."""
FEW = 8
"""Moments that are looked up one by one: a table of days, or a piece cut out, costs more."""


@dataclass(frozen=True)
class MomentBatch:
    """Moments in the order of (account, morning), as a block reads them.

    order: (n,) which of the moments, as they were given, each row is. moments: in this order.
    customer: (n,) under its present name. account: (n,) the customer's in its usual currency.
    is_in_order: whether the moments were given in this order. Whom moments are of at other levels
    is looked up when a feature first needs it.
    """

    streams: LedgerStreams
    order: Ints
    moments: Moments
    customer: Ints
    account: Ints
    is_in_order: bool = False
    _entities: dict[str, Ints] = field(default_factory=dict, repr=False)
    _minimum: dict[tuple[str, str, str], Ints] = field(default_factory=dict, repr=False)
    _places: dict[tuple[str, str, Kind, int | None], Ints] = field(
        default_factory=dict, repr=False
    )
    _orders: dict[str, tuple[Ints, Ints]] = field(default_factory=dict, repr=False)
    _keys: dict[str, Ints] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, streams: LedgerStreams, moments: Moments) -> MomentBatch:
        """Look up the customers and put the moments in order."""
        customer = streams.groups.names.groups_at(moments.customer, moments.as_of)
        account = streams.account(customer, moments.as_of, moments.currency)
        key = pack_keys(account, moments.as_of)
        if is_sorted(key):
            return cls(streams, np.arange(len(key)), moments, customer, account, is_in_order=True)
        order = sorted_order(key)
        return cls(streams, order, moments.take(order), customer[order], account[order])

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
        customers, m = self.streams.groups, self.moments
        if level == "customer":
            return self.account
        if level == "invoice":
            return m.invoice
        if level == "everyone":
            return np.zeros(len(m), dtype=np.int64)
        if level == "weekday":
            is_described = (self.customer >= 0) & (m.due_on != ABSENT)
            return np.where(is_described, self.customer * 7 + weekday(m.due_on), -1)
        memberships = {
            "parent": customers.parents,
            "segment": customers.segments.membership,
            "country": customers.countries.membership,
        }
        return memberships[level].groups_at(self.customer, m.as_of)

    @cached_property
    def country(self) -> Ints:
        """(n,) the calendar that governs each moment."""
        return self.streams.country(self.entity("country"), self.moments.entity, self.as_of)

    @cached_property
    def moment_values(self) -> dict[str, Any]:
        """What the moments themselves say, by name."""
        return moment_values(self.streams, self.moments, self.account)

    def __len__(self) -> int:
        return len(self.order)

    def stock_minimum(self, source: str, level: str, field: str) -> Ints:
        """(n,) least value of a field among a stock's items that hold; MOST without any."""
        key = (source, level, field)
        if key not in self._minimum:
            items, fields = self.streams.stock_items(source, level), SOURCES[source].fields
            entity = self.entity(level)
            self._minimum[key] = stock_minimum(items, field, fields, entity, self.as_of)
        return self._minimum[key]

    def places(self, source: str, level: str, kind: Kind, back: int | None) -> Ints:
        """(n,) as `MomentBlock._place`, for a level the moments are not in the order of."""
        window_end = (source, level, kind, back)
        if window_end not in self._places:
            stream = self.streams.stream(source, level)
            if back is None:
                place = stream.entity_starts(kind, self.entity(level))
            elif level in SHARED and len(self) > FEW:
                place = _on_grid(stream.keys(kind), self.entity(level), self.as_of, back)
            elif len(self) <= FEW:
                if level not in self._keys:
                    self._keys[level] = self.key(level)
                place = stream.keys(kind).searchsorted(self._keys[level] - back)
            else:
                order, key = self._sorted(level)
                place = np.empty(len(order), dtype=np.int64)
                place[order] = insertion_points(stream.keys(kind), key - back)
            self._places[window_end] = place
        return self._places[window_end]

    def key(self, level: str, rows: slice = slice(None)) -> Ints:
        """(n,) keys that lie after all before the as_of; so many less, as many days earlier."""
        entity = self.entity(level)[rows]
        return np.where(entity < 0, NOBODY, pack_keys(entity, self.as_of[rows]))

    def _sorted(self, level: str) -> tuple[Ints, Ints]:
        if level not in self._orders:
            key = self.key(level)
            order = sorted_order(key)
            self._orders[level] = order, key[order]
        return self._orders[level]


def moment_values(streams: LedgerStreams, moments: Moments, account: Ints) -> dict[str, Any]:
    """(n,) what the moments themselves say, by name; amounts in the customer's usual currency.

    An amount in another currency is converted at the rate of its document, NaN where no such rate
    was known that morning. NaN where a customer and no invoice is described.
    """
    is_described, code = moments.due_on != ABSENT, moments.currency
    accounts = streams.accounts
    usual = np.where(account >= 0, accounts.currency[np.maximum(account, 0)], code)
    other = np.flatnonzero(is_described & (usual != code))
    if len(other):
        stream = streams.stream("issued", "customer")
        billed = stream.total("n", stream.span(account[other], moments.as_of[other], None))
        usual[other[billed == 0]] = code[other[billed == 0]]
    values: dict[str, Any] = {"as_of": moments.as_of}
    for name in ("issued_on", "due_on"):
        values[name] = np.where(is_described, getattr(moments, name), np.nan)
    foreign = np.flatnonzero(is_described & (usual != code))
    days = np.minimum(moments.issued_on, moments.as_of)
    for name in ("amount", "residual"):
        cents = np.where(is_described, getattr(moments, name), np.nan)
        if len(foreign):
            worth, recorded_on = accounts.convert(
                getattr(moments, name)[foreign], code[foreign], usual[foreign], days[foreign]
            )
            cents[foreign] = np.where(recorded_on < moments.as_of[foreign], worth, np.nan)
        values[name] = cents
    return values


def _on_grid(keys: Ints, entity: Ints, mornings: Ints, back: int) -> Ints:
    """(n,) places of few entities' mornings, looked up in a table of all their days."""
    days = (keys & ((1 << DAY_BITS) - 1)) + EARLIEST_DAY
    if not len(keys):
        return np.zeros(len(entity), dtype=np.int64)
    first, last = int(days.min()), int(days.max()) + 1
    n = int(entity.max(initial=0)) + 1
    grid = pack_keys(np.arange(n)[:, None], np.arange(first, last + 1)[None, :])
    table = np.searchsorted(keys, grid)
    place = table[np.maximum(entity, 0), np.clip(mornings - back, first, last) - first]
    return np.where(entity < 0, 0, place)


def insertion_points(keys: Ints, key: Ints) -> Ints:
    """np.searchsorted(keys, key) of sorted keys, from the shorter side."""
    if 2 * len(keys) > len(key):
        return np.searchsorted(keys, key)
    after = np.searchsorted(key, keys, side="right")
    return np.cumsum(np.bincount(after, minlength=len(key) + 1)[:-1])
