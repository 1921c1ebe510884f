"""Every stream of a ledger at every level, made when a feature first needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.features.catalogue.feature import Feature
from payrisk.features.streams.accounts import CurrencyAccounts
from payrisk.features.streams.business_days import BusinessCalendars, LedgerCalendars
from payrisk.features.streams.customers import AttributeNumbers, CustomerGroups
from payrisk.features.streams.facts import LedgerFacts
from payrisk.features.streams.items import Items
from payrisk.features.streams.lag_bins import N_BINS
from payrisk.features.streams.latest import LatestItems
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

    groups: 'segment' and 'country' → names, in the order of their codes. sums: (source, level) →
    increments.
    """

    groups: dict[str, tuple[str, ...]]
    sums: dict[tuple[str, str], IncrementColumns]

    @classmethod
    def of(cls, streams: LedgerStreams, features: Sequence[Feature]) -> SharedStreams:
        """What a ledger, or a part of one, contributes to these features."""
        customers = streams.groups
        groups = {"segment": customers.segments.names, "country": customers.countries.names}
        sums = {
            (source, level): SummedIncrements([streams.increments(source, level)]).columns(
                sorted(fields)
            )
            for (source, level), fields in _shared_fields(features).items()
        }
        return cls({name: tuple(index) for name, index in groups.items()}, sums)

    @classmethod
    def merged(cls, parts: Sequence[SharedStreams]) -> SharedStreams:
        """What all parts together contribute."""
        groups: dict[str, tuple[str, ...]] = {}
        for name in parts[0].groups:
            groups[name] = tuple(sorted(set().union(*(part.groups[name] for part in parts))))
        sums = {}
        for (source, level), first in parts[0].sums.items():
            contributions = [part.sums[source, level] for part in parts]
            if level in groups:
                names = {name: code for code, name in enumerate(groups[level])}
                contributions = [
                    replace(columns, entity=_recode(columns.entity, part.groups[level], names))
                    for columns, part in zip(contributions, parts, strict=True)
                ]
            sums[source, level] = SummedIncrements(contributions).columns(sorted(first.fields))
        return cls(groups, sums)


def _recode(codes: Ints, part_names: Sequence[str], code_of: dict[str, int]) -> Ints:
    return np.array([code_of[name] for name in part_names], dtype=np.int64)[codes]


def _shared_fields(features: Sequence[Feature]) -> dict[tuple[str, str], set[str]]:
    """The fields that features sum at levels beyond parent groups, by source and level."""
    fields: dict[tuple[str, str], set[str]] = {}
    for term in (t for f in features if f.term is not None for t in f.term.walk()):
        if term.op in ("total", "at_lag") and term.arguments["level"] in SHARED:
            source, level = (str(term.arguments[name]) for name in ("stream", "level"))
            fields.setdefault((source, level), set()).add(str(term.arguments.get("field", "n")))
    return fields


class LedgerStreams:
    """The streams of a ledger's facts, prepared so that any morning can be asked about.

    Only `features.build` and its like ask; that a morning sees only facts known before it is the
    streams' doing, so one preparation serves every as_of.
    """

    def __init__(
        self,
        ledger: Ledger,
        shared: SharedStreams | None = None,
        timeline: Timeline | None = None,
        backdated: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare nothing yet; `LedgerStreams.of` keeps the streams while the ledger lives.

        shared: what a larger ledger, of which this is a part, says beyond parent groups.
        timeline: the ledger's own, made before. backdated: attributes without date history that
        are read as if known since ever, see `undated`.
        """
        self.groups = CustomerGroups(ledger, shared.groups if shared else None, backdated)
        self.facts = LedgerFacts(ledger, self.groups, timeline)
        self.shared = shared
        self._streams: dict[tuple[str, str], Stream] = {}
        self._latest: dict[str, LatestItems] = {}
        self._stocks: dict[tuple[str, str], Items] = {}
        self._numbers: dict[str, AttributeNumbers] = {}
        self._items: dict[str, Items] = {}

    @classmethod
    def of(cls, ledger: Ledger, backdated: frozenset[str] = frozenset()) -> LedgerStreams:
        """A ledger's streams; kept while it lives."""
        key = (cls.__qualname__, backdated)
        if key not in ledger.derived:
            ledger.derived[key] = cls(ledger, backdated=backdated)
        return cast("LedgerStreams", ledger.derived[key])

    @classmethod
    def part(cls, ledger: Ledger, shared: SharedStreams, timeline: Timeline) -> LedgerStreams:
        """The streams of a part of a larger ledger; kept while it lives."""
        streams = cls(ledger, shared, timeline)
        ledger.derived[cls.__qualname__, frozenset()] = streams
        return streams

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
        return self.accounts.by_account(self.items(source), SOURCES[source].money)

    def _items_at(self, source: str, level: str) -> Items:
        items = self.items(source)
        if level == "customer":
            return self._on_accounts(source)
        if level == "parent":
            return items.by_group(self.groups.parents)
        if level == "segment":
            return items.by_group(self.groups.segments.membership)
        if level == "country":
            return items.by_group(self.groups.countries.membership)
        if level == "everyone":
            return items.with_spells(np.zeros(len(items), np.int64), items.since, items.until)
        if level == "weekday":
            entity = items.entity * 7 + items.values["due_weekday"]
            return items.with_spells(entity, items.since, items.until)
        if level in ("lag", "weekday_lag", "everyone_lag"):
            entity = items.entity
            if level == "everyone_lag":
                entity = entity * 0
            elif level == "weekday_lag":
                entity = entity * 7 + items.values["due_weekday"]
            entity = entity * N_BINS + items.values["bin"]
            return items.with_spells(entity, items.since, items.until)
        return items.with_spells(items.values["invoice"], items.since, items.until)

    def stream(self, source: str, level: str) -> Stream:
        """The running sums of a source at a level."""
        if (source, level) not in self._streams and self.shared and level in SHARED:
            sums = self.shared.sums[source, level]
            self._streams[source, level] = Stream(SummedIncrements([sums]))
        if (source, level) not in self._streams:
            increments = self.increments(source, level)
            self._streams[source, level] = Stream(
                SummedIncrements([increments]) if level in SHARED else increments
            )
        return self._streams[source, level]

    def increments(self, source: str, level: str) -> Increments:
        """What this ledger's facts add to the sums of a source at a level."""
        rule = SOURCES[source]
        return Increments(self._items_at(source, level), rule.fields, is_stock=rule.is_stock)

    def latest(self, source: str) -> LatestItems:
        """A source's items by account, to look back on."""
        if source not in self._latest:
            self._latest[source] = LatestItems(self._on_accounts(source), SOURCES[source].fields)
        return self._latest[source]

    def stock_items(self, source: str, level: str) -> Items:
        """A stock's items at a level, with the mornings on which each holds."""
        if (source, level) not in self._stocks:
            self._stocks[source, level] = self._items_at(source, level)
        return self._stocks[source, level]

    def attribute_numbers(self, name: str) -> AttributeNumbers:
        """A dated attribute as numbers, and which of them held for each customer when."""
        if name not in self._numbers:
            self._numbers[name] = self.groups.numbers(name, READERS[name])
        return self._numbers[name]

    @cached_property
    def calendars(self) -> BusinessCalendars:
        """The calendars of the countries."""
        return self._countries.calendars

    @cached_property
    def _countries(self) -> LedgerCalendars:
        return LedgerCalendars.of(self.groups)

    def country(self, customer_country: Ints, entity: Ints, mornings: Ints) -> Ints:
        """(n,) code of the calendar that governs: the customer's country, else our bank's."""
        of_country, of_entity, recorded_on = self._governing
        is_recorded = (entity >= 0) & (recorded_on[entity] < mornings)
        codes = of_country[customer_country]
        return np.where(codes > 0, codes, np.where(is_recorded, of_entity[entity], 0))

    @cached_property
    def _governing(self) -> tuple[Ints, Ints, Ints]:
        """Codes of countries and of entities, and when these were recorded; the last of none."""
        recorded = self.facts.ledger.tables["entities"]["recorded_on"].to_numpy(dtype=np.int64)
        _, of_country, of_entity = self._countries
        return np.append(of_country, 0), np.append(of_entity, 0), np.append(recorded, NEVER)

    def account(self, customer: Ints, mornings: Ints, currency: Ints) -> Ints:
        """(n,) each customer's account in its usual currency: that of most invoices known.

        Of equals the first in the alphabet; before any invoice, `currency` if it has such an
        account, else its first. −1 for customer −1.
        """
        accounts = self.accounts
        row = np.maximum(customer, 0)
        account = np.asarray(accounts.start[row], dtype=np.int64)
        if not accounts.has_one_account_each:
            several = np.flatnonzero(accounts.start[row + 1] - accounts.start[row] > 1)
            account[several] = self._usual(row[several], mornings[several], currency[several])
        return np.where(customer < 0, -1, account)

    def _usual(self, customer: Ints, mornings: Ints, currency: Ints) -> Ints:
        accounts, billed = self.accounts, self._billed
        best = accounts.start[customer].astype(np.int64)
        most = np.full(len(customer), -1, dtype=np.int64)
        width = len(self.facts.currencies) + 1
        nth = 0
        while True:
            account = accounts.start[customer] + nth
            there = account < accounts.start[customer + 1]
            if not there.any():
                return best
            account = np.where(there, account, accounts.start[customer])
            span = billed.span(customer * width + accounts.currency[account], mornings, None)
            n = billed.total("n", span) * 2 + (accounts.currency[account] == currency)
            n = np.where(n >= 2, n - n % 2, n)  # the own currency only counts before any invoice
            better = there & (n > most)
            best, most = np.where(better, account, best), np.where(better, n, most)
            nth += 1

    @cached_property
    def _billed(self) -> Stream:
        items = self.items("issued")
        entity = items.entity * (len(self.facts.currencies) + 1) + items.values["currency"]
        return Stream(Increments(items.with_spells(entity, items.since, items.until), {}))
