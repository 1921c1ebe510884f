"""What will still be owed, what of it will be late, and the DSO: from the draws of the cash."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from payrisk.cash.forecast import LEVELS, CashForecast, quantile_name
from payrisk.cash.grains import buckets
from payrisk.receivables.kpis import WINDOW_DAYS, dso_simple


def positions(
    cash: CashForecast,
    grain: str,
    sales: dict[str, int],
    *,
    window_days: int = WINDOW_DAYS,
    levels: Sequence[float] = LEVELS,
) -> pd.DataFrame:
    """Per currency and end of bucket: open balance, overdue balance and DSO of today's invoices.

    sales: cents billed by currency in the `window_days` before as_of, the denominator of the DSO
    (receivable ÷ billed × days). Columns close_of, then open, overdue, dso and their quantiles
    (`open_p10` …; low cash is a high balance). Credits on account are used up at once. Invoices
    not yet issued are not in it, so these balances only fall; what never comes stays in them.
    """
    split = buckets(grain, cash.as_of, cash.horizon_days)
    groups, drawn = cash.draws(grain)
    due = cash.invoices["due_on"].to_numpy(np.int64)
    amount = cash.invoices["expected_from"].to_numpy(np.int64)
    came = np.cumsum(cash.expected[:, : cash.horizon_days], axis=1)
    parts = []
    for at, currency in enumerate(groups["currency"].astype(str)):
        mine = np.flatnonzero((cash.invoices["currency"] == currency).to_numpy())
        whole = int(amount[mine].sum())
        left_drawn = whole - np.cumsum(drawn[:, at], axis=1)
        for bucket, end in enumerate(split.ends_on.tolist()):
            column = end - cash.as_of
            left = amount[mine] - came[mine, column]
            late = due[mine] < end
            waits = cash.landed[:, mine] > column
            own = waits @ amount[mine].astype(np.float64)
            share = waits[:, late] @ amount[mine][late].astype(np.float64) / np.maximum(own, 1.0)
            out = {
                "currency": currency,
                "close_of": end,
                "open": int(left.sum()),
                "overdue": int(left[late].sum()),
            }
            draws = {"open": left_drawn[:, bucket], "overdue": left_drawn[:, bucket] * share}
            for name, values in draws.items():
                said = np.quantile(values, levels, method="inverted_cdf")
                out |= {
                    f"{name}_{quantile_name(q)}": round(float(v))
                    for q, v in zip(levels, said, strict=True)
                }
            billed = sales.get(currency, 0)
            for name in ["", *(f"_{quantile_name(q)}" for q in levels)]:
                out[f"dso{name}"] = dso_simple(out[f"open{name}"], billed, window_days)
            parts.append(out)
    return pd.DataFrame(parts)


def billed(invoices: pd.DataFrame, as_of: int, window_days: int = WINDOW_DAYS) -> dict[str, int]:
    """Cents by currency of the invoices issued in the window before the morning as_of."""
    issued = invoices["issued_on"].to_numpy(np.int64)
    inside = invoices[(issued >= as_of - window_days) & (issued < as_of)]
    return {str(k): int(v) for k, v in inside.groupby("currency")["amount"].sum().items()}
