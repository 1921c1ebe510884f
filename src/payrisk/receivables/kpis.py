"""DSO and its family, formula by formula: how fast receivables turn into cash, and what is lost.

Every function takes numbers or arrays of one shape and is NaN where a measure is undefined.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from payrisk.arrays import Floats

WINDOW_DAYS = 90

Numbers = npt.ArrayLike
"""Minor units, days or counts: a number or an array."""

INDEX_DAYS = np.array([-30, -20, 0, 15, 22, 30, 60, 90, 120, 180], dtype=np.float64)
INDEX_POINTS = np.array([100, 90, 80, 70, 60, 50, 40, 30, 20, 0], dtype=np.float64)
"""Days late and the points each is worth; straight between them, level outside."""

BAND_MIDDLES = (15, 45, 75, 105)
"""Days late that stand for 1-30, 31-60, 61-90 and 91 or more, where only bands are known."""


def ratio(above: Numbers, below: Numbers) -> Any:
    """One divided by the other; NaN where the divisor is not above zero.

    >>> float(ratio(1, 4))
    0.25
    """
    a, b = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    whole = np.where(b > 0, b, np.nan)
    return (a / whole)[()]


def dso_simple(receivable: Numbers, sales: Numbers, days: Numbers) -> Any:
    """Receivable ÷ sales of the window × days of the window.

    Source: the standard form; JD Edwards' "current balance divided by sales", Dynamics 365.

    >>> float(dso_simple(50_000, 100_000, 90))
    45.0
    """
    return ratio(receivable, sales) * np.asarray(days)


def dso_countback(receivable: Numbers, sales: Numbers, days: Numbers) -> Any:
    """Days of the latest months' sales that the receivable still holds.

    Takes each month's sales off the receivable, newest first, adding that month's days; the last
    month counts in proportion. A month whose credit notes outweigh its invoices adds its days and
    lengthens the way. `sales` (…, months) and `days` (months,) are newest first; the newest may
    be a part of a month. NaN when the receivable exceeds all sales. Source: the count-back method
    of credit management textbooks.

    >>> float(dso_countback(150, np.array([100, 80, 60]), np.array([31, 30, 31])))
    49.75
    """
    owed = np.atleast_1d(np.asarray(receivable, dtype=np.float64))
    monthly = np.asarray(sales, dtype=np.float64).reshape(len(owed), -1)
    length = np.asarray(days, dtype=np.float64)
    if not monthly.shape[1]:
        return np.where(owed > 0, np.nan, 0.0).reshape(np.shape(receivable))[()]
    taken = np.cumsum(monthly, axis=1)
    reaches = taken >= owed[:, None]
    last = np.argmax(reaches, axis=1)
    row = np.arange(len(owed))
    of_last = monthly[row, last]
    before = taken[row, last] - of_last
    whole = (np.cumsum(length) - length)[last]
    part = (owed - before) / np.where(of_last > 0, of_last, np.nan) * length[last]
    out = np.where(owed <= 0, 0.0, np.where(reaches.any(axis=1), whole + part, np.nan))
    return out.reshape(np.shape(receivable))[()]


def true_dso(aged_cents: Numbers, sales: Numbers) -> Any:
    """Σ over open invoices of days since issue × what is open ÷ sales of its month of issue.

    `aged_cents` (…, months): Σ days × cents of the open invoices issued in each month, `sales`
    (…, months) of the same months. NaN where a month with open invoices sold nothing on balance.
    Source: Oracle Receivables' "true DSO".

    >>> float(true_dso(np.array([10 * 50, 40 * 20]), np.array([100, 80])))
    15.0
    """
    aged = np.asarray(aged_cents, dtype=np.float64)
    parts = np.where(aged == 0, 0.0, ratio(aged, sales))
    return parts.sum(axis=-1)[()]


def best_possible_dso(not_due: Numbers, sales: Numbers, days: Numbers) -> Any:
    """The DSO if nothing were overdue: receivable not overdue ÷ sales × days.

    Source: Credit Research Foundation; JD Edwards' "days credit granted".

    >>> float(best_possible_dso(30_000, 100_000, 90))
    27.0
    """
    return dso_simple(not_due, sales, days)


def average_days_delinquent(dso: Numbers, best_possible: Numbers) -> Any:
    """DSO − best possible DSO: the days that lateness costs.

    Source: Credit Research Foundation; JD Edwards' "delinquent DSO".

    >>> float(average_days_delinquent(45.0, 27.0))
    18.0
    """
    return (np.asarray(dso) - np.asarray(best_possible))[()]


def collection_effectiveness(
    opening: Numbers, sales: Numbers, months: Numbers, closing: Numbers, not_due: Numbers
) -> Any:
    """CEI in percent: 100 means that nothing collectable was left uncollected.

    (opening + sales ÷ N − closing) ÷ (opening + sales ÷ N − not due) × 100, with N = `months`.
    Forms differ by N alone: the Credit Research Foundation divides the sales of a quarter by 3
    and of a year by 12, others do not (N = 1); over one month all agree. NaN when nothing was
    collectable.

    >>> float(collection_effectiveness(100, 90, 1, 80, 60).round(2))
    84.62
    """
    start = np.asarray(opening) + np.asarray(sales) / np.asarray(months)
    return ratio(start - np.asarray(closing), start - np.asarray(not_due)) * 100


def turnover(sales: Numbers, receivable: Numbers, days: Numbers) -> Any:
    """Times a year the receivable is collected: sales ÷ receivable × 365 ÷ days.

    Of the average of opening and closing receivable (the standard form), or of the ending one
    (Credit Research Foundation): the caller names which.

    >>> float(turnover(100, 50, 73))
    10.0
    """
    return ratio(sales, receivable) * 365 / np.asarray(days)


def collection_period(turned: Numbers) -> Any:
    """Days it takes to collect: 365 ÷ turnover. Source: standard form.

    >>> float(collection_period(10.0))
    36.5
    """
    return ratio(365.0, turned)


def mean_days(weighted_days: Numbers, weights: Numbers) -> Any:
    """Σ weight × days ÷ Σ weight.

    With days late and payments of cleared items as weights: SAP's "days beyond terms" (early is
    negative). With amounts: Upflow's amount-weighted delay. With 1 each: the plain mean.

    >>> float(mean_days(10 * 300 - 2 * 100, 400))
    7.0
    """
    return ratio(weighted_days, weights)


def days_beyond_terms_open(overdue_by_band: Numbers, owed: Numbers) -> Any:
    """Overdue cents of each band × its middle day (15, 45, 75, 105) ÷ all that is owed.

    overdue_by_band: (…, 4), 1-30 days late to 91 and more. Source: Experian, CreditorWatch.

    >>> float(days_beyond_terms_open(np.array([200, 100, 0, 100]), 1000))
    18.0
    """
    weighted = np.asarray(overdue_by_band, dtype=np.float64) * np.array(BAND_MIDDLES)
    return ratio(weighted.sum(axis=-1), owed)


def index_points(days_late: Numbers) -> Floats:
    """Points of payments so many days late: 100 = 30 days early, 80 = on the day, 50 = 30 late.

    Source: the knots Dun & Bradstreet publishes of its PAYDEX; this is not PAYDEX, which
    weighs other suppliers' experiences.

    >>> index_points(np.array([-40, 0, 30, 45, 500])).tolist()
    [100.0, 80.0, 50.0, 45.0, 0.0]
    """
    return np.interp(np.asarray(days_late, dtype=np.float64), INDEX_DAYS, INDEX_POINTS)


def percent(part: Numbers, whole: Numbers) -> Any:
    """A part in percent of the whole; NaN where that is not above zero.

    >>> float(percent(1, 8))
    12.5
    """
    return ratio(part, whole) * 100


def concentration(shares: Numbers) -> Any:
    """Herfindahl-Hirschman index: Σ of squared percentages, 10,000 when one customer owes all.

    shares: of each customer, adding up to 1. Source: standard form.

    >>> float(concentration([0.5, 0.5]))
    5000.0
    """
    return (np.square(np.asarray(shares, dtype=np.float64)).sum(axis=-1) * 10_000)[()]
