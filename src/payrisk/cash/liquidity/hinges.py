"""Which open invoices a shortfall hangs on: by what each does to the chance of meeting a need."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.liquidity.paths import MoneyPath

MOST_SHOWN = 20
BLOCK_ROWS = 4_000


def decisive_invoices(
    path: MoneyPath,
    cash: CashForecast,
    is_of_path: Flags,
    rate: Floats,
    column: int,
    most: int = MOST_SHOWN,
) -> pd.DataFrame:
    """Open invoices by their effect on P(money ≥ need) at one evening, the largest first.

    is_of_path: (n,) which of the forecast's invoices bring their cash to this path; rate: (n,)
    minor units of the path for one of theirs. column: days from as_of to the evening. Columns:
    holder, needed_on, invoice_id, instalment, customer_id, due_on, currency, expected_from (what
    is still expected of it at all), chance_by_then, probability_below as it stands; if_paid and
    if_not, the same if this invoice is paid by then for sure, or surely is not; gain =
    probability_below − if_paid, what collecting it is worth; effect = if_not − if_paid.
    Everything else in each draw stays as drawn.
    """
    need = float(path.need[column])
    closing = path.drawn_closings[:, column]
    rows = np.flatnonzero(is_of_path)
    amount = cash.invoices["expected_from"].to_numpy(np.float64)[rows] * rate[rows]
    now = float((closing < need - 0.5).mean())
    paid, unpaid, chance = (np.empty(len(rows)) for _ in range(3))
    for start in range(0, len(rows), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        came = cash.landed[:, rows[block]] <= column
        without = closing[:, None] - came * amount[block]
        chance[block] = came.mean(axis=0)
        unpaid[block] = (without < need - 0.5).mean(axis=0)
        paid[block] = (without + amount[block] < need - 0.5).mean(axis=0)
    named = cash.invoices.iloc[rows]
    table = named[["invoice_id", "instalment", "customer_id", "due_on", "currency"]].assign(
        expected_from=named["expected_from"],
        chance_by_then=chance,
        probability_below=now,
        if_paid=paid,
        if_not=unpaid,
        gain=now - paid,
        effect=unpaid - paid,
    )
    table.insert(0, "holder", path.holder)
    table.insert(1, "needed_on", path.as_of + column)
    table = table[(table["effect"] > 0).to_numpy()]
    order = ["effect", "expected_from", "invoice_id", "instalment"]
    table = table.sort_values(order, ascending=[False, False, True, True], kind="stable")
    return table.head(most).reset_index(drop=True)
