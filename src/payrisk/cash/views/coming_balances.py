"""What will be owed in all: what is open today, and what will be billed and paid meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.cash.forecasting.forecast import LEVELS, quantile_name
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.views.positions import OpenBalances
from payrisk.receivables.kpis import WINDOW_DAYS, dso_simple


def positions_in_all(
    today: OpenBalances,
    band: UnbilledCash,
    billing: Mapping[str, Floats],
    cash_share: Mapping[str, float],
    sales: Mapping[str, Floats],
    *,
    window_days: int = WINDOW_DAYS,
    levels: Sequence[float] = LEVELS,
) -> pd.DataFrame:
    """Per currency and end of bucket: what will be owed in all, and the DSO.

    today: balances of the invoices open now. billing: currency → (h,) cents expected to be billed
    by day. cash_share: of what is billed, the part that ends as cash; the rest (credit notes,
    discounts) counts as gone when it is billed. sales: currency → (window_days,) cents billed on
    each of the days before as_of. Columns close_of; open = of_today + of_new_invoices;
    overdue_of_today: of today's invoices alone, for when new ones fall due is not drawn; the
    quantiles of open and overdue_of_today; dso: open ÷ billed in the window before that evening ×
    days. A draw bills as much more than expected as its cash of new invoices is more.
    """
    ends = today.close_of
    last = ends - band.as_of
    names = sorted({*today.currencies, *band.currencies})
    n_draws = len(today.open) if len(today.currencies) else len(band.draws)
    rows = []
    for currency in names:
        blank = np.zeros((n_draws, len(ends)))
        drawn, overdue, old, old_overdue = blank, blank, blank[0], blank[0]
        if currency in today.currencies:
            place = today.currencies.index(currency)
            drawn, overdue = today.open[:, place], today.overdue[:, place]
            old, old_overdue = today.expected_open[place], today.expected_overdue[place]
        billed = np.asarray(billing.get(currency, np.zeros(band.horizon_days)))
        new, new_drawn = _newly_owed(band, currency, billed * cash_share.get(currency, 1.0), last)
        pair = np.arange(n_draws) % len(new_drawn)
        measures = {"open": drawn + new_drawn[pair], "overdue_of_today": overdue}
        quantiles = {
            name: np.quantile(values, levels, axis=0, method="inverted_cdf")
            for name, values in measures.items()
        }
        window = np.concatenate([sales.get(currency, np.zeros(window_days)), billed])
        for bucket, end in enumerate(ends.tolist()):
            row = {
                "currency": currency,
                "close_of": end,
                "open": int(old[bucket]) + int(new[bucket]),
                "of_today": int(old[bucket]),
                "of_new_invoices": int(new[bucket]),
                "overdue_of_today": int(old_overdue[bucket]),
            }
            for name, values in quantiles.items():
                for q, value in zip(levels, values[:, bucket], strict=True):
                    row[f"{name}_{quantile_name(q)}"] = round(float(value))
            until = window_days + int(last[bucket]) + 1
            row["billed_in_window"] = round(float(window[until - window_days : until].sum()))
            for name in ["", *(f"_{quantile_name(q)}" for q in levels)]:
                row[f"dso{name}"] = dso_simple(
                    row[f"open{name}"], row["billed_in_window"], window_days
                )
            rows.append(row)
    return pd.DataFrame(rows)


def _newly_owed(
    band: UnbilledCash, currency: str, to_cash: Floats, last: np.ndarray
) -> tuple[np.ndarray, Floats]:
    """(b,) cents expected to be owed of new invoices, and (n_draws, b) in every draw."""
    if currency not in band.currencies:
        nothing = np.zeros(len(last), dtype=np.int64)
        return nothing, np.zeros((1, len(last)))
    place = band.currencies.index(currency)
    billed = np.cumsum(to_cash)[last]
    came = np.cumsum(band.expected[place])[last]
    came_drawn = np.cumsum(band.draws[:, place], axis=1)
    whole = float(band.expected[place].sum())
    level = came_drawn[:, -1] / whole if whole > 0 else np.ones(len(came_drawn))
    drawn = np.maximum(level[:, None] * billed - came_drawn[:, last], 0.0)
    return np.rint(np.maximum(billed - came, 0.0)).astype(np.int64), drawn
