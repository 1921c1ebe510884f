"""The daily hazard's two readings: money comes in parts, an invoice is settled by the last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.ledger import Ledger
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard


def paid_in_halves() -> Ledger:
    """Half of each invoice comes on its due day, the other half twenty days later."""
    n = np.arange(240)
    invoices = pd.DataFrame(
        {
            "invoice_id": [f"i{at}" for at in n],
            "customer_id": [f"c{at % 8}" for at in n],
            "issued_on": 20_000 + n,
            "due_on": 20_030 + n,
            "amount": 10_000,
            "currency": "EUR",
        }
    )
    halves = [
        pd.DataFrame(
            {
                "credit_id": [f"p{at}-{part}" for at in n],
                "customer_id": invoices["customer_id"],
                "kind": "payment",
                "happened_on": invoices["due_on"] + 20 * part,
                "amount": 5_000,
                "currency": "EUR",
                "invoice_id": invoices["invoice_id"],
            }
        )
        for part in (0, 1)
    ]
    credits = pd.concat(halves, ignore_index=True)
    links = credits[["credit_id", "invoice_id", "amount", "happened_on"]]
    tables = {"invoices": invoices, "credits": credits.drop(columns="invoice_id")}
    return Ledger.from_tables(tables | {"allocations": links})[0]


def test_money_comes_in_parts_and_settles_with_the_last():
    history = paid_in_halves().as_of(20_230)
    fitted = fit_daily_hazard(history, seeds=2, rounds=60)
    assert isinstance(fitted, DailyHazard)
    # The ECDF beside knows settlements only, and some halves come on weekends.
    model = replace(fitted, weight=1.0, is_quick=False)
    quotes = history.invoices().head(8).drop(columns=["invoice_id", "instalment"])
    quotes = quotes.assign(issued_on=history.as_of, due_on=history.as_of + 30)
    settled, money = (model.curves(history, quotes, reading) for reading in ("settled", "money"))
    for curves in (settled, money):
        assert (curves.matrix[:, 27] < 0.1).all()
        assert (curves.matrix[:, 60] > 0.9).all()
    assert np.abs(money.matrix[:, 40] - 0.5).max() < 0.1
    assert (settled.matrix[:, 40] < 0.1).all()


def test_without_money_the_settled_reading_keeps_its_bits():
    history = paid_in_halves().as_of(20_230)
    both, alone = (
        fit_daily_hazard(history, seeds=1, rounds=5, has_money=has_money)
        for has_money in (True, False)
    )
    assert both.money
    assert alone.to_files() == replace(both, money=()).to_files()
