"""The layers of the cash to come, drawn together: what delays payments delays all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.grains import buckets
from payrisk.cash.intervals.landmarks import PastWeeks
from payrisk.cash.intervals.receipts_spread import draw_multipliers
from payrisk.cash.layers.factor import FactorCash
from payrisk.cash.layers.unbilled import UnbilledCash, weeks_of
from payrisk.cash.views.liquidity import DrawnReceipts

DrawnByEntity = dict[tuple[str, str], Floats]
"""(entity, currency) → (n_draws, h) cents by day."""


@dataclass(frozen=True)
class LayersTogether:
    """Open invoices, invoices not yet issued, what waits for its value and a factor's, drawn.

    transit: currency, value_on, amount of what was booked before and has value later; known, so
    the same in each draw. factor: of invoices sold with recourse; past weeks say nothing of its
    width. past: the past weeks that tell how far all receipts missed: all layers
    together are as wide as these, so the open invoices count as drawn, not as stretched alone.
    """

    cash: CashForecast
    band: UnbilledCash
    transit: pd.DataFrame
    factor: FactorCash
    past: PastWeeks

    def draws(self, grain: str, currencies: Sequence[str]) -> Floats:
        """(n_draws, currencies, buckets) cents of all layers."""
        split = buckets(grain, self.cash.as_of, self.cash.horizon_days)
        starts = np.searchsorted(split.of_day, np.arange(len(split)))
        n_draws = len(self._open_by_day[1])
        out = np.zeros((n_draws, len(currencies), len(split)))
        for place, currency in enumerate(currencies):
            by_day = self._drawn(currency) * self.receipts_multipliers(currency)
            out[:, place] = np.add.reduceat(by_day, starts, axis=1)
            here = self._in_transit(currency)
            out[:, place] += np.bincount(split.of_day[here.index], here, minlength=len(split))
            if currency in self.factor.currencies:
                out[:, place] += np.add.reduceat(self._from_factor(currency), starts, axis=1)
        return out

    def by_day(self, layer: str) -> DrawnReceipts:
        """All layers by currency and day, expected and drawn, under the name of a layer."""
        open_ = DrawnReceipts.of_open_invoices(self.cash, layer)
        names = {*open_.currencies, *self.band.currencies, *self.factor.currencies}
        names |= {*self.transit["currency"].astype(str)}
        currencies = tuple(sorted(names))
        expected = np.zeros((len(currencies), self.cash.horizon_days))
        for place, currency in enumerate(currencies):
            if currency in open_.currencies:
                expected[place] += open_.expected[open_.currencies.index(currency)]
            if currency in self.band.currencies:
                expected[place] += self.band.expected[self.band.currencies.index(currency)]
            here = self._in_transit(currency)
            expected[place, here.index] += here.to_numpy()
            expected[place] += self.factor.of_currency(currency).expected.sum(axis=0)
        draws = self.draws("day", currencies)
        return DrawnReceipts(layer, self.cash.as_of, currencies, expected, draws)

    def _from_factor(self, currency: str, entity: str = "") -> Floats:
        """(n_draws, h) cents that factors pay in a currency, to an entity if it is named."""
        own = self.factor.of_currency(currency, entity).drawn()
        return np.asarray(own[np.arange(len(self.cash.landed)) % max(len(own), 1)])

    def _in_transit(self, currency: str) -> pd.Series:
        """Cents by days from as_of of what waits for its value in a currency."""
        rows = self.transit[(self.transit["currency"] == currency).to_numpy()]
        days = rows["value_on"].to_numpy(np.int64) - self.cash.as_of
        return pd.Series(rows["amount"].to_numpy(np.float64), days).groupby(level=0).sum()

    def by_entity(
        self, share: Mapping[tuple[str, str], float], *, with_factors: bool
    ) -> DrawnByEntity:
        """Open and coming invoices' cash by entity, currency and day, in every draw.

        share: (entity, currency) → its part of what is not yet issued in the currency; empty for
        open invoices alone. with_factors: as wide as all receipts are, else as open invoices are.
        """
        cash = self._as_drawn if with_factors else self.cash
        groups, drawn = cash.draws("day", "entity_id")
        keys = list(
            zip(groups["entity_id"].astype(str), groups["currency"].astype(str), strict=True)
        )
        pair = np.arange(len(drawn)) % len(self.band.draws)
        holders: DrawnByEntity = {}
        sold = self.factor.invoices
        paid = set(zip(sold["entity_id"].astype(str), sold["currency"].astype(str), strict=True))
        paid = paid if with_factors else set()
        for key in sorted({*keys, *share, *paid}):
            total = np.zeros((len(drawn), self.cash.horizon_days))
            if key in keys:
                total += drawn[:, keys.index(key)]
            if key[1] in self.band.currencies and share.get(key):
                total += self.band.draws[pair, self.band.currencies.index(key[1])] * share[key]
            holders[key] = total * self.receipts_multipliers(key[1]) if with_factors else total
            if key in paid:
                holders[key] = holders[key] + self._from_factor(key[1], key[0])
        return holders

    def receipts_multipliers(self, currency: str) -> Floats:
        """(n_draws, h) by how much more or less of each draw's week comes of all receipts."""
        if currency not in self._multipliers:
            self._multipliers[currency] = self._multipliers_of(currency)
        return self._multipliers[currency]

    def _multipliers_of(self, currency: str) -> Floats:
        expected = np.zeros(self.cash.horizon_days)
        of_currency = (self.cash.invoices["currency"] == currency).to_numpy()
        expected += self.cash.expected[of_currency, : len(expected)].sum(axis=0)
        if currency in self.band.currencies:
            expected += self.band.expected[self.band.currencies.index(currency)]
        weekly = weeks_of(self._drawn(currency))
        multipliers = draw_multipliers(self.past, currency, weekly, weeks_of(expected))
        return np.asarray(multipliers[:, np.arange(len(expected)) // 7])

    def _drawn(self, currency: str) -> Floats:
        """(n_draws, h) cents of both layers as they were drawn."""
        groups, by_day = self._open_by_day
        total = by_day[:, (groups["currency"] == currency).to_numpy()].sum(axis=1)
        if currency in self.band.currencies:
            band = self.band.draws[:, self.band.currencies.index(currency)]
            total = total + band[np.arange(len(total)) % len(band)]
        return np.asarray(total)

    @cached_property
    def _multipliers(self) -> dict[str, Floats]:
        return {}

    @cached_property
    def _as_drawn(self) -> CashForecast:
        """The open invoices before past weeks of theirs alone stretched them."""
        return replace(self.cash, slips={})

    @cached_property
    def _open_by_day(self) -> tuple[pd.DataFrame, Floats]:
        """The currencies and (n_draws, currencies, h) cents of open invoices as drawn."""
        return self._as_drawn.draws("day")
