"""Draws of the cash of coming billing: its level, single weeks off it, and how each is paid."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.cash.layers.billing_expected import BillingForecast
from payrisk.cash.layers.billing_weeks import largest_month
from payrisk.cash.layers.paying_profile import (
    PaidWeeks,
    PayingShock,
    paid_with_shock,
    shock_indices,
)
from payrisk.cash.layers.weekly_paths import weekly_paths

MOST_WEEK = 10 / 6
"""Of the largest month ever billed, the most of a week: ten of a month, which six weeks touch."""
LEAST_WEEKS = 6
"""Past weeks of paying below which the mean way stands in for those that lack."""


@dataclass(frozen=True)
class SharedDraws:
    """What all currencies of a forecast have in common, draw by draw.

    seed: of every currency's own draws. level: (n_draws, 1 + weeks) standard normals of billing;
    paying: what makes all payments late, None where nothing does. currency: whose draws come next.
    """

    seed: int
    level: Floats
    paying: PayingShock | None = None
    currency: str = ""

    @classmethod
    def drawn(
        cls,
        generator: np.random.Generator,
        n_draws: int,
        horizon_days: int,
        paying: PayingShock | None,
    ) -> SharedDraws:
        """paying: as drawn for the open invoices."""
        seed = int(generator.integers(2**62))
        shape = (n_draws, 1 - (-horizon_days // 7))
        return cls(seed, np.random.default_rng(seed).standard_normal(shape), paying)

    def of(self, currency: str) -> SharedDraws:
        """The same for one currency, whose own draws hang on its name and on no other currency."""
        return replace(self, currency=currency)

    @property
    def currency_stream(self) -> np.random.Generator:
        """The currency's own stream, from its beginning."""
        return np.random.default_rng([self.seed, zlib.crc32(self.currency.encode())])


def draw_cash(
    rows: pd.DataFrame, billing: BillingForecast, as_of: int, shared: SharedDraws
) -> Floats:
    """(n_draws, h) cents by day: paths of billing, each of whose weeks is paid as a past one was.

    No week's billing or cash is above MOST_WEEK of the largest month ever billed.
    """
    n_draws, n_days = len(shared.level), billing.cash.shape[1]
    n_weeks = len(billing.billed)
    generator = shared.currency_stream
    most = MOST_WEEK * largest_month(rows)
    factors = weekly_paths(billing.fitted, n_weeks, n_draws, generator, shared.level).paths[:, 0]
    limit = np.divide(most, billing.billed, out=np.full(n_weeks, np.inf), where=billing.billed > 0)
    factors = np.minimum(factors, limit)
    paid = PaidWeeks.of(rows, as_of, n_days)
    n_ways = len(paid.shares) + 1
    # A week's way of paying counts by what it billed: a few small invoices tell little.
    usual = paid.amount.mean() if len(paid.amount) else 1.0
    lacking = max(LEAST_WEEKS - len(paid.amount), 0)
    chance = np.append(lacking * usual, paid.amount)
    way = generator.choice(n_ways, (n_draws, n_weeks), p=chance / chance.sum())
    draws = _late_recorded(rows, billing.cash[0], n_draws, generator)
    for week in range(n_weeks):
        begin = 7 * week
        if billing.billed[week] <= 0:
            continue
        mean = billing.cash[1 + week, begin:] / billing.billed[week]
        ways = np.tile(mean, (n_ways, 1))
        seen = np.arange(n_days - begin) < paid.n_seen[:, None]
        ways[1:] = np.where(seen, paid.shares[:, : n_days - begin], mean)
        if shared.paying is not None and shared.paying.share > 0:
            cell = shock_indices(shared.paying.common)
            drawn = paid_with_shock(ways, shared.paying.share)[cell, way[:, week]]
        else:
            drawn = ways[way[:, week]]
        draws[:, begin:] += (factors[:, week] * billing.billed[week])[:, None] * drawn
    weekly = np.add.reduceat(draws, np.arange(0, n_days, 7), axis=1)
    over = np.minimum(np.divide(most, weekly, out=np.ones_like(weekly), where=weekly > 0), 1.0)
    return np.asarray(draws * over[:, np.arange(n_days) // 7])


def _late_recorded(
    rows: pd.DataFrame, cash: Floats, n_draws: int, generator: np.random.Generator
) -> Floats:
    """(n_draws, h) cash of what is issued but not recorded: so many invoices as chance has it."""
    mean = float(rows["amount"].mean()) if len(rows) else 0.0
    expected = float(cash.sum()) / mean if mean > 0 else 0.0
    if expected <= 0:
        return np.zeros((n_draws, len(cash)))
    factor = generator.poisson(expected, n_draws) / expected
    return np.asarray(factor[:, None] * cash)
