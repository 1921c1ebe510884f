"""What anyone could say without learning much: the methods every recipe is shown beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats
from payrisk.calendar import weekday
from payrisk.features import LedgerStreams, Moments, build
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.settled_before import SettledBefore
from payrisk.ledger import History
from payrisk.predictions import CurveMeaning, PaymentCurves
from payrisk.receivables.days_late import PAID, SettlementHistory
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.curve import step_curves


@dataclass(frozen=True)
class PointForecast:
    """A forecast of one day: due date plus the whole days late that `days_late` expects."""

    days_late: Callable[[History, pd.DataFrame], Floats]

    def curves(
        self,
        history: History,
        invoices: pd.DataFrame,
        reading: CurveMeaning = "settled",  # noqa: ARG002 - one day is said of all the money
    ) -> PaymentCurves:
        """A 0/1 step for each invoice, today at the earliest."""
        due = invoices["due_on"].to_numpy(dtype=np.int64)
        as_of = np.full(len(due), history.as_of, dtype=np.int64)
        late = np.rint(self.days_late(history, invoices)).astype(np.int64)
        return step_curves(as_of, due, due + late)


def fit_due_date(_: History) -> CurveModel:
    """Every invoice is paid on its due date."""
    return PointForecast(lambda _, invoices: np.zeros(len(invoices)))


def _fit_mean(history: History, feature: str) -> CurveModel:
    paid = _paid(history)
    otherwise = float(paid["days_late"].mean()) if len(paid) else 0.0

    def days_late(now: History, invoices: pd.DataFrame) -> Floats:
        moments = Moments.of(now.ledger, invoices, now.as_of)
        mean = build(LedgerStreams.of(now.ledger), moments, [feature]).column(feature)
        return np.where(np.isnan(mean), otherwise, mean.astype(np.float64))

    return PointForecast(days_late)


def _paid(history: History) -> pd.DataFrame:
    """The invoices known to be settled by cash."""
    frame = SettlementHistory.of(history).frame
    return frame[frame["outcome"] == PAID]


def fit_due_plus_mean(history: History) -> CurveModel:
    """Due date plus the customer's mean days late so far; the ledger's mean where it has none."""
    return _fit_mean(history, "customer__days_late__mean__all")


def fit_last_5(history: History) -> CurveModel:
    """Due date plus the mean of the customer's last five days late."""
    return _fit_mean(history, "customer__days_late__mean__last5")


def fit_customer_ecdf(history: History) -> CurveModel:
    """The customer's days late, paid invoices only, shrunk (K=5) to the ledger's; not rolled."""
    return replace(fit_shrunk_ecdf(history), uses_terms=False, is_censored=False, is_rolled=False)


def fit_customer_ecdf_rolled(history: History) -> CurveModel:
    """The same, rolled to business days."""
    return replace(fit_shrunk_ecdf(history), uses_terms=False, is_censored=False)


def fit_kaplan_meier_terms(history: History) -> CurveModel:
    """Kaplan-Meier of days late for the invoice's terms, shrunk to the ledger's; no customer."""
    return replace(fit_shrunk_ecdf(history), uses_customer=False, is_rolled=False)


def fit_l1_boosting(history: History) -> CurveModel:
    """LightGBM's absolute-error regression of days late on paid invoices: the usual repository."""
    import lightgbm

    paid = _paid(history)
    if len(paid) < 2:
        return fit_due_date(history)
    issued = paid["issued_on"].to_numpy(dtype=np.int64)
    booster: Any = lightgbm.train(
        {
            "objective": "regression_l1",
            "learning_rate": 0.05,
            "num_leaves": 31,
            "min_data_in_leaf": 50,
            "feature_fraction": 0.6,
            "seed": 0,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbose": -1,
        },
        lightgbm.Dataset(
            _inputs(history, paid, issued),
            paid["days_late"].to_numpy(dtype=np.float64),
        ),
        num_boost_round=200,
    )

    def days_late(now: History, invoices: pd.DataFrame) -> Floats:
        as_of = np.full(len(invoices), now.as_of, dtype=np.int64)
        matrix = _inputs(now, invoices, as_of)
        return np.asarray(booster.predict(matrix, num_threads=1), dtype=np.float64)

    return PointForecast(days_late)


def _inputs(history: History, rows: pd.DataFrame, mornings: Days) -> Floats:
    """(n, 11) how the customer has paid and what the invoice is; NaN where nothing is known.

    Not the catalogue's features: this recipe learned from the past as the history now reads it,
    and from the spread of all (n, not n − 1); its published figures are of that.
    """
    settled = SettledBefore.of(_paid(history), rows["customer_id"], mornings)
    issued, due = (rows[c].to_numpy(dtype=np.int64) for c in ("issued_on", "due_on"))
    mean, square = settled.mean("days_late"), settled.mean("squared")
    amount = np.maximum(rows["amount"].to_numpy(dtype=np.float64), 1.0)
    day_of_month = due.astype("datetime64[D]")
    columns = [
        settled.n,
        mean,
        np.sqrt(np.maximum(square - mean * mean, 0.0)),
        settled.mean("is_late"),
        settled.mean("days_late", latest=1),
        settled.mean("days_late", latest=5),
        due - issued,
        np.log(amount),
        weekday(issued),
        weekday(due),
        (day_of_month - day_of_month.astype("datetime64[M]")).astype(np.int64),
    ]
    return np.column_stack([np.asarray(c, dtype=np.float64) for c in columns])


BASELINES: dict[str, Callable[[History], CurveModel]] = {
    "due-date": fit_due_date,
    "due-plus-mean": fit_due_plus_mean,
    "last-5": fit_last_5,
    "customer-ecdf": fit_customer_ecdf,
    "customer-ecdf-rolled": fit_customer_ecdf_rolled,
    "kaplan-meier-terms": fit_kaplan_meier_terms,
    "l1-boosting": fit_l1_boosting,
}
"""Name → fit on a History; the order is the order of every table."""
