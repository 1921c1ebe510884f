"""Known: every stream of a ledger at every level, made when a feature first needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.features.catalogue.feature import Feature
from payrisk.features.streams.accounts import CurrencyAccounts
from payrisk.features.streams.business_days import BusinessCalendars, of_countries
from payrisk.features.streams.customers import CustomerGroups
from payrisk.features.streams.facts import LedgerFacts
from payrisk.features.streams.items import Items
from payrisk.features.streams.lag_bins import N_BINS
from payrisk.features.streams.latest import LatestItems
from payrisk.features.streams.membership import Membership
from payrisk.features.streams.numbers import READERS
from payrisk.features.streams.prefix_sums import (
    IncrementColumns,
    Increments,
    Stream,
    SummedIncrements,
)
from payrisk.features.streams.sources import SOURCES
from payrisk.ledger import Ledger
from payrisk.ledger.timeline.timeline import Timeline

LEVELS = (
    "customer", "weekday", "parent", "segment", "country", "everyone", "invoice",
    "lag", "weekday_lag", "everyone_lag",
)  # fmt: skip
"""Whom a stream is summed by; `weekday` is the customer's invoices due on one day of the week,
and lags are bins of days late."""
SHARED = ("segment", "country", "everyone", "everyone_lag")
"""Levels that reach beyond a parent group, and so beyond a partition."""


@dataclass(frozen=True)
class SharedStreams:
    """What reaches beyond parent groups: the names of segments and countries, and their streams.

    groups: 'segment' and 'country' → names, in the order of their codes. told: (source, level) →
    increments.
    """

    groups: dict[str, tuple[str, ...]]
    told: dict[tuple[str, str], IncrementColumns]

    @classmethod
    def of(cls, known: LedgerStreams, features: Sequence[Feature]) -> SharedStreams:
        """What a ledger, or a part of one, contributes to these features."""
        belonging = known.belonging
        groups = {"segment": belonging.segments[1], "country": belonging.countries[1]}
        told = {
            (source, level): SummedIncrements([known.increments(source, level)]).told(
                sorted(names)
            )
            for (source, level), names in _summed(features).items()
        }
        return cls({name: tuple(index) for name, index in groups.items()}, told)

    @classmethod
    def merged(cls, parts: Sequence[SharedStreams]) -> SharedStreams:
        """What all parts together contribute."""
        groups: dict[str, tuple[str, ...]] = {}
        for name in parts[0].groups:
            groups[name] = tuple(sorted({one for part in parts for one in part.groups[name]}))
        told = {}
        for (source, level), first in parts[0].told.items():
            own = [part.told[source, level] for part in parts]
            if level in groups:
                names = {name: code for code, name in enumerate(groups[level])}
                own = [
                    replace(one, entity=_recoded(one.entity, part.groups[level], names))
                    for one, part in zip(own, parts, strict=True)
                ]
            told[source, level] = SummedIncrements(own).told(sorted(first.columns))
        return cls(groups, told)


def _recoded(codes: Ints, own: Sequence[str], names: dict[str, int]) -> Ints:
    return np.array([names[name] for name in own], dtype=np.int64)[codes]


def _summed(features: Sequence[Feature]) -> dict[tuple[str, str], set[str]]:
    """The fields that features sum at levels beyond parent groups, by source and level."""
    found: dict[tuple[str, str], set[str]] = {}
    for term in (t for f in features if f.term is not None for t in f.term.walk()):
        if term.op == "total" and term.of[1] in SHARED:
            found.setdefault((str(term.of[0]), str(term.of[1])), set()).add(str(term.of[2]))
        if term.op == "at_lag" and term.of[1] in SHARED:
            found.setdefault((str(term.of[0]), str(term.of[1])), set()).add("n")
    return found


class LedgerStreams:
    """What a ledger's facts say, prepared so that any morning can be asked.

    Nothing is asked of it directly but by `features.build`; that a morning sees only facts known
    before it is the streams' doing, so one preparation serves every as_of.
    """

    def __init__(
        self,
        ledger: Ledger,
        shared: SharedStreams | None = None,
        timeline: Timeline | None = None,
        backdated: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare nothing yet; `LedgerStreams.of` keeps it while the ledger lives.

        shared: what a larger ledger, of which this is a part, says beyond parent groups.
        timeline: the ledger's own, made before. backdated: attributes without date history that
        are read as if known since ever, see `undated`.
        """
        self.belonging = CustomerGroups(ledger, shared.groups if shared else None, backdated)
        self.facts = LedgerFacts(ledger, self.belonging, timeline)
        self.shared = shared
        self._streams: dict[tuple[str, str], Stream] = {}
        self._latest: dict[str, LatestItems] = {}
        self._lasting: dict[tuple[str, str], Items] = {}
        self._numbers: dict[str, tuple[Membership, Floats]] = {}
        self._items: dict[str, Items] = {}

    @classmethod
    def of(cls, ledger: Ledger, backdated: frozenset[str] = frozenset()) -> LedgerStreams:
        """What the ledger says; kept while it lives."""
        key = (cls.__qualname__, backdated)
        if key not in ledger.derived:
            ledger.derived[key] = cls(ledger, backdated=backdated)
        return cast("LedgerStreams", ledger.derived[key])

    @classmethod
    def part(cls, ledger: Ledger, shared: SharedStreams, timeline: Timeline) -> LedgerStreams:
        """What a part of a larger ledger says; kept while it lives."""
        known = cls(ledger, shared, timeline)
        ledger.derived[cls.__qualname__, frozenset()] = known
        return known

    @cached_property
    def accounts(self) -> CurrencyAccounts:
        """The currencies each customer is billed in."""
        return CurrencyAccounts.of(self.facts)

    def items(self, source: str) -> Items:
        """A source's items by the customer's present name."""
        if source not in self._items:
            self._items[source] = SOURCES[source].items(self.facts)
        return self._items[source]

    def _on_accounts(self, source: str) -> Items:
        return self.accounts.spread(self.items(source), SOURCES[source].money)

    def _at(self, source: str, level: str) -> Items:
        items = self.items(source)
        if level == "customer":
            return self._on_accounts(source)
        if level == "parent":
            return items.by(self.belonging.parents)
        if level == "segment":
            return items.by(self.belonging.segments[0])
        if level == "country":
            return items.by(self.belonging.countries[0])
        if level == "everyone":
            return items.lasting(np.zeros(len(items), np.int64), items.since, items.until)
        if level == "weekday":
            entity = items.entity * 7 + items.values["due_weekday"]
            return items.lasting(entity, items.since, items.until)
        if level in ("lag", "weekday_lag", "everyone_lag"):
            whose = {"lag": items.entity, "everyone_lag": items.entity * 0}.get(level)
            if whose is None:
                whose = items.entity * 7 + items.values["due_weekday"]
            return items.lasting(whose * N_BINS + items.values["bin"], items.since, items.until)
        return items.lasting(items.values["invoice"], items.since, items.until)

    def stream(self, source: str, level: str) -> Stream:
        """The running sums of a source at a level."""
        if (source, level) not in self._streams and self.shared and level in SHARED:
            told = self.shared.told[source, level]
            self._streams[source, level] = Stream(SummedIncrements([told]))
        if (source, level) not in self._streams:
            each = self.increments(source, level)
            self._streams[source, level] = Stream(
                SummedIncrements([each]) if level in SHARED else each
            )
        return self._streams[source, level]

    def increments(self, source: str, level: str) -> Increments:
        """What this ledger's facts add to the sums of a source at a level."""
        own = SOURCES[source]
        return Increments(self._at(source, level), own.fields, is_stock=own.is_stock)

    def latest(self, source: str) -> LatestItems:
        """A source's items of each account, to look back on."""
        if source not in self._latest:
            self._latest[source] = LatestItems(self._on_accounts(source), SOURCES[source].fields)
        return self._latest[source]

    def lasting(self, source: str, level: str) -> Items:
        """A stock's items at a level with the mornings they last."""
        if (source, level) not in self._lasting:
            self._lasting[source, level] = self._at(source, level)
        return self._lasting[source, level]

    def number(self, name: str) -> tuple[Membership, Floats]:
        """A dated attribute as numbers, and which of them held for each customer."""
        if name not in self._numbers:
            self._numbers[name] = self.belonging.numbers(name, READERS[name])
        return self._numbers[name]

    @cached_property
    def opening(self) -> BusinessCalendars:
        """The calendars of the countries."""
        return self._countries[0]

    @cached_property
    def _countries(self) -> tuple[BusinessCalendars, Ints, Ints]:
        return of_countries(self.belonging)

    def country(self, customer_country: Ints, entity: Ints, mornings: Ints) -> Ints:
        """(n,) code of the calendar that governs: the customer's country, else our bank's."""
        _, of_customers, of_entities = self._countries
        recorded = self.facts.ledger.tables["entities"]["recorded_on"].to_numpy(dtype=np.int64)
        is_known = (entity >= 0) & (np.append(recorded, NEVER)[entity] < mornings)
        ours = np.where(is_known, np.append(of_entities, 0)[entity], 0)
        own = np.append(of_customers, 0)[customer_country]
        return np.where(own > 0, own, ours)

    def account(self, customer: Ints, mornings: Ints, currency: Ints) -> Ints:
        """(n,) each customer's account in its usual currency: that of most invoices known.

        Of equals the first in the alphabet; before any invoice, `currency` if it has such an
        account, else its first. −1 for customer −1.
        """
        own = self.accounts
        known = np.maximum(customer, 0)
        account = np.asarray(own.start[known], dtype=np.int64)
        if not own.is_simple:
            several = np.flatnonzero(own.start[known + 1] - own.start[known] > 1)
            account[several] = self._usual(known[several], mornings[several], currency[several])
        return np.where(customer < 0, -1, account)

    def _usual(self, customer: Ints, mornings: Ints, currency: Ints) -> Ints:
        own, billed = self.accounts, self._billed
        best = own.start[customer].astype(np.int64)
        most = np.full(len(customer), -1, dtype=np.int64)
        width = len(self.facts.currencies) + 1
        nth = 0
        while True:
            account = own.start[customer] + nth
            there = account < own.start[customer + 1]
            if not there.any():
                return best
            account = np.where(there, account, own.start[customer])
            span = billed.span(customer * width + own.currency[account], mornings, None)
            n = billed.total("n", span) * 2 + (own.currency[account] == currency)
            n = np.where(n >= 2, n - n % 2, n)  # the own currency only counts before any invoice
            better = there & (n > most)
            best, most = np.where(better, account, best), np.where(better, n, most)
            nth += 1

    @cached_property
    def _billed(self) -> Stream:
        items = self.items("issued")
        entity = items.entity * (len(self.facts.currencies) + 1) + items.values["currency"]
        return Stream(Increments(items.lasting(entity, items.since, items.until), {}))
