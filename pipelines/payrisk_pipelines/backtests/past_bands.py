"""The band of invoices not yet issued as it would have been forecast on a past morning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from payrisk.cash.forecasting.draws import everyone_factor
from payrisk.cash.layers.billing import billed_invoices, billing_country, dated_orders
from payrisk.cash.layers.paying_profile import PayingShock
from payrisk.cash.layers.plain_band import plain_band
from payrisk.cash.layers.unbilled import UnbilledCash, forecast_unbilled
from payrisk.ledger import History
from payrisk.predictions import Dependence


def unbilled_at(
    then: History,
    weeks: int,
    n_draws: int,
    shares: Mapping[str, float] | None = None,
    dependence: Dependence | None = None,
) -> UnbilledCash:
    """The layer of invoices not yet issued, from a morning; shares: see `forecast_unbilled`.

    Its draws are late where those of `ReplayedWeek.ready` are, drawn with seed 0.
    """
    common = everyone_factor(n_draws, np.random.default_rng(0))
    paying = PayingShock(common, (dependence or Dependence()).everyone)
    return _asked(partial(forecast_unbilled, paying=paying), then, weeks, n_draws, shares)


def plain_band_at(
    then: History, weeks: int, n_draws: int, shares: Mapping[str, float] | None = None
) -> UnbilledCash:
    """The plain band of a morning, whose misses bundles keep; shares: see `forecast_unbilled`."""
    return _asked(plain_band, then, weeks, n_draws, shares)


def _asked(
    band: Callable[..., UnbilledCash],
    then: History,
    weeks: int,
    n_draws: int,
    shares: Mapping[str, float] | None,
) -> UnbilledCash:
    return band(
        billed_invoices(then),
        as_of=then.as_of,
        horizon_days=7 * weeks,
        n_draws=n_draws,
        generator=np.random.default_rng(then.as_of),
        country=billing_country(then),
        orders=dated_orders(then),
        shares=shares,
    )
