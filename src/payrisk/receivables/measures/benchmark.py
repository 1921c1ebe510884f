"""The benchmark beside the KPIs: how large UK companies paid, year by year."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from payrisk.arrays import Days

MEASURES = (
    "average_days_to_pay",
    "paid_within_30_days_percent",
    "paid_after_60_days_percent",
    "paid_late_percent",
)
"""The KPIs that the benchmark has, too, under the same names."""

PREFIX = "uk_"

SOURCE = (
    "medians of 114,758 payment-practice reports of large UK companies, 2017-2026, CC BY 4.0,"
    " as of 2026-11-30"
)


@cache
def uk_payment_practices() -> pd.DataFrame:
    """One row a year: reports, the four MEASURES and standard_terms_days, each a median."""
    path = Path(__file__).with_name("uk_payment_practices.csv")
    return pd.read_csv(path, comment="#").set_index("year")


def benchmark(evenings: Days) -> pd.DataFrame:
    """(n,) rows of `uk_…` measures of each evening's year; of the last known year afterwards.

    NaN before the first year.
    """
    table = uk_payment_practices()[list(MEASURES)]
    year = evenings.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    last = int(table.index.max())
    rows = table.reindex([min(int(y), last) for y in year]).astype("float64")
    return rows.add_prefix(PREFIX).reset_index(drop=True)
