"""Credits on account settle open invoices first, before any cash is expected of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Ints

RULE = "oldest due first, within customer, entity and currency"
"""How unapplied credits meet open invoices (docs/design.md, 'Cash forecasts')."""

KEYS = ["customer_id", "entity_id", "currency"]


def covered_by_credits(invoices: pd.DataFrame, credits: pd.DataFrame) -> Ints:
    """(n,) cents of each open residual that credits on account will settle, by RULE.

    invoices: customer_id, entity_id, currency, due_on, invoice_id, instalment, residual;
    credits: customer_id, entity_id, currency, unapplied (as `Books.credit_balances()`).
    """
    covered = np.zeros(len(invoices), dtype=np.int64)
    if credits.empty or invoices.empty:
        return covered
    pot = credits.groupby(KEYS, observed=True)["unapplied"].sum().clip(lower=0)
    rows = invoices[[*KEYS, "due_on", "invoice_id", "instalment", "residual"]].assign(
        row=np.arange(len(invoices))
    )
    rows = rows.join(pot, on=KEYS, how="inner").sort_values(
        [*KEYS, "due_on", "invoice_id", "instalment"]
    )
    residual = rows["residual"].to_numpy(np.int64)
    earlier = rows.groupby(KEYS, observed=True)["residual"].cumsum().to_numpy(np.int64) - residual
    left = np.maximum(rows["unapplied"].to_numpy(np.int64) - earlier, 0)
    covered[rows["row"].to_numpy()] = np.minimum(left, residual)
    return covered
