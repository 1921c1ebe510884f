"""Which days of a curve the trees are asked for, and which days share an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from payrisk.arrays import Days, Flags, Floats
from payrisk.calendar import SATURDAY, weekday
from payrisk.features import FrozenMoments

NEAR_DAYS = 21
"""Days past the later of due date and as_of up to which every day is asked for."""
STRIDE = 8
"""Days from one asked day to the next beyond: eight, so that all weekdays take their turn."""
LIKELY = 0.02
"""Chance of being unpaid beyond, from which on every weekday there is asked for too."""


@dataclass(frozen=True)
class DayGrid:
    """(n, h) days of n curves: for which the trees are asked, and whose answer each day takes.

    n: (rows,) asked days of each curve. offset: (k,) days past the as_of of each asked day.
    whose: (n, h) place of the asked day that answers for the cell, −1 past the curve's length.
    is_open: (n, h) whether the cell is near or no closed weekend.
    """

    n: Days
    offset: Days
    whose: Days
    is_open: Flags

    def spread(self, log_stay: Floats, on_weekends: float) -> Floats:
        """(n, h) log chance of staying unpaid over each day; 0 past a curve's length.

        A closed weekend has `on_weekends` times the chance of payment of the day that answers.
        """
        if not len(log_stay):
            return np.zeros(self.whose.shape)
        log_stays = log_stay[np.maximum(self.whose, 0)]
        closed = ~self.is_open
        log_stays[closed] = np.log1p(np.expm1(log_stays[closed]) * on_weekends)
        return np.where(self.whose < 0, 0.0, log_stays)


class AnsweredDays(NamedTuple):
    """The days the trees are asked for, and (k,) the log chance of staying unpaid over each."""

    grid: DayGrid
    log_stay: Floats


def every_day(lengths: Days) -> DayGrid:
    """Every day of every curve."""
    offset = np.arange(int(lengths.max(initial=1)))
    inside = offset < lengths[:, None]
    return _grid(inside, inside, np.ones_like(inside))


def near_days(frozen: FrozenMoments, lengths: Days) -> DayGrid:
    """Every day up to NEAR_DAYS past the later of due date and as_of; no day beyond."""
    offset = np.arange(int(lengths.max(initial=1)))
    inside = (offset < lengths[:, None]) & (offset <= last_near(frozen)[:, None])
    return _grid(inside, inside, np.ones_like(inside))


def sparse_days(frozen: FrozenMoments, lengths: Days, is_likely: Flags) -> DayGrid:
    """The near days, then every weekday where `is_likely`, else about one in eight.

    is_likely: (n,) whether the invoice may well be unpaid beyond; a customer that pays on one day
    a month would be missed by one in eight.
    """
    offset = np.arange(int(lengths.max(initial=1)))
    inside = offset < lengths[:, None]
    near = last_near(frozen)[:, None]
    is_open = _open_days(frozen, len(offset)) | (offset <= near)
    turn = (offset > near) & ((offset - near) % STRIDE == 1)
    needed = inside & ((offset <= near) | is_likely[:, None] | _next_open(turn, is_open))
    return _grid(inside, needed, is_open)


def _grid(inside: Flags, needed: Flags, is_open: Flags) -> DayGrid:
    is_asked = needed & is_open
    is_asked[:, 0] |= inside[:, 0]  # whatever the day, the first one has nobody before it
    whose = np.where(inside, np.cumsum(is_asked).reshape(is_asked.shape) - 1, -1)
    # the first day answers for itself, be it a weekday or not
    is_open = is_open.copy()
    is_open[:, 0] = True
    return DayGrid(is_asked.sum(axis=1), np.nonzero(is_asked)[1], whose, is_open)


def last_near(frozen: FrozenMoments) -> Days:
    """(n,) the last day past as_of up to which every day is asked for."""
    return np.asarray(np.maximum(frozen.due_on - frozen.as_of, 0) + NEAR_DAYS)


def _next_open(turn: Flags, is_open: Flags) -> Flags:
    """The first weekday from each turn on."""
    since = np.maximum.accumulate(np.where(turn, np.arange(turn.shape[1]), -1), axis=1)
    n_open = np.cumsum(is_open, axis=1)
    before: Days = np.take_along_axis(n_open - is_open, np.maximum(since, 0), axis=1)
    return np.asarray(is_open & (since >= 0) & (n_open - before == 1))


def _open_days(frozen: FrozenMoments, width: int) -> Flags:
    """(n, h) all days but weekends that are closed: holidays are many things to many payers."""
    calendars, country = frozen.calendars()
    days = frozen.as_of[:, None] + np.arange(width)
    codes = np.repeat(country, width)
    is_open = calendars.day_facts("is_business_day", days.astype(np.float64).ravel(), codes)
    # a day no calendar tells counts as open
    return np.asarray((is_open != 0.0).reshape(days.shape) | (weekday(days) < SATURDAY))
