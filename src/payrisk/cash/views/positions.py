"""What will still be owed, what of it will be late, and the DSO: from the draws of the cash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.cash.forecasting.forecast import LEVELS, CashForecast, quantile_name
from payrisk.cash.forecasting.grains import buckets
from payrisk.receivables.kpis import WINDOW_DAYS, dso_simple


@dataclass(frozen=True)
class OpenBalances:
    """What is still open and overdue of today's invoices at the end of each bucket, in cents.

    currencies: (c,) in order; close_of: (b,) evenings. open, overdue: (n_draws, c, b) in every
    joint draw; expected_open, expected_overdue: (c, b) exact.
    """

    currencies: tuple[str, ...]
    close_of: Ints
    open: Floats
    overdue: Floats
    expected_open: Ints
    expected_overdue: Ints


def open_balances(cash: CashForecast, grain: str) -> OpenBalances:
    """The balances that the draws of the cash leave: open + cash so far = open today, in each.

    Overdue is what was due before the evening it is counted on. Each currency is drawn in parts,
    one for every bucket at whose end invoices turn overdue, so both balances count the same cash.
    """
    ends = buckets(grain, cash.as_of, cash.horizon_days).ends_on
    n = len(ends)
    place, names = pd.factorize(cash.invoices["currency"], sort=True)
    amount = cash.invoices["expected_from"].to_numpy(np.int64)
    turns = np.searchsorted(ends, cash.invoices["due_on"].to_numpy(np.int64), side="right")
    part = place * (n + 1) + turns
    whole = np.zeros((len(names), n + 1), dtype=np.int64)
    np.add.at(whole.reshape(-1), part, amount)

    came = np.zeros((len(names), n + 1, n), dtype=np.int64)
    by_end = np.cumsum(cash.expected[:, : cash.horizon_days], axis=1)[:, ends - cash.as_of]
    np.add.at(came.reshape(-1, n), part, by_end)
    left = whole[:, :, None] - came
    is_late = np.arange(n + 1)[:, None] <= np.arange(n)

    shape = (len(cash.landed), len(names), n)
    open_, overdue = np.zeros(shape), np.zeros(shape)
    currency = np.repeat(np.asarray(names, dtype=object), n + 1)
    for parts, drawn in cash.totals(currency, part, grain):
        still = whole.reshape(-1)[parts][:, None] - np.cumsum(drawn, axis=2)
        for position, number in enumerate(range(parts.start, parts.stop)):
            group, turn = divmod(number, n + 1)
            open_[:, group] += still[:, position]
            overdue[:, group] += still[:, position] * is_late[turn]
    return OpenBalances(
        tuple(str(name) for name in names),
        ends,
        open_,
        overdue,
        left.sum(axis=1),
        (left * is_late).sum(axis=1),
    )


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
    balances = open_balances(cash, grain)
    draws = {"open": balances.open, "overdue": balances.overdue}
    measures = {
        name: np.quantile(values, levels, axis=0, method="inverted_cdf")
        for name, values in draws.items()
    }
    parts = []
    for position, currency in enumerate(balances.currencies):
        for bucket, end in enumerate(balances.close_of.tolist()):
            out = {
                "currency": currency,
                "close_of": end,
                "open": int(balances.expected_open[position, bucket]),
                "overdue": int(balances.expected_overdue[position, bucket]),
            }
            for name, values in measures.items():
                out |= {
                    f"{name}_{quantile_name(q)}": round(float(v))
                    for q, v in zip(levels, values[:, position, bucket], strict=True)
                }
            billed = sales.get(currency, 0)
            for name in ["", *(f"_{quantile_name(q)}" for q in levels)]:
                out[f"dso{name}"] = dso_simple(out[f"open{name}"], billed, window_days)
            parts.append(out)
    return pd.DataFrame(parts)


def billed_in_window(
    invoices: pd.DataFrame, as_of: int, window_days: int = WINDOW_DAYS
) -> dict[str, int]:
    """Cents by currency of the invoices issued in the window before the morning as_of."""
    issued = invoices["issued_on"].to_numpy(np.int64)
    inside = invoices[(issued >= as_of - window_days) & (issued < as_of)]
    return {str(k): int(v) for k, v in inside.groupby("currency")["amount"].sum().items()}
