"""The plain band: recent billing and past errors alone, by which past mornings are kept.

Bundles of every release hold what this band missed, so that one trained long ago is trained anew
to the same bytes, and a new one is read by older releases. What is forecast is `unbilled`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, matrix_product
from payrisk.calendar import NEVER, weekday
from payrisk.cash.layers.billing import (
    BILLED_WEEKS,
    LATE_DAYS,
    amount_between,
    billing_groups,
    usual_billing,
)
from payrisk.cash.layers.billing_expected import (
    NO_ORDERS,
    billed_by_day,
    cash_by_issue_week,
    unrecorded_ahead,
)
from payrisk.cash.layers.last_year import mixed_with_last_year
from payrisk.cash.layers.unbilled import UnbilledCash

PATHS = 26
"""Past mornings whose errors of billing are drawn from."""
PROFILE_FROM, PROFILE_TO = 150, 45
"""Days ago of issue whose invoices show how billing is paid."""
PRIOR_INVOICES = 10.0
"""Invoices for which the currency's way of paying counts in a group's own."""


def plain_band(
    rows: pd.DataFrame,
    *,
    as_of: int,
    horizon_days: int,
    n_draws: int,
    generator: np.random.Generator,
    country: str | None = None,
    orders: pd.DataFrame | None = None,
    shares: Mapping[str, float] | None = None,
) -> UnbilledCash:
    """The plain band from the morning as_of; arguments as of `forecast_unbilled`."""
    known = NO_ORDERS if orders is None else orders
    currencies = tuple(sorted(set(rows["currency"].astype(str))))
    expected = np.zeros((len(currencies), horizon_days))
    draws = np.zeros((n_draws, len(currencies), horizon_days))
    usual = np.zeros(len(currencies))
    used: dict[str, float] = {}

    def usual_cash(then: pd.DataFrame, morning: int, n_days: int) -> Floats:
        return np.asarray(_as_usual(then, NO_ORDERS, morning, n_days, country).sum(axis=0))

    for position, currency in enumerate(currencies):
        currency_rows = rows[(rows["currency"] == currency).to_numpy()]
        by_week = _as_usual(currency_rows, known, as_of, horizon_days, country)
        expected[position] = by_week.sum(axis=0)
        usual[position] = (
            amount_between(currency_rows, as_of - 7 * BILLED_WEEKS, as_of) / BILLED_WEEKS
        )
        factors = _factors(currency_rows, as_of, len(by_week) - 1, n_draws, generator, country)
        draws[:, position] = matrix_product(np.column_stack([np.ones(n_draws), factors]), by_week)
        share = None if shares is None else shares.get(currency, 0.0)
        blended, used[currency] = mixed_with_last_year(
            currency_rows, expected[position], as_of, share, usual_cash
        )
        draws[:, position] = _moved(draws[:, position], expected[position], blended)
        expected[position] = blended
    return UnbilledCash(as_of, currencies, expected, draws, usual, used)


def _as_usual(
    rows: pd.DataFrame, orders: pd.DataFrame, as_of: int, horizon_days: int, country: str | None
) -> Floats:
    """(1 + weeks, h) expected cash by week of issue of all groups of a currency.

    A group's own way of paying is shrunk to its currency's.
    """
    by_week = np.zeros((-(-horizon_days // 7) + 1, horizon_days))
    profile = _paid_profile(rows, as_of, horizon_days + LATE_DAYS)
    unrecorded = unrecorded_ahead(rows)
    for part in billing_groups(rows, as_of):
        amount = billed_by_day(
            unrecorded, part, orders, as_of, horizon_days, country, year_if_sparse=False
        )
        paid = _shares(part, as_of, horizon_days + LATE_DAYS, profile, PRIOR_INVOICES)
        by_week += cash_by_issue_week(amount, paid, as_of, horizon_days)
    return by_week


def _moved(draws: Floats, expected: Floats, target: Floats) -> Floats:
    """(n, h) draws of what is wanted, each as far above or below it by week as it was before."""
    if target is expected:
        return draws
    week = np.arange(len(expected)) // 7
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    before = np.add.reduceat(expected, starts)
    factor = np.add.reduceat(draws, starts, axis=1) / np.where(before > 0, before, 1.0)
    return np.asarray(np.where(before > 0, factor, 1.0)[:, week] * target)


def _paid_profile(everyone: pd.DataFrame, as_of: int, n_days: int) -> Floats:
    """(7, n) by issue weekday: share of the amount that comes in cash so many days after issue.

    Of a currency's invoices issued PROFILE_FROM to PROFILE_TO days ago, those still open included.
    By weekday of issue: payment runs then keep their weekday.
    """
    prior = _shares(everyone, as_of, n_days, None, 0.0)
    return _shares(everyone, as_of, n_days, prior, PRIOR_INVOICES)


def _shares(
    rows: pd.DataFrame, as_of: int, n_days: int, prior: Floats | None, weight: float
) -> Floats:
    issued = rows["issued_on"].to_numpy(np.int64)
    in_profile = (issued >= as_of - PROFILE_FROM) & (issued < as_of - PROFILE_TO)
    issued, closed = issued[in_profile], rows["closed_on"].to_numpy(np.int64)[in_profile]
    cash = rows["cash"].to_numpy(np.float64)[in_profile]
    amount = rows["amount"].to_numpy(np.float64)[in_profile]
    # What came in parts on an open invoice counts as come today: too little to matter.
    age = np.clip(np.where(closed < NEVER, closed, as_of) - issued, 0, n_days)
    day = weekday(issued)
    paid = np.zeros((7, n_days + 1))
    np.add.at(paid, (day, age), cash)
    whole = np.bincount(day, amount, minlength=7)
    if prior is None:
        total = whole.sum()
        share = paid.sum(axis=0) / total if total else np.zeros(n_days + 1)
        return np.tile(share, (7, 1))[:, :n_days]
    n = np.bincount(day, minlength=7)
    mean = amount.mean() if len(amount) else 1.0
    return np.asarray(
        (paid[:, :n_days] + weight * mean * prior) / (whole + weight * mean + (n < 0))[:, None]
    )


def _factors(
    rows: pd.DataFrame,
    as_of: int,
    n_weeks: int,
    n_draws: int,
    generator: np.random.Generator,
    country: str | None,
) -> Floats:
    """(n_draws, weeks) billing of each coming week against the usual: past errors, path by path.

    Each draw takes the errors of one past morning, in their order; a path that ends begins anew.
    """
    first = int(rows["issued_on"].min()) if len(rows) else as_of
    paths = []
    for back in range(1, PATHS + 1):
        origin = as_of - 7 * back
        if origin - 7 * BILLED_WEEKS < first:
            break
        days = np.arange(origin, min(as_of, origin + 7 * max(n_weeks, 1)))
        usual = usual_billing(
            rows, origin, days, country, known_before=as_of, year_if_sparse=False
        )
        usual = usual.reshape(-1, 7).sum(axis=1)
        issued = rows["issued_on"].to_numpy(np.int64)
        in_span = (issued >= origin) & (issued <= days[-1])
        came = np.bincount(
            (issued[in_span] - origin) // 7,
            rows["amount"].to_numpy(np.float64)[in_span],
            len(usual),
        )
        paths.append(np.divide(came, usual, out=np.ones(len(usual)), where=usual > 0))
    if not paths:
        return np.ones((n_draws, n_weeks))
    picks = generator.integers(0, len(paths), n_draws)
    mean = np.mean([path[0] for path in paths])
    return np.stack([np.resize(paths[pick], n_weeks) for pick in picks]) / (
        mean if mean > 0 else 1.0
    )
