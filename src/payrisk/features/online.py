"""Online: the features of one customer or one new invoice at once, bit for bit as in a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from payrisk.calendar import weekday
from payrisk.features.arithmetic import NAN, ONE
from payrisk.features.asked import own_numbers
from payrisk.features.blocks import LAST
from payrisk.features.catalogue import features
from payrisk.features.expressions import Said
from payrisk.features.items import Items
from payrisk.features.known import Known
from payrisk.features.moments import Moments
from payrisk.features.packing import DAY_BITS, EARLIEST_DAY, Ints, sorted_order
from payrisk.features.programs import Program
from payrisk.features.sources import SOURCES

_Part = tuple[int, Ints | None, tuple[str, str, int | str], int]


@dataclass
class Online:
    """A ledger's streams kept ready, and the program of some features (all where None).

    Making one reads the whole ledger; each answer then reads only what it needs.
    """

    known: Known
    names: Sequence[str] | None = None
    _held: dict[tuple[str, str], _Held] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Compile the features and make their streams."""
        chosen = features(self.names)
        self._columns = tuple(feature.name for feature in chosen)
        self._program = Program.of([f.term for f in chosen if f.term is not None])
        self.lookups: dict[tuple[str, str, int | str], list[int | None]] = {}
        self.parts = {
            step.of: self._total(*step.of) for step in self._program.steps if step.op == "total"
        }
        self.known.account(*(np.zeros(0, dtype=np.int64) for _ in range(3)))

    def _total(self, *of: Any) -> list[_Part]:
        """A total as running sums to add and take away, each at one of the places looked up."""
        name, level, column, window = of
        stream = self.known.stream(name, level)
        wanted: list[tuple[int, int | str, int | None]] = [(1, "usual", 0), (-1, "usual", window)]
        if stream.has_late:
            wanted.append((1, "enter", 0))
            wanted.append((-1, "enter", None) if window is None else (-1, window, 0))
        parts = []
        for sign, kind, back in wanted:
            backs = self.lookups.setdefault((name, level, kind), [])
            if back not in backs:
                backs.append(back)
            parts.append((sign, stream.sums(column, kind), (name, level, kind), backs.index(back)))
        return parts

    @cached_property
    def customers(self) -> dict[str, int]:
        """Row of each customer id."""
        ids = self.known.facts.ledger.tables["customers"]["customer_id"]
        return {name: row for row, name in enumerate(ids)}

    def read(self, moments: Moments, row: int = 0) -> dict[str, np.float32]:
        """The features of one moment, by name."""
        one = _Point(self, moments, row)
        found = self._program.run(ONE, one)
        return {n: np.float32(v) for n, v in zip(self._columns, found, strict=True)}

    def held(self, source: str, level: str) -> _Held:
        """A stock's items by entity."""
        if (source, level) not in self._held:
            self._held[source, level] = _Held.of(self.known.lasting(source, level))
        return self._held[source, level]


@dataclass(frozen=True)
class _Held:
    """Items in the order of their entities."""

    entity: Ints
    since: Ints
    until: Ints
    items: Items

    @classmethod
    def of(cls, items: Items) -> _Held:
        order = sorted_order(items.entity)
        items = items.take(order)
        return cls(items.entity, items.since, items.until, items)


class _Point:
    """One moment, asking the streams by plain numbers."""

    def __init__(self, online: Online, moments: Moments, row: int) -> None:
        known, m = online.known, moments.take(np.array([row]))
        belonging = known.belonging
        self._online, self._known, self._t = online, known, int(m.as_of[0])
        customer = belonging.names.at(m.customer, m.as_of)
        account = known.account(customer, m.as_of, m.currency)
        own = own_numbers(known, m, account)
        self._own = {name: float(column[0]) for name, column in own.items()}
        self._customer = customer
        due = self._own["due_on"]
        country = belonging.countries[0].at(customer, m.as_of)
        self._country = known.country(country, m.entity, m.as_of)
        self._as_of = m.as_of
        described = due == due and customer[0] >= 0
        self._entities = {
            "customer": int(account[0]),
            "weekday": int(customer[0]) * 7 + int(weekday(int(due))) if described else -1,
            "parent": int(belonging.parents.at(customer, m.as_of)[0]),
            "segment": int(belonging.segments[0].at(customer, m.as_of)[0]),
            "country": int(country[0]),
            "everyone": 0,
            "invoice": int(m.invoice[0]),
        }
        self._places = self._look_up()
        self._looks: dict[tuple[str, str], list[int]] = {}

    def read(self, op: str, of: tuple[Said, ...], needs: list[Any]) -> Any:
        """The number of a term that is no arithmetic, see `expressions`."""
        return getattr(self, f"_read_{op}")(*of, *needs)

    def _look_up(self) -> dict[tuple[str, str, int | str], list[int]]:
        """All places of the streams that are needed, a search a stream."""
        found = {}
        for (name, level, kind), backs in self._online.lookups.items():
            entity = self._entities[level]
            base, before = (entity << DAY_BITS), self._t - EARLIEST_DAY
            key = [base if back is None else base + before - back for back in backs]
            keys = self._known.stream(name, level).keys(kind)
            places = keys.searchsorted(key if entity >= 0 else [0] * len(key))
            found[name, level, kind] = places.tolist()
        return found

    def _read_total(self, *of: Said) -> int:
        found = 0
        for sign, sums, where, nth in self._online.parts[of]:
            place = self._places[where][nth]
            found += sign * (place if sums is None else int(sums[place]))
        return found

    def _read_own(self, name: str) -> float:
        return self._own[name]

    def _read_attribute(self, name: str) -> float:
        membership, numbers = self._known.number(name)
        at = int(membership.at(self._customer, self._as_of)[0])
        return float(numbers[at]) if at >= 0 else NAN

    def _read_calendar(self, what: str, day: float) -> float:
        return float(self._known.opening.facts(what, np.array([day]), self._country)[0])

    def _read_day_of(self, which: str, name: str) -> float:
        latest = self._known.latest(name)
        if which == "last":
            days = self._looked(name, "day")
            return float(days[0]) if days else NAN
        entity = np.array([self._entities["customer"]])
        place = int(latest.first(entity, self._as_of)[0])
        return float(latest.column("day")[place]) if place >= 0 else NAN

    def _read_least(self, name: str, level: str, column: str) -> float:
        held, entity = self._online.held(name, level), self._entities[level]
        low, high = held.entity.searchsorted((entity, entity + 1))
        rows = slice(int(low), int(high))
        holds = np.flatnonzero((held.since[rows] < self._t) & (self._t <= held.until[rows]))
        if not len(holds):
            return NAN
        values = held.items.take(holds + rows.start).values
        fields = SOURCES[name].fields
        return float((fields[column](values) if column in fields else values[column]).min())

    def _looked(self, name: str, column: str) -> list[int]:
        """A field of the latest items, latest first."""
        if (name, column) not in self._looks:
            latest = self._known.latest(name)
            entity = np.array([self._entities["customer"]])
            place = latest.last(entity, self._as_of, LAST)[0]
            self._looks[name, column] = latest.column(column)[place[place >= 0]].tolist()
        return self._looks[name, column]

    def _read_recent(self, name: str, column: str, how: str, n: int) -> float:
        values = self._looked(name, column)
        if not values:
            return NAN
        if how == "mean":
            return float(sum(values[:n])) / min(len(values), n)
        values = sorted(values)
        at = (len(values) - 1) * (int(how[1:]) / 100)
        below = int(at)
        over = min(below + 1, len(values) - 1)
        return values[below] + (values[over] - values[below]) * (at - below)
