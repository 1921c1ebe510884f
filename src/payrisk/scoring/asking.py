"""Asking: which days of a curve the trees are asked for, and which share an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from payrisk.calendar import Days
from payrisk.features import Frozen

NEAR_DAYS = 45
"""Days past the later of due date and as_of up to which every business day is asked for."""
STRIDE = 8
"""Days from one asked day to the next beyond: eight, so that all weekdays take their turn."""

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """(n, h) cells of curves, row by row: which are asked for, and whose answer each takes.

    n: (rows,) asked days of each curve. offset: (k,) days past the as_of of each asked day.
    whose: (n, h) place of the asked day that answers for the cell, −1 past the curve's length.
    is_open: (n, h) whether the cell is a business day, as far as that matters.
    """

    n: Days
    offset: Days
    whose: Days
    is_open: Flags

    def spread(self, log_stay: Floats, on_closed_days: float) -> Floats:
        """(n, h) log chance of staying unpaid over each day; 0 past a curve's length.

        A closed day has `on_closed_days` times the chance of payment of the day that answers.
        """
        if not len(log_stay):
            return np.zeros(self.whose.shape)
        found = log_stay[np.maximum(self.whose, 0)]
        closed = ~self.is_open
        found[closed] = np.log1p(np.expm1(found[closed]) * on_closed_days)
        return np.where(self.whose < 0, 0.0, found)


def every_day(lengths: Days) -> Asked:
    """Every day of every curve."""
    offset = np.arange(int(lengths.max(initial=1)))
    inside = offset < lengths[:, None]
    whose = np.where(inside, np.cumsum(inside).reshape(inside.shape) - 1, -1)
    return Asked(lengths, np.nonzero(inside)[1], whose, np.ones(inside.shape, dtype=bool))


def asked_days(frozen: Frozen, lengths: Days) -> Asked:
    """Business days near the due date, each eighth day beyond; others take the day before's."""
    offset = np.arange(int(lengths.max(initial=1)))
    inside = offset < lengths[:, None]
    near = np.maximum(frozen.due_on - frozen.as_of, 0) + NEAR_DAYS
    is_open = _open_days(frozen, len(offset))
    far = offset > near[:, None]
    asked = inside & is_open & ~far
    turn = far & ((offset - near[:, None]) % STRIDE == 1)
    asked |= inside & _next_open(turn, is_open)
    asked[:, 0] |= lengths > 0  # whatever the day, the first one has nobody before it
    place = np.cumsum(asked).reshape(asked.shape) - 1
    whose = np.where(inside, place, -1)
    # the first day answers for itself, be it a business day or not
    is_open = is_open.copy()
    is_open[:, 0] = True
    return Asked(asked.sum(axis=1), np.nonzero(asked)[1], whose, is_open)


def _next_open(turn: Flags, is_open: Flags) -> Flags:
    """The first business day from each turn on."""
    since = np.maximum.accumulate(np.where(turn, np.arange(turn.shape[1]), -1), axis=1)
    n_open = np.cumsum(is_open, axis=1)
    before: Days = np.take_along_axis(n_open - is_open, np.maximum(since, 0), axis=1)
    return np.asarray(is_open & (since >= 0) & (n_open - before == 1))


def _open_days(frozen: Frozen, width: int) -> Flags:
    """(n, h) business days of each curve's country."""
    opening, country = frozen.opening()
    days = (frozen.as_of[:, None] + np.arange(width)).astype(np.float64)
    codes = np.repeat(country, width)
    found = opening.facts("is_business_day", days.ravel(), codes).reshape(days.shape)
    return np.asarray(found != 0.0)  # a day no calendar tells counts as open
