"""Amounts in a base currency: at the rates of the evening, and at those of the day of booking."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats
from payrisk.errors import InputError
from payrisk.ledger import Books
from payrisk.money import decimals, is_currency
from payrisk.receivables.aging import MEMOS, Aging
from payrisk.receivables.dimensions import checked_keys, with_keys, with_names

BY_ENTITY = "entity"
"""In place of a currency: each entity's own base currency."""

CENTS = ("amount", "open", "unapplied", "disputed", "promised", "planned", "paid_in_part")
BASE_AMOUNTS = ("net_booked", "no_booked_rate", "fx_difference")


class DatedRates:
    """The rates known by the evening of some books, each from its day until the next.

    As `rates.KnownRates` has them of one day: either way round, or over a third currency, the one
    whose older rate is the newest.
    """

    def __init__(self, books: Books) -> None:
        """Read the rate table of one reading of the books."""
        table = books.known_rows("rates")
        table = table[(table["valid_on"] <= books.close_of) & (table["rate"] > 0)]
        table = table.sort_values(["valid_on", "type"], kind="stable")
        self._pairs: dict[tuple[str, str], tuple[Days, Floats]] = {}
        for (base, quote), rows in table.groupby(["from", "to"], sort=True):
            last = rows.drop_duplicates("valid_on", keep="last")
            days = last["valid_on"].to_numpy(np.int64)
            self._pairs[str(base), str(quote)] = (days, last["rate"].to_numpy(np.float64))
        self._currencies = sorted({currency for pair in self._pairs for currency in pair})

    def on(self, base: str, quote: str, days: Days) -> Floats:
        """(n,) units of `quote` for one of `base` on each day; NaN where none is known yet."""
        if base == quote:
            return np.ones(len(days))
        rate, since = self._direct(base, quote, days)
        unknown = since < 0
        if unknown.any():
            best = np.full(len(days), -1, dtype=np.int64)
            for third in self._currencies:
                first, first_on = self._direct(base, third, days)
                second, second_on = self._direct(third, quote, days)
                older = np.minimum(first_on, second_on)
                newer = unknown & (older > best)
                rate, best = np.where(newer, first * second, rate), np.where(newer, older, best)
        return rate

    def scaled(self, base: str, quote: str, days: Days) -> Floats:
        """As `on`, in minor units of `quote` for one minor unit of `base`."""
        scale = 10.0 ** (decimals(quote) - decimals(base))
        return np.asarray(self.on(base, quote, days) * scale)

    def _direct(self, base: str, quote: str, days: Days) -> tuple[Floats, Days]:
        """The newest rate of a pair, noted either way round, and its day (−1 = none)."""
        rate, since = self._noted(base, quote, days)
        back, back_since = self._noted(quote, base, days)
        is_newer = back_since > since
        return np.where(is_newer, 1.0 / back, rate), np.maximum(since, back_since)

    def _noted(self, base: str, quote: str, days: Days) -> tuple[Floats, Days]:
        valid, rates = self._pairs.get((base, quote), (_NO_DAYS, _NO_RATES))
        place = np.searchsorted(valid, days, side="right") - 1
        if not len(valid):
            return np.full(len(days), np.nan), np.full(len(days), -1, dtype=np.int64)
        is_known = place >= 0
        take = np.maximum(place, 0)
        return np.where(is_known, rates[take], np.nan), np.where(is_known, valid[take], -1)


def base_currencies(books: Books, entity_ids: pd.Series, base: str) -> np.ndarray:
    """(n,) the base currency of each row: the one named, or with BY_ENTITY its entity's own.

    Raises InputError for a word that is no currency, or an entity that has none.
    """
    if base != BY_ENTITY:
        if not is_currency(base):
            raise InputError(f"'{base}' is no currency; write a code like EUR, or 'entity'.")
        return np.full(len(entity_ids), base, dtype=object)
    entities = books.known_rows("entities").set_index("entity_id")["base_currency"]
    own = entity_ids.map(entities)
    if own.isna().any():
        entity = str(entity_ids[own.isna()].iloc[0])
        raise InputError(
            f"No base currency of entity '{entity}' is known; import it in the table entities,"
            " or name a currency."
        )
    return np.asarray(own.to_numpy(dtype=object))


def factors(rates: DatedRates, currencies: np.ndarray, bases: np.ndarray, days: Days) -> Floats:
    """(n,) what each row's minor units are multiplied by; NaN where no rate is known."""
    out = np.full(len(days), np.nan)
    pairs = pd.DataFrame({"currency": currencies, "base": bases})
    for (currency, base), rows in pairs.groupby(["currency", "base"]).indices.items():
        out[rows] = rates.scaled(str(currency), str(base), days[rows])
    return out


def cents_in_base(cents: np.ndarray, factor: Floats) -> np.ndarray:
    """Minor units of the base currency, half to even; unchanged where no rate is known."""
    return np.where(np.isnan(factor), cents, np.rint(cents * factor)).astype(np.int64)


def in_base(aged: Aging, books: Books, base: str) -> tuple[Aging, Aging]:
    """The aging in a base currency: at the closing rates of its evening, and as booked.

    As booked: each document at the rate of its own day. A document without such a rate is not in
    the second; one without a closing rate stays in its own currency in both. Raises InputError as
    `base_currencies` does.
    """
    items, rates = aged.items, DatedRates(books)
    bases = base_currencies(books, items["entity_id"], base)
    currency = items["currency"].to_numpy(dtype=object)
    closing = factors(rates, currency, bases, np.full(len(items), aged.close_of))
    booked = factors(rates, currency, bases, items["issued_on"].to_numpy(np.int64))
    is_known = ~np.isnan(closing)
    named = np.where(is_known, bases, currency)
    booked = np.where(is_known, booked, 1.0)

    def at(factor: Floats) -> Aging:
        cents = {name: cents_in_base(items[name].to_numpy(np.int64), factor) for name in CENTS}
        return replace(aged, items=items.assign(currency=named, **cents))

    as_booked = at(booked)
    has_rate = pd.Series(~np.isnan(booked), index=items.index)
    return at(closing), replace(as_booked, items=as_booked.items[has_rate])


def aging_in_base(
    aged: Aging, books: Books, base: str, *keys: str, named: bool = False
) -> pd.DataFrame:
    """The aging by the keys in a base currency at closing rates, and what rates did to it.

    Beside the columns of `Aging.by`: `net_booked` (each document at the rate of its own day),
    `fx_difference` (what the rates' move since has added) and `no_booked_rate` (at closing rates,
    the net of documents of whose day no rate is known): net = net_booked + fx_difference +
    no_booked_rate.
    """
    closing, booked = in_base(aged, books, base)
    groups = list(checked_keys(keys))
    table = closing.by(*keys)
    then = _nets(booked, groups)
    with_rate = replace(closing, items=closing.items.loc[booked.items.index])
    now = _nets(with_rate, groups)
    index = pd.MultiIndex.from_frame(table[groups])
    net_booked = then.reindex(index, fill_value=0).to_numpy(np.int64)
    comparable = now.reindex(index, fill_value=0).to_numpy(np.int64)
    table = table.assign(
        net_booked=net_booked,
        fx_difference=comparable - net_booked,
        no_booked_rate=table["net"].to_numpy() - comparable,
    )
    memos = [name for name in table.columns if name in MEMOS]
    order = [c for c in table.columns if c not in memos] + memos
    return with_names(table[order], aged.customers) if named else table[order]


def _nets(aged: Aging, groups: list[str]) -> pd.Series:
    items = with_keys(aged.items, groups, aged.customers)
    net = items["open"] - items["unapplied"]
    summed = net.groupby([items[key] for key in groups], dropna=False, observed=True).sum()
    if summed.index.nlevels == 1:
        summed.index = pd.MultiIndex.from_arrays([summed.index], names=groups)
    return summed


_NO_DAYS, _NO_RATES = np.zeros(0, dtype=np.int64), np.zeros(0)
