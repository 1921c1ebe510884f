"""What a miss of the forecast cost: cash borrowed while it lacked, cash idle while it lay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Ints

DAYS_A_YEAR = 365


@dataclass(frozen=True)
class MissedCash:
    """A miss valued in money, in cents of one currency.

    lacking: mean cents by which cash so far was below the forecast on the days it was; idle: mean
    above it. borrowing_cost, idle_cost: of the days at the given rates; cost: both.
    """

    days_lacking: int
    lacking: int
    days_idle: int
    idle: int
    borrowing_cost: int
    idle_cost: int

    @property
    def cost(self) -> int:
        """What the miss cost in all."""
        return self.borrowing_cost + self.idle_cost


def value_of_miss(
    expected: Ints, actual: Ints, *, borrowing_rate: float, deposit_rate: float
) -> MissedCash:
    """Value the days of a forecast: what it missed by so far each evening, at yearly rates.

    expected, actual: (d,) cents that should come and came each day. Whoever relied on the forecast
    borrows what lacks, at borrowing_rate, and leaves what is over idle, forgoing deposit_rate;
    days count 1/DAYS_A_YEAR of a year. Half to even.

    >>> missed = value_of_miss([100_00, 0], [0, 100_00], borrowing_rate=0.073, deposit_rate=0.02)
    >>> missed.lacking, missed.borrowing_cost, missed.idle_cost
    (10000, 2, 0)
    """
    gap = np.cumsum(np.asarray(actual, dtype=np.int64) - np.asarray(expected, dtype=np.int64))
    short, over = gap[gap < 0], gap[gap > 0]
    return MissedCash(
        len(short),
        round(float(-short.mean())) if len(short) else 0,
        len(over),
        round(float(over.mean())) if len(over) else 0,
        round(float(-short.sum()) * borrowing_rate / DAYS_A_YEAR),
        round(float(over.sum()) * deposit_rate / DAYS_A_YEAR),
    )
