"""Receipts in the currencies that arrive, and what the change of currency does, apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from payrisk.answers.cash.choosing import CashChoice
from payrisk.answers.cash.receipts import Receipts
from payrisk.cash.currencies.arriving import (
    arriving_band,
    arriving_cash,
    conversions,
    fx_apart,
)
from payrisk.cash.currencies.payment_currency import PaymentCurrencies, payment_currencies
from payrisk.cash.views.changed_band import BILLED_DAYS
from payrisk.cash.views.fx import TYPE


@dataclass(frozen=True)
class ArrivingReceipts:
    """Receipts by the currency that arrives, and how they came to be so.

    fx: see `fx_apart`, with n_payments, how many payments of that invoice currency were seen.
    learned: the shares by customer.
    """

    receipts: Receipts
    fx: pd.DataFrame
    learned: PaymentCurrencies


def arriving_receipts(
    receipts: Receipts, choice: CashChoice | None = None, *, rate_type: str = TYPE
) -> ArrivingReceipts:
    """The receipts wanted, each invoice under the currencies that it will be paid in.

    choice: whose cash alone; its currency is then one that arrives. Raises as
    `CashChoice.applied`.
    """
    wanted = choice or CashChoice()
    whose = replace(wanted, currency="")
    before = whose.applied(receipts)
    history = receipts.outlook.history
    learned = payment_currencies(history)
    rates = conversions(learned, history.known_rows("rates"), history.as_of, rate_type)
    invoices = history.invoices()
    invoices = invoices[(invoices["issued_on"] >= history.as_of - BILLED_DAYS).to_numpy()]
    invoices = invoices[whose.wanted_rows(history, invoices)]
    billed = invoices.groupby(["customer_id", "currency"])["amount"].sum()
    places = receipts.outlook.calendars
    cash = arriving_cash(before.cash, learned, rates, places)
    band = arriving_band(
        before.band,
        learned,
        rates,
        {(str(who), str(name)): float(cents) for (who, name), cents in billed.items()},
        places,
    )
    fx = fx_apart(before.cash, cash, rates)
    fx["n_payments"] = fx["invoice_currency"].map(learned.n).fillna(0).astype("int64")
    arriving = replace(before, cash=cash, band=band)
    return ArrivingReceipts(CashChoice(wanted.currency).applied(arriving), fx, learned)
