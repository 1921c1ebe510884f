"""Cash from invoices not yet issued: what will be billed, paid as usual, with draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Cents, Floats
from payrisk.cash.forecasting.apportion import apportion
from payrisk.cash.forecasting.forecast import quantile_name
from payrisk.cash.forecasting.grains import buckets
from payrisk.cash.intervals.cumulative import (
    spread_factor,
    with_growing_spread,
    with_spread_scaled,
)
from payrisk.cash.intervals.landmarks import UNBILLED, PastWeeks
from payrisk.cash.layers.billing import BILLED_WEEKS, amount_between
from payrisk.cash.layers.billing_draws import MOST_WEEK, SharedDraws, draw_cash
from payrisk.cash.layers.billing_expected import NO_ORDERS, expected_by_issue_week
from payrisk.cash.layers.billing_weeks import largest_month
from payrisk.cash.layers.last_year import mixed_with_last_year
from payrisk.cash.layers.lately import mixed_with_lately
from payrisk.cash.layers.paying_profile import PayingShock

CUTS = 6
"""Times that what lies above the most of a week is spread over the other draws."""


@dataclass(frozen=True)
class UnbilledCash:
    """Expected cash of invoices issued from as_of on, per currency, with draws.

    currencies: in order; expected: (currencies, h) cents by day; draws: (n_draws, currencies, h).
    usual: (currencies,) cents billed in a usual week. shares: by currency, of last year in it.
    """

    as_of: int
    currencies: tuple[str, ...]
    expected: Floats
    draws: Floats
    usual: Floats
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def horizon_days(self) -> int:
        """Days ahead."""
        return int(self.expected.shape[1])

    @property
    def cents(self) -> Cents:
        """(currencies, h) expected cash in whole cents, whose sums every coarser grain shows."""
        whole = self.expected.sum(axis=1, keepdims=True)
        flat = np.full_like(self.expected, 1.0 / max(self.horizon_days, 1))
        shares = np.divide(self.expected, whole, out=flat, where=whole > 0)
        return apportion(np.rint(whole[:, 0]).astype(np.int64), shares)

    def widened_by(self, past: PastWeeks) -> UnbilledCash:
        """The layer with its draws as wide as sums of past weeks missed; `expected` stays."""
        draws = self.draws.copy()
        for position, currency in enumerate(self.currencies):
            weekly, expected = weeks_of(draws[:, position]), weeks_of(self.expected[position])
            usual = float(self.usual[position])
            factor = spread_factor(past, currency, UNBILLED, weekly, usual)
            if factor != 1.0:
                wider = with_growing_spread(with_spread_scaled(weekly, expected, factor))
                draws[:, position] = scaled_to_weekly_sums(draws[:, position], wider)
        return replace(self, draws=draws)

    def by(self, grain: str, levels: tuple[float, ...] = (0.1, 0.5, 0.9)) -> pd.DataFrame:
        """Per currency and bucket: starts_on, ends_on, expected and quantiles (cents).

        `expected` of days, weeks, months and quarters adds up to the cent.
        """
        split = buckets(grain, self.as_of, self.horizon_days)
        starts = np.searchsorted(split.of_day, np.arange(len(split)))
        drawn = np.add.reduceat(self.draws, starts, axis=2)
        quantiles = np.quantile(drawn, levels, axis=0, method="inverted_cdf")
        n = len(self.currencies)
        columns = {
            "currency": np.repeat(self.currencies, len(split)),
            "starts_on": np.tile(split.starts_on, n),
            "ends_on": np.tile(split.ends_on, n),
            "expected": np.add.reduceat(self.cents, starts, axis=1).ravel(),
        }
        for level, values in zip(levels, quantiles, strict=True):
            columns[quantile_name(level)] = np.rint(values.ravel()).astype(np.int64)
        return pd.DataFrame(columns)


def forecast_unbilled(  # noqa: PLR0913 - each is a fact of the morning
    rows: pd.DataFrame,
    *,
    as_of: int,
    horizon_days: int,
    n_draws: int,
    generator: np.random.Generator,
    country: str | None = None,
    orders: pd.DataFrame | None = None,
    shares: Mapping[str, float] | None = None,
    paying: PayingShock | None = None,
) -> UnbilledCash:
    """Forecast the cash of invoices that will be issued, or recorded, from the morning as_of.

    rows: as `billed_invoices`, known that morning. An issue day before as_of counts only for what
    is still to be recorded of it, so an invoice leaves this layer on the morning it is seen.
    country: whose holidays set days apart. orders: as `dated_orders`; they stand in for the share
    of usual billing that orders known so early have been, and drop out on the day their invoice is
    expected. Where two years are known, last year's layer has the share that would have missed
    least. shares: by currency, as an earlier morning found them: looking anew each morning takes
    long. paying: what makes all payments of open invoices late in each draw, so that both layers
    slip together. A currency with a past of its own is drawn the same whatever others there are.
    """
    known = NO_ORDERS if orders is None else orders
    currencies = tuple(sorted(rows["currency"].astype(str).unique()))
    expected = np.zeros((len(currencies), horizon_days))
    draws = np.zeros((n_draws, len(currencies), horizon_days))
    usual = np.zeros(len(currencies))
    used: dict[str, float] = {}

    def usual_cash(then: pd.DataFrame, morning: int, n_days: int) -> Floats:
        return expected_by_issue_week(then, NO_ORDERS, morning, n_days, country).expected

    shared = SharedDraws.drawn(generator, n_draws, horizon_days, paying)
    parts = [rows[(rows["currency"] == currency).to_numpy()] for currency in currencies]
    for position, (currency, currency_rows) in enumerate(zip(currencies, parts, strict=True)):
        sisters = [part for number, part in enumerate(parts) if number != position]
        usual[position] = (
            amount_between(currency_rows, as_of - 7 * BILLED_WEEKS, as_of) / BILLED_WEEKS
        )
        billing = expected_by_issue_week(
            currency_rows, known, as_of, horizon_days, country, sisters
        )
        share = None if shares is None else shares.get(currency, 0.0)
        target, used[currency] = mixed_with_last_year(
            currency_rows, billing.expected, as_of, share, usual_cash
        )
        target = mixed_with_lately(currency_rows, target, as_of, used[currency])
        expected[position] = target
        drawn = draw_cash(currency_rows, billing, as_of, shared.of(currency))
        moved = _moved(drawn, target, MOST_WEEK * largest_month(currency_rows))
        draws[:, position] = scaled_to_weekly_sums(moved, with_growing_spread(weeks_of(moved)))
    return UnbilledCash(as_of, currencies, expected, draws, usual, used)


def weeks_of(by_day: Floats) -> Floats:
    """(…, w) sums of each seven days ahead of (…, h) days; the last may be shorter."""
    return np.asarray(np.add.reduceat(by_day, np.arange(0, by_day.shape[-1], 7), axis=-1))


def scaled_to_weekly_sums(by_day: Floats, weekly: Floats) -> Floats:
    """(n, h) draws with these weekly sums: days keep their shares of the week.

    A week of which a draw had nothing takes the shares of the mean of all draws.
    """
    week = np.arange(by_day.shape[1]) // 7
    before = weeks_of(by_day)
    mean = by_day.mean(axis=0)
    flat = mean / np.maximum(weeks_of(mean), 1e-300)[week]
    shares = np.where(before[:, week] > 0, by_day / np.maximum(before[:, week], 1e-300), flat)
    return np.asarray(weekly[:, week] * shares)


def _moved(draws: Floats, target: Floats, most: float) -> Floats:
    """(n, h) draws whose weeks have the target's as their mean, each as far off as it was.

    No week is above `most`, nor above the target where that is; what is cut off comes elsewhere.
    """
    week, wanted = np.arange(len(target)) // 7, weeks_of(target)
    weekly = weeks_of(draws)
    for _ in range(CUTS):
        mean = weekly.mean(axis=0)
        factor = np.divide(wanted, mean, out=np.zeros_like(mean), where=mean > 0)
        weekly = np.minimum(weekly * factor, np.maximum(most, wanted))
    moved = scaled_to_weekly_sums(draws, weekly)
    # What no draw brings, though it is expected, comes as expected.
    return np.where(((mean <= 0) & (wanted > 0))[week], target, moved)
