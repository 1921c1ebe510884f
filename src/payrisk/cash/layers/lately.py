"""Cash of the last weeks from invoices no older than a week ahead allows, as one more guess of it.

What comes in the third week ahead on invoices not yet issued is like what came in each of the last
weeks on invoices that were younger than three weeks. It knows no level and no trend, so it is
wrong otherwise than usual billing paid as usual; the mean of both misses less than either.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import NEVER

LATE_WEEKS = 4
"""Latest weeks of cash whose mean it is."""
SHARE = 0.3
"""Of it in the expected cash, where the past is long enough for it and many invoices tell it."""
SHRUNK_BY = 10.0
"""Invoices paid in these weeks for which it counts for nothing."""


def cash_lately(rows: pd.DataFrame, as_of: int, n_weeks: int) -> Floats:
    """(w,) cents by week ahead; NaN where the books began too late to tell.

    rows: as `billing.billed_invoices`, of one currency. Cash counts on the day that closes its
    invoice.
    """
    seen_on = np.maximum(rows["issued_on"], rows["recorded_on"]).to_numpy(np.int64)
    closed = rows["closed_on"].to_numpy(np.int64)
    recent = (closed < as_of) & (closed >= as_of - 7 * LATE_WEEKS) & (closed < NEVER)
    age = (as_of - 1 - seen_on[recent]) // 7 - (as_of - 1 - closed[recent]) // 7
    cash = rows["cash"].to_numpy(np.float64)[recent]
    by_age = np.bincount(np.clip(age, 0, n_weeks), cash, n_weeks + 1)
    coming = np.cumsum(by_age[:n_weeks]) / LATE_WEEKS
    begun = (as_of - int(seen_on.min())) // 7 if len(rows) else 0
    coming[max(begun - LATE_WEEKS, 0) :] = np.nan
    return coming


def mixed_with_lately(
    rows: pd.DataFrame, by_usual: Floats, as_of: int, last_year_share: float
) -> Floats:
    """(h,) expected cash, a share of whose weeks is that of `cash_lately`; days keep their shape.

    by_usual: (h,) what else is expected. Last year's share of it stays as it is. A last week that
    is cut short, and one of which nothing is expected, stay, too.
    """
    n_days = len(by_usual) // 7 * 7
    usual = by_usual[:n_days].reshape(-1, 7).sum(axis=1)
    lately = cash_lately(rows, as_of, len(usual))
    n_paid = int(rows["closed_on"].between(as_of - 7 * LATE_WEEKS, as_of - 1).sum())
    most = SHARE * (1.0 - last_year_share) * n_paid / (n_paid + SHRUNK_BY)
    share = np.where(np.isfinite(lately) & (usual > 0), most, 0.0)
    wanted = usual + share * (np.nan_to_num(lately) - usual)
    factor = np.divide(wanted, usual, out=np.ones_like(usual), where=usual > 0)
    mixed = by_usual.copy()
    mixed[:n_days] *= np.repeat(factor, 7)
    return mixed
