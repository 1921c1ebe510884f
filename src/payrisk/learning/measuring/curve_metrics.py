"""How good payment curves were: scores that respect censoring.

Defined in docs/design.md, 'Curve metrics'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Days, Flags, Probabilities
from payrisk.calendar import NEVER
from payrisk.learning.measuring.risk_metrics import FLOOR, auc, log_loss, log_losses
from payrisk.predictions import PaymentCurves

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


@dataclass(frozen=True)
class JudgedCurves:
    """Curves beside what happened; every row unpaid on the morning of its as_of.

    curves: n rows. due_on, paid_on (NEVER = not paid so far), last_known_on (NEVER = final),
    books_end_on (evening of the books that tell it): (n,). earliest_on: (n,) paid_on, or the first
    day on which it may have been paid where it is known to an interval that ends on paid_on.
    order: (n,) the place of each row in a fixed order of all that are judged together, so that
    the randomised PIT depends neither on their order nor on the parts they are judged in.
    """

    curves: PaymentCurves
    due_on: Days
    paid_on: Days
    last_known_on: Days
    books_end_on: Days
    order: Days
    earliest_on: Days

    @classmethod
    def of(
        cls, curves: PaymentCurves, rows: pd.DataFrame, order: Days | None = None
    ) -> JudgedCurves:
        """Curves and the rows they are of: invoice_id, as_of, due_on and outcome columns.

        Without books_end_on the books are taken to reach past every due date; without earliest_on
        every paid_on is exact; without `order` the rows are all that are judged.
        """
        rank = row_order(rows) if order is None else order
        due, paid, last = (
            rows[c].to_numpy(dtype=np.int64) for c in ("due_on", "paid_on", "last_known_on")
        )
        end = rows.get("books_end_on", pd.Series(NEVER, rows.index)).to_numpy(dtype=np.int64)
        first = rows.get("earliest_on", rows["paid_on"]).to_numpy(dtype=np.int64)
        earliest = np.minimum(np.maximum(first, curves.as_of), paid)
        return cls(curves, due, paid, last, end, rank, earliest)

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


def row_order(rows: pd.DataFrame) -> Days:
    """(n,) the place of each row by invoice, instalment and as_of."""
    key = [c for c in ("invoice_id", "instalment", "as_of") if c in rows]
    order = rows[key].reset_index(drop=True).sort_values(key, kind="stable").index.to_numpy()
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = np.arange(len(rows))
    return rank


def crps(judged: JudgedCurves) -> Probabilities:
    """(n,) sum over days as_of … end of (F − 1{paid})², in days.

    Days of which it is not known whether it was paid by then do not count.
    """
    days = judged.curves.as_of[:, None] + np.arange(judged.curves.matrix.shape[1])
    gap = judged.curves.matrix - (days >= judged.paid_on[:, None])
    counts = days <= judged.ends_on[:, None]
    if (judged.earliest_on < judged.paid_on).any():
        counts &= (days < judged.earliest_on[:, None]) | (days >= judged.paid_on[:, None])
    return np.asarray((gap * gap * counts).sum(axis=1))


def nll(judged: JudgedCurves) -> Probabilities:
    """(n,) −log of the chance of the day or interval; of staying unpaid where none is known."""
    mass = judged.curves.paid_by(judged.paid_on) - judged.curves.paid_by(judged.earliest_on - 1)
    horizon = judged.curves.as_of + judged.curves.lengths - 1
    stays = judged.unpaid_by(np.minimum(np.where(judged.is_paid, NEVER, judged.ends_on), horizon))
    return -np.log(np.maximum(np.where(judged.is_dated, mass, stays), FLOOR))


def pit(judged: JudgedCurves) -> Probabilities:
    """(n,) randomised PIT, seed 0; a row still open lies above what it has survived."""
    horizon = judged.curves.as_of + judged.curves.lengths - 1
    survived = np.minimum(np.where(judged.is_paid, NEVER, judged.ends_on), horizon)
    low = np.where(
        judged.is_dated,
        judged.curves.paid_by(judged.earliest_on - 1),
        judged.curves.paid_by(survived),
    )
    high = np.where(judged.is_dated, judged.curves.paid_by(judged.paid_on), 1.0)
    uniform = np.random.default_rng(0).random(int(judged.order.max(initial=-1)) + 1)
    uniform = uniform[judged.order]
    return np.asarray(low + (high - low) * uniform)


def deviation_from_uniform(values: Probabilities) -> float:
    """Total variation between the values and the uniform distribution, over 20 equal bins."""
    if not len(values):
        return float("nan")
    bins = np.minimum((values * PIT_BINS).astype(np.int64), PIT_BINS - 1)
    share = np.bincount(bins, minlength=PIT_BINS) / len(values)
    return float(np.abs(share - 1.0 / PIT_BINS).sum() / 2.0)


def _quantile(judged: JudgedCurves, probability: float) -> Days:
    horizon = judged.curves.as_of + judged.curves.lengths - 1
    return np.asarray(np.minimum(judged.curves.day_at(probability), horizon))


@dataclass(frozen=True)
class CurveScores:
    """(n,) what each row of a model scored; NaN where nothing can be told.

    crps: days. nll. pit: in [0, 1]. error: median day − paid_on, covered: 1.0 where P10..P90 held
    the payment, width: of that interval in days; these three of paid rows. chance_late, is_late:
    of rows whose due date had not passed at as_of and lies within the books: of invoices due
    later only those paid early would be known. A payment known to an interval is held to the
    nearest of its days, and late or not only where the due date lies outside.
    """

    crps: Probabilities
    nll: Probabilities
    pit: Probabilities
    error: Probabilities
    covered: Probabilities
    width: Probabilities
    chance_late: Probabilities
    is_late: Probabilities

    @classmethod
    def of(cls, judged: JudgedCurves) -> CurveScores:
        """What each row of the judged curves scored."""
        paid, median = judged.is_paid, _quantile(judged, 0.5)
        low, high = _quantile(judged, 0.1), _quantile(judged, 0.9)
        is_open_ended = judged.curves.day_at(0.9) == NEVER
        is_covered = (low <= judged.paid_on) & ((judged.earliest_on <= high) | is_open_ended)
        known_until = np.minimum(judged.last_known_on, judged.books_end_on)
        is_late_known = (judged.curves.as_of <= judged.due_on) & (judged.due_on <= known_until)
        is_late_known &= (judged.due_on < judged.earliest_on) | (judged.paid_on <= judged.due_on)
        return cls(
            crps(judged),
            nll(judged),
            pit(judged),
            np.where(paid, median - np.clip(median, judged.earliest_on, judged.paid_on), np.nan),
            np.where(paid, is_covered, np.nan),
            np.where(paid, high - low, np.nan),
            np.where(is_late_known, judged.unpaid_by(judged.due_on), np.nan),
            np.where(is_late_known, judged.paid_on > judged.due_on, np.nan),
        )

    @classmethod
    def joined(cls, parts: Sequence[CurveScores]) -> CurveScores:
        """The scores of all parts, in order."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def __len__(self) -> int:
        return len(self.crps)

    def take(self, rows: Flags) -> CurveScores:
        """The scores of some rows."""
        return CurveScores(*(column[rows] for column in vars(self).values()))

    def metrics(self) -> dict[str, float]:
        """Every metric of docs/design.md, 'Curve metrics', with the counts it rests on.

        MAE, ±3, ±7, coverage and width are over the paid rows (`n_paid`), late over those where
        it is known (`n_late_known`).
        """
        is_late_known = ~np.isnan(self.is_late)
        late, chance_late = self.is_late[is_late_known] > 0, self.chance_late[is_late_known]
        is_paid = ~np.isnan(self.error)
        error = np.abs(self.error[is_paid])
        return {
            "n": float(len(self)),
            "n_paid": float(is_paid.sum()),
            "n_late_known": float(is_late_known.sum()),
            "crps": _mean(self.crps),
            "nll": _mean(self.nll),
            "mae": _mean(error),
            "within_3": _mean(error <= 3),
            "within_7": _mean(error <= 7),
            "pit_deviation": deviation_from_uniform(self.pit),
            "auc_late": auc(chance_late, late),
            "log_loss_late": log_loss(chance_late, late),
            "coverage_80": _mean(self.covered[is_paid]),
            "width_80": _mean(self.width[is_paid]),
        }

    @property
    def log_loss_late(self) -> Probabilities:
        """(n,) of the chance to be paid late; NaN where it is not known."""
        losses = log_losses(self.chance_late, self.is_late > 0)
        return np.where(np.isnan(self.is_late), np.nan, losses)

    def weighted(self, weights: Probabilities) -> dict[str, float]:
        """CRPS, NLL and MAE with a weight a row; NaN where all the weight is on other rows."""
        values = {"crps": self.crps, "nll": self.nll, "mae": np.abs(self.error)}
        return {name: _mean(column, weights) for name, column in values.items()}


def curve_metrics(judged: JudgedCurves) -> dict[str, float]:
    """Every metric of docs/design.md, 'Curve metrics'; see `CurveScores.metrics`."""
    return CurveScores.of(judged).metrics()


def brier_by_day(judged: JudgedCurves) -> Probabilities:
    """(121, 2) by days after as_of: sum of (F − paid)² and how many rows are known by then.

    Added up over its days a row's CRPS is what these are, so they say where in time it lies.
    """
    found = np.zeros((JUDGED_BEYOND_DAYS + 1, 2))
    for ahead in range(min(len(found), judged.curves.matrix.shape[1])):
        day = judged.curves.as_of + ahead
        is_known = day <= judged.ends_on
        is_known &= (day < judged.earliest_on) | (day >= judged.paid_on)
        gap = judged.curves.matrix[:, ahead] - (day >= judged.paid_on)
        found[ahead] = (gap * gap)[is_known].sum(), is_known.sum()
    return found


def _mean(values: npt.ArrayLike, weights: Probabilities | None = None) -> float:
    """Mean of the values that are not NaN."""
    found = np.asarray(values, dtype=np.float64)
    is_known = ~np.isnan(found)
    w = is_known.astype(np.float64) if weights is None else np.where(is_known, weights, 0.0)
    return float((np.where(is_known, found, 0.0) * w).sum() / w.sum()) if w.sum() else float("nan")
