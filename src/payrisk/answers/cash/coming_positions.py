"""Open balance, overdue and DSO to come: in all, or of today's invoices alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import ALL, OPEN, Layer, Receipts
from payrisk.arrays import Floats
from payrisk.cash.layers.billing import (
    LATE_DAYS,
    billed_invoices,
    billing_country,
    billing_groups,
    dated_orders,
)
from payrisk.cash.layers.billing_expected import (
    billed_by_day,
    expected_by_issue_week,
    unrecorded_ahead,
)
from payrisk.cash.views.coming_balances import positions_in_all
from payrisk.cash.views.positions import open_balances
from payrisk.receivables.kpis import WINDOW_DAYS

MEANING = {
    "all": "open = of_today + of_new_invoices; overdue of today's invoices alone; DSO counts what"
    " will be billed",
    "open": "of today's invoices alone: balances and DSO only fall, nothing billed later is in",
}
"""What a table of positions counts, by layer."""
TELLING_DAYS = 28
"""Days ahead from which on the band's cash tells how much more or less than usual is billed."""
NEVER_HELD = "not verified: past weeks tell of cash alone, not of balances"


def coming_positions(receipts: Receipts, grain: str, layer: Layer = "all") -> pd.DataFrame:
    """Per currency and end of bucket, what will be owed; columns as the view of the layer.

    layer: all counts what will be billed and paid until then, see `positions_in_all`; open is
    today's invoices alone, see `positions.positions`. A column `layer` says which.
    """
    outlook, cash = receipts.outlook, receipts.cash
    if layer == "open":
        table = outlook.positions(grain)
        table.insert(1, "layer", OPEN)
        return table
    became = receipts.became
    closed = became["billed"].to_numpy(np.float64)
    share = np.divide(became["cash"], closed, out=np.ones(len(closed)), where=closed > 0)
    table = positions_in_all(
        open_balances(cash, grain),
        receipts.band,
        expected_billing(receipts),
        dict(zip(became["currency"].astype(str), np.clip(share, 0.0, 1.0), strict=True)),
        past_billed_by_day(receipts),
    )
    table.insert(1, "layer", ALL)
    return table


def expected_billing(receipts: Receipts) -> dict[str, Floats]:
    """Currency → (h,) cents expected to be billed on each day ahead, as the band expects cash.

    What is issued and still to be recorded counts on the first day.
    """
    history, horizon = receipts.outlook.history, receipts.cash.horizon_days
    rows, country = billed_invoices(history), billing_country(history)
    orders, week = dated_orders(history), np.arange(horizon) // 7
    names = rows["currency"].astype(str).to_numpy(dtype=object)
    parts = {name: rows[names == name] for name in receipts.band.currencies}
    billing = {}
    for place, currency in enumerate(receipts.band.currencies):
        part = parts[currency]
        sisters = [other for name, other in parts.items() if name != currency]
        usual = expected_by_issue_week(part, orders, history.as_of, horizon, country, sisters)
        by_day, unrecorded = np.zeros(horizon), unrecorded_ahead(part)
        for group in billing_groups(part, history.as_of):
            amount = billed_by_day(unrecorded, group, orders, history.as_of, horizon, country)
            by_day += amount[LATE_DAYS:] * usual.factors[1:][week]
            by_day[0] += amount[:LATE_DAYS].sum()
        # Where last year speaks, too, the band brings more or less cash than usual billing would.
        # The cash of a few days is too little of what they bill to say by how much.
        whole = float(usual.expected.sum()) if horizon >= TELLING_DAYS else 0.0
        billing[currency] = by_day * (receipts.band.expected[place].sum() / whole if whole else 1)
    return billing


def past_billed_by_day(receipts: Receipts) -> dict[str, Floats]:
    """Currency → (WINDOW_DAYS,) cents billed on each of the days before the morning."""
    history = receipts.outlook.history
    invoices = history.invoices()
    age = history.as_of - 1 - invoices["issued_on"].to_numpy(np.int64)
    inside = (age >= 0) & (age < WINDOW_DAYS)
    sales: dict[str, Floats] = {}
    for currency, rows in invoices[inside].assign(age=age[inside]).groupby("currency"):
        by_day = np.bincount(rows["age"], rows["amount"], minlength=WINDOW_DAYS)
        sales[str(currency)] = by_day[::-1].astype(np.float64)
    return sales
