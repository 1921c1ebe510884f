"""What people ask of a payment curve: dates, chances of being late, expected days, a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Probabilities, Texts, prefix_row_sums, row_sums
from payrisk.calendar import iso_or_none
from payrisk.errors import InputError
from payrisk.predictions import PaymentCurve, PaymentCurves

LEVELS = {"p10_on": 0.1, "p50_on": 0.5, "p90_on": 0.9}
"""Days by which that share of the chance has come."""
LATE_DAYS = (5, 30, 60, 90)
"""Days late that are read out besides 0: strictly more than so many (docs/design.md, 'Words')."""
ON_TIME, LATE, VERY_LATE = "on_time", "late", "very_late"


@dataclass(frozen=True)
class Thresholds:
    """The reader's own lines: what is called late, and a day to read the chance at.

    Paid up to `late_after` days late is on time, more than `very_late_after` or never is very
    late, between them late. by_date: day, or None. Raises InputError for thresholds out of order.
    """

    late_after: int = 0
    very_late_after: int = 30
    by_date: int | None = None

    def __post_init__(self) -> None:
        """Hold the thresholds in order."""
        if self.late_after >= self.very_late_after:
            raise InputError("Very late must begin later than late; give more days for it.")


USUAL = Thresholds()


@dataclass(frozen=True)
class CurveReadout:
    """What one curve says of an invoice; None where the day asked for lies past its horizon.

    p10_on, p50_on, p90_on: day by which that share of the chance has come; NEVER if it does not.
    expected_days_late: mean with what is paid after the horizon, or never, counted as paid on the
    day after it. So it is a floor, and `probability_beyond` (paid, but after the horizon) and
    `probability_never` say how much of it was cut. probability_late, probability_late_5d …: paid
    more than 0, 5 … days late, or never. probability_on_time, probability_very_late and
    `lateness` (the likeliest of on_time, late, very_late) go by the thresholds of `Thresholds`;
    probability_by_date is the chance of being paid by its day.

    >>> curve = PaymentCurve(as_of=0, probability_paid_by=np.array([0.0, 0.5, 0.5, 0.9]))
    >>> said = CurveReadout.of(curve, due_on=1)
    >>> round(said.expected_days_late, 3), said.probability_late, said.probability_late_5d
    (1.1, 0.5, None)
    """

    p10_on: int
    p50_on: int
    p90_on: int
    expected_days_late: float
    probability_on_time: float | None
    probability_late: float | None
    probability_late_5d: float | None
    probability_late_30d: float | None
    probability_late_60d: float | None
    probability_late_90d: float | None
    probability_very_late: float | None
    lateness: str | None
    probability_by_date: float | None
    probability_beyond: float
    probability_never: float

    @classmethod
    def of(cls, curve: PaymentCurve, due_on: int, lines: Thresholds = USUAL) -> CurveReadout:
        """Read one curve."""
        chances, never = curve.probability_paid_by, float(curve.probability_never)

        def later(day: int) -> float | None:
            if day > curve.horizon_on:
                return None
            return 1.0 if day < curve.as_of else 1.0 - float(chances[day - curve.as_of])

        late = later(due_on + lines.late_after)
        on_time, very_late = (
            None if late is None else 1.0 - late,
            later(due_on + lines.very_late_after),
        )
        by_date = None if lines.by_date is None else later(lines.by_date)
        beyond = 1.0 - float(chances[-1]) - never
        by_days: dict[str, Any] = {
            f"probability_late_{days}d": later(due_on + days) for days in LATE_DAYS
        }
        return cls(
            **{name: curve.day_at(level) for name, level in LEVELS.items()},
            expected_days_late=curve.as_of - due_on + float(row_sums(1.0 - chances[None, :])[0]),
            probability_on_time=on_time,
            probability_late=later(due_on),
            **by_days,
            probability_very_late=very_late,
            lateness=_likelier(on_time, very_late),
            probability_by_date=None if by_date is None else 1.0 - by_date,
            probability_beyond=min(max(beyond, 0.0), 1.0),
            probability_never=never,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values: days as ISO dates, null for one the curve does not reach."""
        plain = vars(self)
        return plain | {name: iso_or_none(plain[name]) for name in LEVELS}


def curve_readouts(curves: PaymentCurves, due_on: Days, lines: Thresholds = USUAL) -> pd.DataFrame:
    """One row a curve, the fields of `CurveReadout` as columns; NaN past the horizon.

    due_on: (n,) days.
    """
    late = {days: _later(curves, due_on + days) for days in (0, *LATE_DAYS)}
    on_time = 1.0 - _later(curves, due_on + lines.late_after)
    very_late = _later(curves, due_on + lines.very_late_after)
    by_date = np.full(len(curves), np.nan)
    if lines.by_date is not None:
        by_date = 1.0 - _later(curves, np.full(len(curves), lines.by_date))
    columns = {
        **{name: curves.day_at(level) for name, level in LEVELS.items()},
        "expected_days_late": curves.as_of - due_on + restricted_mean_days(curves),
        "probability_on_time": on_time,
        "probability_late": late[0],
        **{f"probability_late_{days}d": late[days] for days in LATE_DAYS},
        "probability_very_late": very_late,
        "lateness": _likeliest(on_time, very_late),
        "probability_by_date": by_date,
        "probability_beyond": np.clip(1.0 - curves.matrix[:, -1] - curves.never, 0.0, 1.0),
        "probability_never": curves.never,
    }
    return pd.DataFrame(columns)


def restricted_mean_days(curves: PaymentCurves) -> Floats:
    """(n,) mean days from as_of to payment, cut at the day after the horizon.

    What the curve leaves open at the horizon counts as paid on the day after it: the tail is
    neither dropped nor spread over earlier days.
    """
    return prefix_row_sums(curves.lengths, 1.0 - curves.matrix)


def _later(curves: PaymentCurves, days: Days) -> Probabilities:
    """(n,) chance of being paid after a day, or never; NaN past the horizon."""
    horizon_on = curves.as_of + curves.lengths - 1
    return np.where(days > horizon_on, np.nan, 1.0 - curves.paid_by(days))


def _likelier(on_time: float | None, very_late: float | None) -> str | None:
    """As `_likeliest`, of one."""
    if on_time is None or very_late is None:
        return None
    each = on_time, 1.0 - on_time - very_late, very_late
    return (ON_TIME, LATE, VERY_LATE)[each.index(max(each))]


def _likeliest(on_time: Probabilities, very_late: Probabilities) -> Texts:
    each = np.column_stack([on_time, 1.0 - on_time - very_late, very_late])
    names = np.array([ON_TIME, LATE, VERY_LATE], dtype=object)
    likeliest = names[np.argmax(np.nan_to_num(each), axis=1)]
    likeliest[np.isnan(each).any(axis=1)] = None
    return np.asarray(likeliest)
