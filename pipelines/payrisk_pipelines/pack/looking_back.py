"""The days since a published forecast: why cash differed, and what the miss cost in money."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from payrisk.answers.cash.workbook.weekly_summary import published_between
from payrisk.cash.published.snapshots import Snapshot
from payrisk.cash.views.missed_cash import value_of_miss
from payrisk.ledger import Ledger
from payrisk.ledger.books.cash_flow import cash_flow


def cost_of_misses(
    snapshot: Snapshot,
    ledger: Ledger,
    as_of: int,
    *,
    first: int,
    borrowing_rate: float,
    deposit_rate: float,
) -> pd.DataFrame:
    """Per currency, the days from `first` to the evening before as_of valued in money, in cents.

    expected and actual of all receipts, as `MissedCash` their gaps and what these cost at the
    yearly rates. As the ledger knows it on the morning as_of.
    """
    days = np.arange(max(first, snapshot.as_of), as_of)
    closes = [ledger.balance_at(int(day), as_of) for day in (days[0] - 1, *days)]
    came: dict[str, np.ndarray] = {}
    told: dict[str, np.ndarray] = {}
    for place, day in enumerate(days.tolist()):
        flow = cash_flow(closes[place], closes[place + 1]).receipts
        for currency, cents in zip(flow["currency"].astype(str), flow["received"], strict=True):
            came.setdefault(currency, np.zeros(len(days), dtype=np.int64))[place] += int(cents)
        for currency, cents in published_between(snapshot, day, day).items():
            told.setdefault(currency, np.zeros(len(days), dtype=np.int64))[place] += cents
    rows = []
    for currency in sorted({*came, *told}):
        actual = came.get(currency, np.zeros(len(days), dtype=np.int64))
        expected = told.get(currency, np.zeros(len(days), dtype=np.int64))
        if not actual.any() and not expected.any():
            continue
        missed = value_of_miss(
            expected, actual, borrowing_rate=borrowing_rate, deposit_rate=deposit_rate
        )
        rows.append(
            {
                "currency": currency,
                "starts_on": int(days[0]),
                "ends_on": as_of - 1,
                "expected": int(expected.sum()),
                "actual": int(actual.sum()),
                **asdict(missed),
                "cost": missed.cost,
            }
        )
    return pd.DataFrame(rows)
