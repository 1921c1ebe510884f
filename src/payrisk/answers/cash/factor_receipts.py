"""Cash still to come from a factor, for the invoices of a morning that were sold with recourse."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.answers.champion_papers import past_cash
from payrisk.cash.forecasting.bank_days import bank_calendars, on_bank_days
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.layers.factor import FactorCash
from payrisk.ledger import History
from payrisk.predictions import PaymentCurves
from payrisk.receivables.recourse import sold_with_recourse
from payrisk.scoring import CurveModel

KEYS = ["invoice_id", "instalment"]


def factor_cash(
    history: History, model: CurveModel, champion: object, cash: CashForecast
) -> FactorCash:
    """What factors will pay of a morning's invoices, as far ahead and as often as `cash` is drawn.

    champion: as of `past_cash`. Its draws pair with the open invoices': what delays all payments
    delays these.
    """
    sold = sold_with_recourse(history)
    known = history.invoices()
    rows = known.merge(sold[[*KEYS, "residual"]], on=KEYS, suffixes=("_of_books", ""))
    rows = rows.drop(columns="residual_of_books")[list(known.columns)]
    none = pd.DataFrame(columns=["customer_id", "entity_id", "currency", "unapplied"])
    paying = forecast(
        rows,
        model.curves(history, rows, "money") if len(rows) else PaymentCurves.of([]),
        none.astype({"unapplied": "int64"}),
        as_of=history.as_of,
        generator=np.random.default_rng(0),
        horizon_days=cash.horizon_days,
        n_draws=len(cash.landed),
        dependence=past_cash(champion).dependence,
    )
    calendars = bank_calendars(history.known_rows("entities"))
    return FactorCash.of(on_bank_days(paying, calendars), sold, calendars)
