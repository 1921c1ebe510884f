"""A customer's items with their amounts in each currency the customer is billed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.features.streams.exchange_rates import DocumentRates
from payrisk.features.streams.facts import LedgerFacts
from payrisk.features.streams.items import Items
from payrisk.ledger.facts.segments import expand_spans


class ConvertedAmounts(NamedTuple):
    """(n,) minor units, and the day the rate was recorded; 0 and NEVER where there is no rate."""

    cents: Ints
    recorded_on: Ints


@dataclass(frozen=True)
class CurrencyAccounts:
    """One account a customer and currency, sorted by both; every customer has at least one.

    All items of a customer are on each of its accounts, amounts in the account's currency, so a
    moment reads the account of the usual currency and nothing is converted later. customer,
    currency: (k,); start: (customers + 1,) where each customer's accounts begin.
    """

    customer: Ints
    currency: Ints
    start: Ints
    rates: DocumentRates
    n_currencies: int

    @classmethod
    def of(cls, facts: LedgerFacts) -> CurrencyAccounts:
        """The currencies each customer, under any of its names, was ever billed in."""
        t, n = facts.readings, facts.current_customers.n_members
        width = len(facts.currencies) + 1
        pairs = _distinct(t.customer, facts.invoice_currency[t.invoice], width)
        never_billed = np.setdiff1d(np.arange(n), pairs // width, assume_unique=False)
        pairs = np.sort(np.concatenate([pairs, never_billed * width + width - 1]))
        customer = pairs // width
        start = np.searchsorted(customer, np.arange(n + 1))
        return cls(customer, pairs % width, start, DocumentRates(facts), len(facts.currencies))

    @property
    def has_one_account_each(self) -> bool:
        """Whether every customer has one account, whose number is then the customer's."""
        return len(self.customer) == len(self.start) - 1

    def by_account(self, items: Items, money: str) -> Items:
        """Items of customers as items of their accounts, amounts converted.

        Value `priced` is 1 where the amount is known in the account's currency, else 0 and the
        amount is 0. An amount whose rate became known later is priced from then on.
        """
        if self.has_one_account_each:
            on, account = items, items.entity
        else:
            row, account = expand_spans(self.start[items.entity], self.start[items.entity + 1])
            on = items.take(row)
        on = Items(account, on.day, on.since, on.until, on.values)
        return self._priced(on, money) if money else on

    def _priced(self, on: Items, money: str) -> Items:
        priced = np.broadcast_to(np.int64(1), len(on))
        if self.n_currencies < 2:
            return replace(on, values=on.values.with_columns(priced=priced))
        currency, quote = on.values["currency"], self.currency[on.entity]
        foreign = np.flatnonzero(currency != quote)
        if not len(foreign):
            return replace(on, values=on.values.with_columns(priced=priced))
        cents = on.values[money].copy()
        rated_on = np.full(len(on), -NEVER, dtype=np.int64)
        cents[foreign], rated_on[foreign] = self.convert(
            cents[foreign], currency[foreign], quote[foreign], on.values["rated_on"][foreign]
        )
        later = np.flatnonzero(rated_on > on.since)
        # a reading whose rate comes later is cut in two, the unpriced part first
        row = np.sort(np.concatenate([np.arange(len(on)), later]))
        is_first = np.append(row[1:] == row[:-1], False)
        is_priced = (~is_first).astype(np.int64)
        cut = on.take(row)
        since = np.where(is_first, cut.since, np.maximum(cut.since, rated_on[row]))
        until = np.where(is_first, np.minimum(cut.until, rated_on[row]), cut.until)
        values = cut.values.with_columns(priced=is_priced, **{money: cents[row] * is_priced})
        return Items(cut.entity, cut.day, since, until, values).with_spells(
            cut.entity, since, until
        )

    def convert(self, cents: Ints, base: Ints, quote: Ints, days: Ints) -> ConvertedAmounts:
        """Amounts in other currencies at the rate of their documents' days."""
        out, recorded_on = (
            np.zeros(len(cents), np.int64),
            np.full(len(cents), NEVER, dtype=np.int64),
        )
        for a, b in set(zip(base.tolist(), quote.tolist(), strict=True)):
            rows = np.flatnonzero((base == a) & (quote == b))
            factor, rated_on = self.rates.factor(a, b, days[rows])
            worth = cents[rows] * np.where(np.isnan(factor), 0.0, factor)
            out[rows] = np.rint(np.clip(worth, -(2.0**60), 2.0**60)).astype(np.int64)
            recorded_on[rows] = rated_on
        return ConvertedAmounts(out, recorded_on)


def _distinct(customer: Ints, currency: Ints, width: int) -> Ints:
    """Distinct pairs as customer · width + currency, sorted; the customers come sorted."""
    if not len(customer):
        return customer
    starts = np.flatnonzero(np.append(True, customer[1:] != customer[:-1]))
    low, high = (extreme.reduceat(currency, starts) for extreme in (np.minimum, np.maximum))
    pairs = customer[starts] * width + low
    several = low != high
    if several.any():
        rows = np.repeat(several, np.diff(np.append(starts, len(customer))))
        pairs = np.unique(np.concatenate([pairs, customer[rows] * width + currency[rows]]))
    return pairs
