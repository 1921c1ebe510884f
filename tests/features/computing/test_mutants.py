"""Do the guards guard? Mistakes are planted in the engine one at a time; each must be caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from payrisk.calendar import NEVER
from payrisk.features.computing import arithmetic, blocks, ledger_streams
from payrisk.features.streams import latest
from payrisk.features.streams.customers import CustomerGroups, NamedGroups
from payrisk.features.streams.sources import SOURCES
from payrisk.ledger import Ledger
from payrisk.ledger.books.settling import BY_CASH, BY_LOSS
from payrisk.ledger.facts.completing import with_defaults
from support.full import at_size
from support.ledgers.messier import messier_tables
from support.oracle.comparing import compare
from support.oracle.guarding import FUTURES, IDS, bills_of, days_to_try, said, up_to

pytestmark = pytest.mark.long

LEDGERS = (0, 1, 15)  # that have what the mistakes need: ties, rates told late, moves


@cache
def checked(seed: int) -> dict:
    """A ledger's tables."""
    return Ledger.from_tables(messier_tables(seed, 40))[0].tables


@cache
def others(seed: int) -> list[tuple[int, dict]]:
    """Mornings, and the tables of ledgers with other futures."""
    tables = with_defaults(messier_tables(seed, 40))
    ways = [FUTURES[name] for name in ("noise", "cut, customers too")]
    changed = [(t, change(tables, t, seed)) for t in days_to_try(tables) for change in ways]
    return [(t, Ledger.from_tables(x)[0].tables) for t, x in changed if len(x["invoices"])]


def oracle(seed: int) -> bool:
    """Whether the oracle finds anything wrong."""
    return bool(compare(Ledger(checked(seed)), seed).different)


def future(seed: int) -> bool:
    """Whether another future moves anything."""
    one, expected = Ledger(checked(seed)), {}
    for t, tables in others(seed):
        bills = bills_of(one, t)
        if t not in expected:
            expected[t] = said(one, up_to(one, bills, IDS, t))
        other = Ledger(tables)
        if said(other, up_to(other, bills, IDS, t)) != expected[t]:
            return True
    return False


@dataclass
class Lying:
    """Facts that tell other readings of the invoices."""

    facts: Any
    readings: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.facts, name)


def settled_as(patch: pytest.MonkeyPatch, told: Callable[[Any], Any]) -> None:
    """Let settlements be read from readings changed so."""
    own = SOURCES["settled"]
    items = own.items
    lying = replace(own, items=lambda facts: items(Lying(facts, told(facts.readings))))
    patch.setitem(SOURCES, "settled", lying)


def today_is_known(patch):
    own = blocks.MomentBlock._search
    known = lambda self, *given: own(self, *given[:-1], given[-1] or -1)  # noqa: E731
    patch.setattr(blocks.MomentBlock, "_search", known)


def latest_of_today_are_known(patch):
    own = latest.LatestItems.last
    patch.setattr(latest.LatestItems, "last", lambda self, e, t, n: own(self, e, t + 1, n))


def settled_when_issued(patch):
    def told(t):
        paid = t.settled_on < NEVER
        on = np.where(paid, t.issued_on, t.settled_on)
        return replace(t, closing_recorded_on=on, since=np.where(paid, t.issued_on, t.since))

    own = SOURCES["settled"]

    def items(facts):
        found = own.items(facts)
        issued = found.values["rated_on"]
        return replace(found, day=issued, since=np.minimum(found.since, issued))

    patch.setitem(SOURCES, "settled", replace(own, items=items))


def windows_one_day_longer(patch):
    own = blocks.MomentBlock._search
    longer = lambda self, *given: own(self, *given[:-1], given[-1] + (given[-1] > 0))  # noqa: E731
    patch.setattr(blocks.MomentBlock, "_search", longer)


def ties_the_other_way(patch):
    own = latest.LatestItems

    def backwards(items, fields):
        return own(items.take(np.arange(len(items))[::-1]), fields)

    patch.setattr(ledger_streams, "LatestItems", backwards)


def losses_paid(patch):
    def told(t):
        return replace(t, closed_by=np.where(t.closed_by == BY_LOSS, BY_CASH, t.closed_by))

    settled_as(patch, told)


def known_when_it_happened(patch):
    def told(t):
        since = np.where(t.settled_on < NEVER, np.minimum(t.since, t.settled_on), t.since)
        return replace(t, since=since, closing_recorded_on=t.settled_on)

    settled_as(patch, told)


def windows_by_value_date(patch):
    settled_as(patch, lambda t: replace(t, closing_recorded_on=t.settled_on))


def attributes_since_they_were_valid(patch):
    own = CustomerGroups._attribute_rows

    def rows(self, name):
        found = own(self, name)
        return found.assign(since=found["valid_on"])

    patch.setattr(CustomerGroups, "_attribute_rows", rows)


def countries_since_ever(patch):
    own = CustomerGroups._named

    def named_now(self, column, changed):
        found, names = own(self, column, changed)
        if column != "country":
            return NamedGroups(found, names)
        last = np.append(found.member[1:] != found.member[:-1], True)
        return NamedGroups(type(found).of_fixed_groups(found.group[last]), names)

    patch.setattr(CustomerGroups, "_named", named_now)


def nothing_is_no_days(patch):
    own = arithmetic.ARITHMETIC["divide"]
    patch.setitem(arithmetic.ARITHMETIC, "divide", lambda a, b: np.nan_to_num(own(a, b)))


def rates_before_they_were_told(patch):
    own = ledger_streams.CurrencyAccounts.convert

    def converted(self, cents, base, quote, days):
        worth, told = own(self, cents, base, quote, days)
        return worth, np.where(told < NEVER, np.minimum(told, days - 1), told)

    patch.setattr(ledger_streams.CurrencyAccounts, "convert", converted)


BOTH, ORACLE = {oracle, future}, {oracle}

MUTANTS = {
    today_is_known: BOTH,
    latest_of_today_are_known: BOTH,
    settled_when_issued: BOTH,
    windows_one_day_longer: ORACLE,
    ties_the_other_way: ORACLE,
    losses_paid: ORACLE,
    known_when_it_happened: BOTH,
    windows_by_value_date: ORACLE,
    attributes_since_they_were_valid: BOTH,
    countries_since_ever: BOTH,
    rates_before_they_were_told: BOTH,
    nothing_is_no_days: ORACLE,
}


@cache
def caught_as_it_is() -> set[Callable[[int], bool]]:
    """The guards that find fault with the engine when nothing is planted."""
    return {guard for guard in BOTH if any(guard(seed) for seed in LEDGERS)}


AT_SIZE = {latest_of_today_are_known, losses_paid, known_when_it_happened, nothing_is_no_days}
"""Each has a brother above that the same guards catch."""


@pytest.mark.parametrize(
    "mutant",
    [pytest.param(mutant, marks=at_size if mutant in AT_SIZE else ()) for mutant in MUTANTS],
)
def test_a_planted_mistake_is_caught_and_nothing_else(mutant, monkeypatch):
    assert caught_as_it_is() == set()
    mutant(monkeypatch)
    caught = {guard for guard in BOTH if any(guard(seed) for seed in LEDGERS)}
    assert caught == MUTANTS[mutant]
