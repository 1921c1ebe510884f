"""Which days of a curve the trees are asked for, and what they answer."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from payrisk.arrays import Days, Flags, Floats, Singles
from payrisk.features import FrozenMoments
from payrisk.predictions import CurveMeaning
from payrisk.scoring.days_to_pay import day_grid
from payrisk.scoring.days_to_pay.curve import n_days
from payrisk.scoring.days_to_pay.day_grid import AnsweredDays, DayGrid

ALIKE_BELOW = 0.1
"""Share of the usual payments on weekends from which these are asked for, too."""
FEW = 8
"""Invoices whose days are described in one turn, more of them than will be asked for."""


class TreesByDay(Protocol):
    """Trees that say of an invoice's days how likely it stays unpaid; `DailyHazard` has them."""

    @property
    def is_quick(self) -> bool:
        """Whether days that hardly differ share one answer."""
        ...

    @property
    def on_weekends(self) -> float:
        """Payments on Saturdays and Sundays, over what there would be if days were all alike."""
        ...

    def matrix(self, static: Singles, frozen: FrozenMoments, row: Days, day: Days) -> Singles:
        """(k, inputs) what the trees read of some days."""
        ...

    def log_stay_of(self, matrix: Singles, reading: CurveMeaning = "settled") -> Floats:
        """(k,) what they say of them."""
        ...


def answered_days(
    trees: TreesByDay, static: Singles, frozen: FrozenMoments, reading: CurveMeaning
) -> AnsweredDays:
    """Every day up to the near ones' end, and beyond it those that `day_grid` picks.

    The same bits for an invoice alone and among others.
    """
    lengths = n_days(frozen.as_of, frozen.due_on)
    if not trees.is_quick or trees.on_weekends > ALIKE_BELOW:
        grid = day_grid.every_day(lengths)
        log_stay = trees.log_stay_of(_rows(trees, static, frozen, grid, slice(None)), reading)
        return AnsweredDays(grid, log_stay)
    if len(lengths) <= FEW:
        return _answered_by_few(trees, static, frozen, lengths, reading)
    near = day_grid.near_days(frozen, lengths)
    first = trees.log_stay_of(_rows(trees, static, frozen, near, slice(None)), reading)
    grid = day_grid.sparse_days(frozen, lengths, _is_likely(first, near.n))
    place = np.arange(len(grid.offset)) - np.repeat(np.cumsum(grid.n) - grid.n, grid.n)
    is_near = place < np.repeat(near.n, grid.n)
    log_stay = np.empty(len(grid.offset))
    log_stay[is_near] = first
    beyond = _rows(trees, static, frozen, grid, ~is_near)
    log_stay[~is_near] = trees.log_stay_of(beyond, reading)
    return AnsweredDays(grid, log_stay)


def _answered_by_few(
    trees: TreesByDay,
    static: Singles,
    frozen: FrozenMoments,
    lengths: Days,
    reading: CurveMeaning,
) -> AnsweredDays:
    """The same of few invoices: to describe days twice costs more than days nobody asks for."""
    most = day_grid.sparse_days(frozen, lengths, np.ones(len(lengths), dtype=bool))
    matrix = _rows(trees, static, frozen, most, slice(None))
    row, width = np.repeat(np.arange(len(most.n)), most.n), most.whose.shape[1]
    is_near = most.offset <= day_grid.last_near(frozen)[row]
    first = trees.log_stay_of(matrix[is_near], reading)
    near = np.bincount(row[is_near], minlength=len(lengths))
    grid = day_grid.sparse_days(frozen, lengths, _is_likely(first, near))
    cell = np.repeat(np.arange(len(grid.n)), grid.n) * width + grid.offset
    place = np.searchsorted(row * width + most.offset, cell)
    log_stay = np.empty(len(most.offset))
    log_stay[is_near] = first
    beyond = place[~is_near[place]]
    log_stay[beyond] = trees.log_stay_of(matrix[beyond], reading)
    return AnsweredDays(grid, log_stay[place])


def _is_likely(near: Floats, n: Days) -> Flags:
    """(rows,) whether an invoice may well be unpaid beyond its near days, of which it has n."""
    still = np.add.reduceat(near, np.cumsum(n) - n) if len(near) else near
    return np.asarray(still > np.log(day_grid.LIKELY))


def _rows(
    trees: TreesByDay,
    static: Singles,
    frozen: FrozenMoments,
    grid: DayGrid,
    which: Flags | slice,
) -> Singles:
    row = np.repeat(np.arange(len(grid.n)), grid.n)[which]
    return trees.matrix(static, frozen, row, frozen.as_of[row] + grid.offset[which])
