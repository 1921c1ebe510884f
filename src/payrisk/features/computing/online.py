"""Online: the features of one customer or one new invoice at once, bit for bit as in a matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import MONDAY_OF_EPOCH
from payrisk.features.catalogue.all import features
from payrisk.features.catalogue.terms import Argument
from payrisk.features.computing.arithmetic import NAN, ONE
from payrisk.features.computing.batch import own_numbers
from payrisk.features.computing.blocks import LAST
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.moments import Moments
from payrisk.features.computing.programs import Program
from payrisk.features.streams.items import Items
from payrisk.features.streams.keys import DAY_BITS, EARLIEST_DAY, sorted_order
from payrisk.features.streams.sources import SOURCES

_Part = tuple[int, Callable[[int], int], int]


@dataclass
class Online:
    """A ledger's streams kept ready, and the program of some features (all where None).

    Making one reads the whole ledger; each answer then reads only what it needs.
    """

    known: LedgerStreams
    names: Sequence[str] | None = None
    _held: dict[tuple[str, str], _Held] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Compile the features and make their streams."""
        chosen = features(self.names)
        self._columns = tuple(feature.name for feature in chosen)
        self._program = Program.of([f.term for f in chosen if f.term is not None])
        steps = list(enumerate(self._program.steps))
        self._steps = [
            (at, s.op, s.of, s.needs, ONE.get(s.op)) for at, s in steps if s.op != "constant"
        ]
        self._blank: list[Any] = [s.of[0] if s.op == "constant" else None for _, s in steps]
        self.lookups: dict[tuple[str, str, int | str], dict[int | None, int]] = {}
        self._n_places = 0
        self.parts = {
            step.of: self._total(*step.of) for step in self._program.steps if step.op == "total"
        }
        self.known.account(*(np.zeros(0, dtype=np.int64) for _ in range(3)))

    def _total(self, *of: Any) -> list[_Part]:
        """A total as running sums to add and take away, each at one of the places looked up."""
        name, level, column, window = of
        stream = self.known.stream(name, level)
        parts: list[_Part] = []
        for sign, kind, back in stream.window(window):
            backs = self.lookups.setdefault((name, level, kind), {})
            if back not in backs:
                backs[back] = self._n_places
                self._n_places += 1
            sums = stream.sums(column, kind)
            parts.append((sign, int if sums is None else sums.item, backs[back]))
        return parts

    def places(self, entities: dict[str, int], morning: int) -> list[int]:
        """Where the windows of a moment begin and end in every stream, a search a stream."""
        found = [0] * self._n_places
        before = morning - EARLIEST_DAY
        for (name, level, kind), backs in self.lookups.items():
            entity = entities[level]
            if entity < 0:
                continue
            base = entity << DAY_BITS
            key = [base if back is None else base + before - back for back in backs]
            keys = self.known.stream(name, level).keys(kind)
            for place, at in zip(backs.values(), keys.searchsorted(key).tolist(), strict=True):
                found[place] = at
        return found

    def read(self, moments: Moments, row: int = 0) -> dict[str, np.float32]:
        """The features of one moment, by name."""
        one, values = _Point(self, moments, row), self._blank.copy()
        for at, op, of, needs, do in self._steps:
            args = [values[place] for place in needs]
            values[at] = one.read(op, of, args) if do is None else do(*of, *args)
        found = np.array([values[place] for place in self._program.outputs], dtype=np.float32)
        return dict(zip(self._columns, found, strict=True))

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
        known, m = online.known, moments
        belonging, t = known.belonging, int(m.as_of[row])
        customer = belonging.names.one(int(m.customer[row]), t)
        one = m.take(np.array([row]))
        account = known.account(np.array([customer]), one.as_of, one.currency)
        own = own_numbers(known, one, account)
        self._own = {name: column.item(0) for name, column in own.items()}
        self._online, self._known, self._t, self._customer = online, known, t, customer
        due = self._own["due_on"]
        described = due == due and customer >= 0
        country = belonging.countries[0].one(customer, t)
        self._country = int(known.country(np.array([country]), one.entity, one.as_of)[0])
        self._entities = {
            "customer": int(account[0]),
            "weekday": customer * 7 + (int(due) + MONDAY_OF_EPOCH) % 7 if described else -1,
            "parent": belonging.parents.one(customer, t),
            "segment": belonging.segments[0].one(customer, t),
            "country": country,
            "everyone": 0,
            "invoice": int(m.invoice[row]),
        }
        self._places = online.places(self._entities, t)
        self._looks: dict[tuple[str, str], list[int]] = {}
        self._back: dict[str, list[int]] = {}

    def read(self, op: str, of: tuple[Argument, ...], needs: list[Any]) -> Any:
        """The number of a term that is no arithmetic, see `expressions`."""
        return _READ[op](self, *of, *needs)

    def _read_total(self, *of: Argument) -> int:
        found, places = 0, self._places
        for sign, sums, place in self._online.parts[of]:
            found += sign * sums(places[place])
        return found

    def _read_own(self, name: str) -> float:
        return float(self._own[name])

    def _read_attribute(self, name: str) -> float:
        membership, numbers = self._known.number(name)
        at = membership.one(self._customer, self._t)
        return float(numbers[at]) if at >= 0 else NAN

    def _read_calendar(self, what: str, day: float) -> float:
        return float(self._known.opening.fact(what, day, self._country))

    def _read_day_of(self, which: str, name: str) -> float:
        if which == "last":
            days = self._looked(name, "day")
            return float(days[0]) if days else NAN
        latest = self._known.latest(name)
        place = latest.first_one(self._entities["customer"], self._t)
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
            if name not in self._back:
                account = self._entities["customer"]
                self._back[name] = latest.last_one(account, self._t, LAST)
            self._looks[name, column] = latest.column(column)[self._back[name]].tolist()
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


_READ: dict[str, Callable[..., Any]] = {
    name.removeprefix("_read_"): method
    for name, method in vars(_Point).items()
    if name.startswith("_read_")
}
