"""The open invoices' cash by the model alone beside the same with promises as likely as learnt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import forecast_narrowed_to
from payrisk.cash.forecasting.bank_days import BASIS
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.grains import buckets
from payrisk.cash.views.adjusting import adjust

KEYS = ("currency", "starts_on", "ends_on")
COLUMNS = (*KEYS, "expected", "with_promises")
_ROW = ["invoice_id", "instalment", "currency"]


def cash_with_promises(receipts: Receipts, grain: str) -> pd.DataFrame:
    """Per currency and bucket, in cents: COLUMNS; of currencies in which one counts alone.

    Told by booking date and in the invoices' own currencies alone, since promises are made so.
    """
    outlook, cash = receipts.outlook, receipts.cash
    dated = outlook.dated
    of_all = pd.MultiIndex.from_frame(outlook.cash.invoices[_ROW].astype(object))
    rows = pd.MultiIndex.from_frame(cash.invoices[_ROW].astype(object))
    promised = pd.MultiIndex.from_frame(dated[_ROW[:2]].astype(object))
    is_promised = rows.droplevel(2).isin(promised)
    if receipts.basis != BASIS or not rows.isin(of_all).all() or not is_promised.any():
        return pd.DataFrame(columns=list(COLUMNS))
    before = forecast_narrowed_to(cash, np.asarray(is_promised))
    after = adjust(before, dated, outlook.calendars, outlook.keeping)
    if not (after.overrides["status"] == "applied").any():
        return pd.DataFrame(columns=list(COLUMNS))
    table = _expected(cash, grain, "expected")
    table = table[table["currency"].isin(set(before.invoices["currency"])).to_numpy()]
    for name, one in (("before", before), ("after", after.cash)):
        table = table.merge(_expected(one, grain, name), on=list(KEYS), how="left")
    moved = table["after"] - table["before"]
    return table.assign(with_promises=table["expected"] + moved)[list(COLUMNS)]


def _expected(cash: CashForecast, grain: str, name: str) -> pd.DataFrame:
    split = buckets(grain, cash.as_of, cash.horizon_days)
    starts = np.searchsorted(split.of_day, np.arange(len(split)))
    parts = []
    for currency, rows in cash.invoices.groupby("currency", sort=True).indices.items():
        by_day = cash.expected[rows, : cash.horizon_days].sum(axis=0)
        columns = {"starts_on": split.starts_on, "ends_on": split.ends_on}
        columns[name] = np.add.reduceat(by_day, starts)
        parts.append(pd.DataFrame({"currency": str(currency), **columns}))
    return pd.concat(parts, ignore_index=True)
