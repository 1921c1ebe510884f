"""How good payment curves and default risks were: scores that respect censoring (DESIGN §6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.calendar import NEVER, Days
from payrisk.predictions import PaymentCurves, Probabilities

FLOOR = 1e-5
PIT_BINS = 20
JUDGED_BEYOND_DAYS = 120

CURVE_METRICS = (
    "crps",
    "nll",
    "mae",
    "within_3",
    "within_7",
    "pit_deviation",
    "auc_late",
    "log_loss_late",
    "coverage_80",
    "width_80",
)

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """Curves beside what happened; every row unpaid on the morning of its as_of.

    curves: n rows. due_on, paid_on (NEVER = not paid so far), last_known_on (NEVER = final),
    books_end_on (evening of the books that tell it): (n,).
    order: (n,) a fixed order of the rows, so that the randomised PIT does not depend on theirs.
    """

    curves: PaymentCurves
    due_on: Days
    paid_on: Days
    last_known_on: Days
    books_end_on: Days
    order: Days

    @classmethod
    def of(cls, curves: PaymentCurves, rows: pd.DataFrame) -> Judged:
        """Curves and the rows they are of: invoice_id, as_of, due_on and outcome columns.

        Without books_end_on the books are taken to reach past every due date.
        """
        key = [c for c in ("invoice_id", "instalment", "as_of") if c in rows]
        order = rows[key].reset_index(drop=True).sort_values(key, kind="stable").index.to_numpy()
        rank = np.empty(len(rows), dtype=np.int64)
        rank[order] = np.arange(len(rows))
        due, paid, last = (
            rows[c].to_numpy(dtype=np.int64) for c in ("due_on", "paid_on", "last_known_on")
        )
        end = rows.get("books_end_on", pd.Series(NEVER, rows.index)).to_numpy(dtype=np.int64)
        return cls(curves, due, paid, last, end, rank)

    @property
    def ends_on(self) -> Days:
        """Last day each row is judged on: due + 120 (as_of + 120 where that has passed)."""
        as_of = self.curves.as_of
        due_end = self.due_on + JUDGED_BEYOND_DAYS
        end = np.where(due_end >= as_of, due_end, as_of + JUDGED_BEYOND_DAYS)
        return np.where(self.is_paid, end, np.minimum(end, self.last_known_on))

    @property
    def is_paid(self) -> Flags:
        """Rows whose payment day is known."""
        return np.asarray(self.paid_on < NEVER)

    @property
    def is_dated(self) -> Flags:
        """Rows paid within the days their curve speaks of."""
        return np.asarray(self.paid_on <= self.curves.as_of + self.curves.lengths - 1)

    def unpaid_by(self, days: Days) -> Probabilities:
        """(n,) chance given to being still unpaid at the evening of each row's day."""
        return 1.0 - self.curves.paid_by(days)


def crps(judged: Judged) -> Probabilities:
    """(n,) sum over days as_of … end of (F − 1{paid})², in days."""
    days = judged.curves.as_of[:, None] + np.arange(judged.curves.matrix.shape[1])
    gap = judged.curves.matrix - (days >= judged.paid_on[:, None])
    return np.asarray((gap * gap * (days <= judged.ends_on[:, None])).sum(axis=1))


def nll(judged: Judged) -> Probabilities:
    """(n,) −log of the chance of the exact day; of staying unpaid where no day is known."""
    mass = judged.curves.paid_by(judged.paid_on) - judged.curves.paid_by(judged.paid_on - 1)
    horizon = judged.curves.as_of + judged.curves.lengths - 1
    stays = judged.unpaid_by(np.minimum(np.where(judged.is_paid, NEVER, judged.ends_on), horizon))
    return -np.log(np.maximum(np.where(judged.is_dated, mass, stays), FLOOR))


def pit(judged: Judged) -> Probabilities:
    """(n,) randomised PIT, seed 0; a row still open lies above what it has survived."""
    horizon = judged.curves.as_of + judged.curves.lengths - 1
    survived = np.minimum(np.where(judged.is_paid, NEVER, judged.ends_on), horizon)
    low = np.where(
        judged.is_dated,
        judged.curves.paid_by(judged.paid_on - 1),
        judged.curves.paid_by(survived),
    )
    high = np.where(judged.is_dated, judged.curves.paid_by(judged.paid_on), 1.0)
    uniform = np.random.default_rng(0).random(len(low))[judged.order]
    return np.asarray(low + (high - low) * uniform)


def deviation_from_uniform(values: Probabilities) -> float:
    """Total variation between the values and the uniform distribution, over 20 equal bins."""
    if not len(values):
        return float("nan")
    bins = np.minimum((values * PIT_BINS).astype(np.int64), PIT_BINS - 1)
    share = np.bincount(bins, minlength=PIT_BINS) / len(values)
    return float(np.abs(share - 1.0 / PIT_BINS).sum() / 2.0)


def median_error(judged: Judged) -> Probabilities:
    """(paid rows,) median day − paid_on; a median past the horizon counts as the horizon."""
    paid = judged.is_paid
    return np.asarray((_quantile(judged, 0.5) - judged.paid_on)[paid], dtype=np.float64)


def _quantile(judged: Judged, probability: float) -> Days:
    horizon = judged.curves.as_of + judged.curves.lengths - 1
    return np.asarray(np.minimum(judged.curves.day_at(probability), horizon))


def auc(score: Probabilities, outcome: Flags) -> float:
    """Chance that a row with the outcome scores above one without (ties count half)."""
    n_bad = int(outcome.sum())
    n_good = len(outcome) - n_bad
    if not n_bad or not n_good:
        return float("nan")
    ranks = pd.Series(score).rank().to_numpy()
    return float((ranks[outcome].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def log_loss(probability: Probabilities, outcome: Flags) -> float:
    """Mean −log of the chance given to what happened, floored at 1e-5."""
    if not len(outcome):
        return float("nan")
    chance = np.where(outcome, probability, 1.0 - probability)
    return float(-np.log(np.clip(chance, FLOOR, 1.0)).mean())


def brier(probability: Probabilities, outcome: Flags) -> float:
    """Mean squared difference between the chance and what happened."""
    return float(((probability - outcome) ** 2).mean()) if len(outcome) else float("nan")


def curve_metrics(judged: Judged) -> dict[str, float]:
    """Every curve metric of DESIGN §6 with the counts it rests on.

    MAE, ±3, ±7, coverage and width are over the paid rows (`n_paid`); late is judged where the
    due date had not passed at as_of and lies within the books (`n_late_known`): of invoices due
    later only those paid early would be known.
    """
    n = len(judged.curves)
    error = median_error(judged)
    low, high = _quantile(judged, 0.1)[judged.is_paid], _quantile(judged, 0.9)[judged.is_paid]
    paid = judged.paid_on[judged.is_paid]
    is_open_ended = (judged.curves.day_at(0.9) == NEVER)[judged.is_paid]
    known_until = np.minimum(judged.last_known_on, judged.books_end_on)
    is_late_known = (judged.curves.as_of <= judged.due_on) & (judged.due_on <= known_until)
    late = (judged.paid_on > judged.due_on)[is_late_known]
    chance_late = judged.unpaid_by(judged.due_on)[is_late_known]
    return {
        "n": float(n),
        "n_paid": float(judged.is_paid.sum()),
        "n_late_known": float(is_late_known.sum()),
        "crps": _mean(crps(judged)),
        "nll": _mean(nll(judged)),
        "mae": _mean(np.abs(error)),
        "within_3": _mean(np.abs(error) <= 3),
        "within_7": _mean(np.abs(error) <= 7),
        "pit_deviation": deviation_from_uniform(pit(judged)),
        "auc_late": auc(chance_late, late),
        "log_loss_late": log_loss(chance_late, late),
        "coverage_80": _mean((low <= paid) & ((paid <= high) | is_open_ended)),
        "width_80": _mean(high - low),
    }


def risk_metrics(probability: Probabilities, outcome: Flags) -> dict[str, float]:
    """AUC, Brier and log-loss of default chances, with the number of rows and events."""
    return {
        "n": float(len(outcome)),
        "n_events": float(outcome.sum()),
        "auc": auc(probability, outcome),
        "brier": brier(probability, outcome),
        "log_loss": log_loss(probability, outcome),
    }


def _mean(values: npt.ArrayLike) -> float:
    found = np.asarray(values, dtype=np.float64)
    return float(found.mean()) if len(found) else float("nan")
