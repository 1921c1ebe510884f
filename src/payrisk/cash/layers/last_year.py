"""Cash that came a year ago on invoices not yet issued then, as a second guess for today."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import NEVER
from payrisk.cash.layers.billing import SEASON_WEIGHT, YEAR

Usual = Callable[[pd.DataFrame, int, int], Floats]
"""(rows, morning, days ahead) → (days,) cents that usual billing would bring."""

AROUND = 2
"""Weeks before and after the same morning a year ago whose layers are averaged."""
GROWN_OVER = 91
"""Days of the layer, now and a year ago, that tell how much there is more of it now."""
TRIALS, TRIAL_EVERY = 8, 42
"""Past mornings on which both ways are tried, and the days between them: a year of seasons."""
LEAST_TRIALS = 6
SHARES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
LEAST_GAIN = 0.9
"""Share of the usual's miss that the mixture may have at most, as eight mornings tell little."""


def cash_of_unseen(rows: pd.DataFrame, morning: int, n_days: int, until: int) -> Floats:
    """(n_days,) cents by day on what was not yet seen on a morning; NaN from `until` on.

    rows: as `billing.billed`. Cash counts on the day that closes its invoice.
    """
    seen_on = np.maximum(rows["issued_on"], rows["recorded_on"]).to_numpy(np.int64)
    ahead = rows["closed_on"].to_numpy(np.int64) - morning
    counted = (seen_on >= morning) & (ahead >= 0) & (ahead < min(n_days, until - morning))
    cash = rows["cash"].to_numpy(np.float64)[counted]
    by_day = np.bincount(ahead[counted], cash, minlength=n_days).astype(np.float64)
    by_day[max(until - morning, 0) :] = np.nan
    return by_day


def rows_known_on(rows: pd.DataFrame, morning: int) -> pd.DataFrame:
    """The rows as they were known on an earlier morning: closed only what was closed by then."""
    then = rows[(rows["recorded_on"] < morning).to_numpy()]
    still = (then["closed_on"] >= morning).to_numpy()
    return then.assign(
        closed_on=np.where(still, NEVER, then["closed_on"]), cash=np.where(still, 0, then["cash"])
    )


def cash_of_last_year(rows: pd.DataFrame, as_of: int, n_days: int) -> Floats | None:
    """(n_days,) cents: the layers of mornings around the same one a year ago, grown since.

    None where the past is too short for them. A day that none of them has reached is NaN.
    """
    first = int(rows["issued_on"].min()) if len(rows) else as_of
    if first > as_of - YEAR - 7 * AROUND:
        return None
    layers = np.stack(
        [
            cash_of_unseen(rows, as_of - YEAR + 7 * week, n_days, as_of)
            for week in range(-AROUND, AROUND + 1)
        ]
    )
    has_come = np.isfinite(layers)
    mean = np.divide(
        np.where(has_come, layers, 0.0).sum(axis=0),
        has_come.sum(axis=0),
        out=np.full(n_days, np.nan),
        where=has_come.any(axis=0),
    )
    return np.asarray(mean * _growth(rows, as_of, first))


def _growth(rows: pd.DataFrame, as_of: int, first: int) -> float:
    """How much more the layer brought lately than a year before, believed as far as a season."""
    begin = as_of - GROWN_OVER
    if first > begin - YEAR:
        return 1.0
    now, before = (
        float(cash_of_unseen(rows, morning, GROWN_OVER, as_of).sum())
        for morning in (begin, begin - YEAR)
    )
    if now <= 0 or before <= 0:
        return 1.0
    return float(np.clip(now / before, 0.25, 4.0) ** SEASON_WEIGHT)


def share_of_last_year(rows: pd.DataFrame, as_of: int, n_days: int, usual: Usual) -> float:
    """The share of last year's layer, the rest being the usual's, that missed least on past weeks.

    Both are said anew on up to TRIALS past mornings from what was known on each, and held against
    the weeks that have closed since. 0 with fewer than LEAST_TRIALS such mornings, and where the
    gain was not clear.
    """
    oldest = as_of - TRIAL_EVERY * LEAST_TRIALS
    if cash_of_last_year(rows_known_on(rows, oldest), oldest, 7) is None:
        return 0.0
    misses = np.zeros(len(SHARES))
    for back in range(1, TRIALS + 1):
        morning = as_of - TRIAL_EVERY * back
        then = rows_known_on(rows, morning)
        # As far ahead as has come since, and as last year can tell; single days tell too little.
        weeks = max(min(n_days, as_of - morning, YEAR) // 7, 1)
        year_before = cash_of_last_year(then, morning, 7 * weeks)
        if year_before is None:
            break
        ours = usual(then, morning, 7 * weeks)
        actual = cash_of_unseen(rows, morning, 7 * weeks, as_of)
        blends = ours + SHARES[:, None] * (year_before - ours)
        missed = np.abs((blends - actual).reshape(len(SHARES), weeks, 7).sum(axis=2))
        misses += missed.sum(axis=1)
    best = int(np.argmin(misses))
    return float(SHARES[best]) if misses[best] <= LEAST_GAIN * misses[0] else 0.0


def mixed_with_last_year(
    rows: pd.DataFrame, by_usual: Floats, as_of: int, share: float | None, usual: Usual
) -> tuple[Floats, float]:
    """(h,) the usual's cash mixed with last year's, and last year's share of it.

    by_usual: (h,) what the usual says from as_of on. share: None = as past mornings show to be
    best, see `share_of_last_year`.
    """
    year_before = (
        cash_of_last_year(rows, as_of, len(by_usual)) if share is None or share > 0 else None
    )
    if year_before is None:
        return by_usual, 0.0
    if share is None:
        share = share_of_last_year(rows, as_of, len(by_usual), usual)
    last_year = np.where(np.isfinite(year_before), year_before, by_usual)
    return np.asarray(by_usual + share * (last_year - by_usual)), share
