"""Expected billing of a currency's coming weeks, and the cash it brings by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, matrix_product
from payrisk.calendar import weekday
from payrisk.cash.layers.billing import (
    LATE_DAYS,
    billing_groups,
    billing_with_orders,
    unrecorded_share,
    usual_billing,
)
from payrisk.cash.layers.billing_weeks import relative_weeks
from payrisk.cash.layers.levels import FittedLevels, fit_levels
from payrisk.cash.layers.paying_profile import general_profile, group_profile
from payrisk.cash.layers.weekly_paths import expected_weeks

NO_ORDERS = pd.DataFrame({name: [] for name in ("customer_id", "amount")})


@dataclass(frozen=True)
class BillingForecast:
    """The usual billing of one currency, its cash, and where its level goes from there.

    cash: (1 + weeks, h) cents by day from what is issued before as_of, then in each week ahead,
    at the usual level. billed: (weeks,) cents usually issued in each week ahead. fitted: what
    the past weeks say of the level; factors: (1 + weeks,) of the usual that is expected.
    """

    cash: Floats
    billed: Floats
    fitted: FittedLevels
    factors: Floats

    @property
    def expected(self) -> Floats:
        """(h,) cents by day that are expected of all of it."""
        return np.asarray(matrix_product(self.factors[None], self.cash)[0])


def expected_by_issue_week(
    rows: pd.DataFrame,
    orders: pd.DataFrame,
    as_of: int,
    horizon_days: int,
    country: str | None,
    sisters: Sequence[pd.DataFrame] = (),
) -> BillingForecast:
    """Of all groups of one currency's rows; sisters: rows of the others, for what it lacks."""
    n_weeks = -(-horizon_days // 7)
    cash, billed = np.zeros((n_weeks + 1, horizon_days)), np.zeros(n_weeks)
    n_ages = horizon_days + LATE_DAYS
    general, unrecorded = general_profile(rows, as_of, n_ages, sisters), unrecorded_ahead(rows)
    for part in billing_groups(rows, as_of):
        amount = billed_by_day(unrecorded, part, orders, as_of, horizon_days, country)
        profile = group_profile(part, as_of, n_ages, general)
        cash += cash_by_issue_week(amount, profile, as_of, horizon_days)
        ahead = amount[LATE_DAYS:]
        billed += np.add.reduceat(ahead, np.arange(0, horizon_days, 7))
    fitted = fit_levels(*relative_weeks(rows, as_of, country))
    factors = np.append(1.0, expected_weeks(fitted, n_weeks)[0])
    return BillingForecast(cash, billed, fitted, factors)


def unrecorded_ahead(everyone: pd.DataFrame) -> Floats:
    """(LATE_DAYS,) share of each day before a morning that is still to be recorded, oldest first.

    everyone: the rows of a currency.
    """
    return unrecorded_share(everyone, np.arange(LATE_DAYS, 0, -1))


def billed_by_day(
    unrecorded: Floats,
    rows: pd.DataFrame,
    orders: pd.DataFrame,
    as_of: int,
    horizon_days: int,
    country: str | None,
    *,
    year_if_sparse: bool = True,
) -> Floats:
    """(LATE_DAYS + h,) cents of days before as_of still to be recorded, then billed each day.

    unrecorded: as `unrecorded_ahead`, rows: those of one of a currency's groups; of the orders
    those of its customers count.
    """
    days = np.arange(as_of - LATE_DAYS, as_of + horizon_days)
    amount = usual_billing(rows, as_of, days, country, year_if_sparse=year_if_sparse)
    amount[:LATE_DAYS] *= unrecorded
    if len(orders):
        known = orders[orders["customer_id"].isin(rows["customer_id"]).to_numpy()]
        if len(known):
            amount[LATE_DAYS:] = billing_with_orders(amount[LATE_DAYS:], rows, known, as_of)
    return amount


def cash_by_issue_week(amount: Floats, profile: Floats, as_of: int, horizon_days: int) -> Floats:
    """(1 + weeks, h) expected cash by day from what is issued before as_of, then in each week."""
    days = np.arange(as_of - LATE_DAYS, as_of + horizon_days)
    week = np.maximum((days - as_of) // 7, -1) + 1
    out = np.zeros((-(-horizon_days // 7) + 1, horizon_days))
    for day, cents, slot in zip(days - as_of, amount, week, strict=True):
        if cents <= 0:
            continue
        day_profile = profile[int(weekday(int(day + as_of)))]
        begin, age = max(int(day), 0), max(-int(day), 0)
        coming = day_profile[age : age + horizon_days - begin]
        out[slot, begin : begin + len(coming)] += cents * coming
    return out
