"""The collection curve: the share of billed money in by each age, for everyone alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import NEVER
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, PaymentCurves
from payrisk.scoring.days_to_pay.curve import n_days

MOST_AGE = 365
"""Days since issue up to which money is told apart; past it nothing more is expected."""


@dataclass(frozen=True)
class CollectionCurve:
    """Chance by age since issue, weighed by money: left is (MOST_AGE + 2,) the share not yet in.

    left[a] = share of the money still out at the start of age a; what treasurers keep in a sheet.
    """

    left: Floats

    def curves(
        self,
        history: History,
        invoices: pd.DataFrame,
        reading: CurveMeaning = "money",  # noqa: ARG002 - of one invoice it knows the age alone
    ) -> PaymentCurves:
        """One curve a row, given that its money is still out at its age."""
        due = invoices["due_on"].to_numpy(np.int64)
        as_of = np.full(len(due), history.as_of, dtype=np.int64)
        age = np.maximum(as_of - invoices["issued_on"].to_numpy(np.int64), 0)
        lengths = n_days(as_of, due)
        columns = np.arange(int(lengths.max(initial=1)))
        last = len(self.left) - 1
        now = self.left[np.minimum(age, last)][:, None]
        then = self.left[np.minimum(age[:, None] + columns + 1, last)]
        paid = np.where(now > 0, 1.0 - then / np.maximum(now, 1e-300), 0.0)
        return PaymentCurves(as_of, np.clip(paid, 0.0, 1.0), lengths)


def fit_collection_curve(history: History) -> CollectionCurve:
    """By age, of every invoice known: money paid that day over money still out and observed."""
    rows = history.invoices()
    issued = rows["issued_on"].to_numpy(np.int64)
    amount = rows["amount"].to_numpy(np.float64)
    closed = rows["closed_on"].to_numpy(np.int64)
    paid = rows["paid_on"].to_numpy(np.int64)
    end = np.where(closed < NEVER, closed, history.as_of) - issued
    age = np.clip(end, 0, MOST_AGE)
    width = MOST_AGE + 1
    came = np.bincount(age, np.where((paid < NEVER) & (end <= MOST_AGE), amount, 0.0), width)
    out = np.cumsum(np.bincount(age, amount, width)[::-1])[::-1]
    hazard = np.divide(came, out, out=np.zeros(width), where=out > 0)
    return CollectionCurve(np.append(1.0, np.cumprod(1.0 - np.clip(hazard, 0.0, 1.0))))
