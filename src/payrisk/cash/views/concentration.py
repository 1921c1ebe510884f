"""Single invoices that make or break a bucket: the total with and without each of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.grains import buckets

SHARE = 0.10
"""An invoice above this share of a bucket is listed."""


def large_invoices(cash: CashForecast, grain: str, share: float = SHARE) -> pd.DataFrame:
    """Every invoice expected to bring more than `share` of a currency's bucket, in cents.

    currency, starts_on, ends_on, invoice_id, instalment, customer_id, due_on, residual, expected
    (of it in the bucket), share, total_with, total_without; largest first within a bucket.
    """
    split = buckets(grain, cash.as_of, cash.horizon_days)
    starts = np.searchsorted(split.of_day, np.arange(len(split)))
    cents = np.add.reduceat(cash.expected[:, : cash.horizon_days], starts, axis=1)
    currency, names = pd.factorize(cash.invoices["currency"], sort=True)
    totals = np.zeros((max(len(names), 1), len(split)), dtype=np.int64)
    np.add.at(totals, currency, cents)
    row, bucket = np.nonzero((cents > share * totals[currency]) & (cents > 0))
    who = cash.invoices.iloc[row].reset_index(drop=True)
    amount, total = cents[row, bucket], totals[currency[row], bucket]
    table = pd.DataFrame(
        {
            "currency": who["currency"],
            "starts_on": split.starts_on[bucket],
            "ends_on": split.ends_on[bucket],
            "invoice_id": who["invoice_id"],
            "instalment": who["instalment"],
            "customer_id": who["customer_id"],
            "due_on": who["due_on"],
            "residual": who["residual"],
            "expected": amount,
            "share": amount / np.maximum(total, 1),
            "total_with": total,
            "total_without": total - amount,
        }
    )
    order = ["currency", "starts_on", "expected", "invoice_id", "instalment"]
    return table.sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)
