"""What a fitted model says: the predict half, which the service runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pandas as pd

from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, DefaultRisk, PaymentCurves


class CurveModel(Protocol):
    """Says when invoices will be paid."""

    def curves(
        self, history: History, invoices: pd.DataFrame, reading: CurveMeaning = "settled"
    ) -> PaymentCurves:
        """One curve a row of `invoices` (columns as `Books.invoices`), seen at history.as_of.

        For an invoice the ledger does not hold (a quote), customer_id, issued_on, due_on,
        amount and currency suffice.
        """
        ...


class RiskModel(Protocol):
    """Says which customers will default."""

    def risks(
        self, history: History, customer_ids: Sequence[str], horizon_days: int
    ) -> list[DefaultRisk]:
        """One risk a customer, within `horizon_days` of history.as_of, with its reasons."""
        ...
