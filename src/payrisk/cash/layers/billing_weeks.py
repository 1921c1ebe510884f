"""Past weeks of billing beside what is usual now: the series whose level and spread are learnt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.cash.layers.billing import unrecorded_share, usual_billing

MOST_WEEKS = 104
"""Past weeks that are looked at."""
BEGUN_AT = 0.25
"""Of the mean week, below which a first week counts as before the books began in earnest."""


def relative_weeks(
    rows: pd.DataFrame, as_of: int, country: str | None = None
) -> tuple[Floats, Floats]:
    """(1, t) billing of each week before as_of by what its days usually bill now, and (1, t) that.

    rows: of one currency, known on as_of. Weeks are seven days counted back from as_of, oldest
    first; a week not fully recorded yet counts for the share that is. No weeks at all where
    nothing is usual. The second says how unlike weeks are by themselves, with mean 1.
    """
    issued = rows["issued_on"].to_numpy(np.int64)
    # The week of the first invoice counts whole: in a short past it may be all there was.
    n_weeks = min(-(-(as_of - int(issued.min())) // 7), MOST_WEEKS) if len(issued) else 0
    if n_weeks < 1:
        return np.ones((1, 0)), np.ones((1, 0))
    first = as_of - 7 * n_weeks
    days = np.arange(first, as_of)
    usual = usual_billing(rows, as_of, days, country)
    usual *= 1.0 - unrecorded_share(rows, as_of - days)
    usual = usual.reshape(-1, 7).sum(axis=1)
    if not usual.any():
        return np.ones((1, 0)), np.ones((1, 0))
    # A week of holidays alone tells little: it is taken for a tenth of a usual one at least.
    usual = np.maximum(usual, 0.1 * usual.mean())
    inside = (issued >= first) & (issued < as_of)
    amount = rows["amount"].to_numpy(np.float64)[inside]
    weeks = np.bincount((issued[inside] - first) // 7, amount, n_weeks) / usual
    begun = int(np.argmax(weeks >= BEGUN_AT * weeks.mean()))
    kept = usual[begun:]
    return weeks[None, begun:], (kept / kept.mean())[None]


def largest_month(rows: pd.DataFrame) -> float:
    """Cents billed in the calendar month in which most ever was."""
    months = rows["issued_on"].to_numpy(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    number = months.astype(np.int64)
    if not len(number):
        return 0.0
    amount = rows["amount"].to_numpy(np.float64)
    return float(np.bincount(number - number.min(), amount).max())
