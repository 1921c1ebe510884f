"""How billing is paid: share of it that comes so many days after issue, on average and by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER, weekday

PROFILE_FROM, PROFILE_TO = 182, 7
"""Days ago of issue whose invoices show how billing is paid, as far as their age can tell."""
PRIOR_INVOICES = 10.0
"""Invoices for which the currency's way of paying counts in a group's."""
LEAST_PAID = 10
"""Paid invoices below which a currency's way of paying is that of its sister currencies."""
STATED_FROM, STATED_TO = 14, 60
"""Days after issue between which billing is paid, evenly, where no currency ever showed how."""
LEAST_AMOUNT = 0.05
"""Of the profile's whole amount, what must be old enough for an age to tell anything."""

SHOCKS = 9
"""Cells of the common factor that are told apart."""


@dataclass(frozen=True)
class PayingShock:
    """What makes all payments late in the same draws.

    common: (n_draws,) standard normals, late above 0; share: of the variance of every payment.
    """

    common: Floats
    share: float


def paid_profile(
    currency_rows: pd.DataFrame,
    rows: pd.DataFrame,
    as_of: int,
    n_days: int,
    sisters: Sequence[pd.DataFrame] = (),
) -> Floats:
    """(7, n) by issue weekday: share of the amount that comes in cash so many days after issue.

    Of the invoices issued PROFILE_FROM to PROFILE_TO days ago that are old enough for that age. A
    group's profile is shrunk to its currency's. By weekday of issue: payment runs then keep their
    weekday. sisters: rows of other currencies, asked only where this one has shown too little.
    """
    general = general_profile(currency_rows, as_of, n_days, sisters)
    return group_profile(rows, as_of, n_days, general)


def general_profile(
    currency_rows: pd.DataFrame, as_of: int, n_days: int, sisters: Sequence[pd.DataFrame] = ()
) -> Floats:
    """(7, n) of a whole currency: what the profile of each of its groups is shrunk to."""
    general = _general(currency_rows, as_of, n_days)
    if general is None:
        shown = [s for s in (_general(each, as_of, n_days) for each in sisters) if s is not None]
        general = np.mean(shown, axis=0) if shown else np.tile(_stated(n_days), (7, 1))
    return np.asarray(general)


def group_profile(rows: pd.DataFrame, as_of: int, n_days: int, general: Floats) -> Floats:
    """(7, n) of one group of a currency whose profile is known."""
    return _shares(rows, as_of, n_days, general, PRIOR_INVOICES)


def _general(rows: pd.DataFrame, as_of: int, n_days: int) -> Floats | None:
    """(7, n) of a whole currency; None where too few of its invoices were paid."""
    issued = rows["issued_on"].to_numpy(np.int64)
    shown = (issued >= as_of - PROFILE_FROM) & (rows["cash"].to_numpy(np.float64) > 0)
    if np.count_nonzero(shown & (issued < as_of - PROFILE_TO)) < LEAST_PAID:
        return None
    whole = _shares(rows, as_of, n_days, None, 0.0)
    return _shares(rows, as_of, n_days, whole, PRIOR_INVOICES)


def _stated(n_days: int) -> Floats:
    days = np.arange(n_days)
    return ((days >= STATED_FROM) & (days < STATED_TO)) / float(STATED_TO - STATED_FROM)


def _shares(
    rows: pd.DataFrame, as_of: int, n_days: int, prior: Floats | None, weight: float
) -> Floats:
    issued = rows["issued_on"].to_numpy(np.int64)
    in_profile = (issued >= as_of - PROFILE_FROM) & (issued < as_of - PROFILE_TO)
    issued, closed = issued[in_profile], rows["closed_on"].to_numpy(np.int64)[in_profile]
    cash = rows["cash"].to_numpy(np.float64)[in_profile]
    amount = rows["amount"].to_numpy(np.float64)[in_profile]
    # What came in parts on an open invoice counts as come today: too little to matter.
    age = np.clip(np.where(closed < NEVER, closed, as_of - 1) - issued, 0, n_days)
    seen = np.clip(as_of - issued, 0, n_days)
    day = weekday(issued) if prior is not None else np.zeros(len(issued), dtype=np.int64)
    shape = (7 if prior is not None else 1, n_days + 1)
    paid, old_enough = np.zeros(shape), np.zeros(shape)
    np.add.at(paid, (day, age), cash)
    # An age can be told by what is older: sums from the right of what is seen so far.
    np.add.at(old_enough, (day, seen), amount)
    old_enough = np.cumsum(old_enough[:, ::-1], axis=1)[:, ::-1][:, 1:]
    paid = paid[:, :n_days]
    if prior is None:
        told = old_enough > LEAST_AMOUNT * amount.sum()
        share = np.divide(paid, old_enough, out=np.zeros_like(paid), where=told)
        return np.tile(_at_most_all(share), (7, 1))
    shrunk = weight * (float(amount.mean()) if len(amount) else 1.0)
    return _at_most_all((paid + shrunk * prior) / (old_enough + shrunk))


def _at_most_all(shares: Floats) -> Floats:
    """Ages are told by different invoices, so their shares may sum to a little more than 1."""
    whole = shares.sum(axis=1, keepdims=True)
    return np.asarray(shares / np.maximum(whole, 1.0))


@dataclass(frozen=True)
class PaidWeeks:
    """How single past weeks of billing were paid, day by day from each week's first day.

    shares: (k, n) of a week's amount, latest week first; what as_of cuts off is taken from the
    next older week. n_seen: (k,) days from its first that are told. amount: (k,) cents billed.
    """

    shares: Floats
    n_seen: Ints
    amount: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame, as_of: int, n_days: int) -> PaidWeeks:
        """Of the weeks before as_of, seven days each and counted back from it."""
        issued = rows["issued_on"].to_numpy(np.int64)
        back = (as_of - 1 - issued) // 7
        first, last = -(-PROFILE_TO // 7), PROFILE_FROM // 7
        counted = (back >= first) & (back < last)
        back = back[counted] - first
        n_weeks = last - first
        amount = np.zeros(n_weeks)
        np.add.at(amount, back, rows["amount"].to_numpy(np.float64)[counted])
        begins = as_of - 7 * (np.arange(n_weeks) + first + 1)
        closed = rows["closed_on"].to_numpy(np.int64)[counted]
        day = closed - begins[back]
        paid = np.zeros((n_weeks, n_days))
        inside = (closed < as_of) & (day < n_days)
        cash = rows["cash"].to_numpy(np.float64)[counted]
        np.add.at(paid, (back[inside], day[inside]), cash[inside])
        billed = amount > 0
        shares = _at_most_all(paid[billed] / amount[billed, None])
        seen = np.minimum((as_of - begins)[billed], n_days)
        shares, told = _as_older_weeks_went_on(shares, seen)
        return cls(shares, told, amount[billed])


def _as_older_weeks_went_on(shares: Floats, n_seen: Ints) -> tuple[Floats, Ints]:
    """(k, n) shares whose days not seen yet are as those of the next older week; days told.

    Of a week of which more was paid by then than of the older one, less is left to come.
    """
    shares, told = shares.copy(), n_seen.copy()
    for week in range(len(shares) - 2, -1, -1):
        older, cut = shares[week + 1], n_seen[week]
        if told[week + 1] <= cut:
            continue
        left, was_left = 1.0 - shares[week, :cut].sum(), 1.0 - older[:cut].sum()
        factor = left / was_left if was_left > 0.02 else 0.0
        shares[week, cut:] = older[cut:] * factor
        told[week] = told[week + 1]
    return shares, told


def paid_with_shock(shares: Floats, shared: float) -> Floats:
    """(SHOCKS, …, n) shares by day under a common shock to all paying, from early to late.

    shares: (…, n) of an amount, summing to 1 at most; shared: the shock's share of the variance.
    Over all SHOCKS, which are equally likely, the mean is the shares again, up to a little.
    """
    upto = np.clip(np.cumsum(shares, axis=-1), 0.0, 1.0)
    middles = ndtri((np.arange(SHOCKS) + 0.5) / SHOCKS)
    shock = middles.reshape(-1, *(1,) * shares.ndim)
    moved = ndtr((ndtri(upto) - np.sqrt(shared) * shock) / np.sqrt(1.0 - shared))
    return np.asarray(np.diff(moved, axis=-1, prepend=0.0))


def shock_indices(common: Floats) -> Ints:
    """(n,) which of the SHOCKS each standard normal is."""
    cells = np.floor(ndtr(common) * SHOCKS).astype(np.int64)
    return np.asarray(np.minimum(cells, SHOCKS - 1), dtype=np.int64)
