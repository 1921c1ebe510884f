"""Days: the per-day covariates of invoices, on any days from their as_of on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from payrisk.calendar import weekday
from payrisk.errors import InputError
from payrisk.features.arithmetic import BLOCKS
from payrisk.features.asked import Asked
from payrisk.features.blocks import Block, blocks
from payrisk.features.daily import DAILY
from payrisk.features.expressions import Said
from payrisk.features.known import Known
from payrisk.features.lags import N_BINS, WIDTHS, bin_of
from payrisk.features.matrix import Matrix
from payrisk.features.moments import Moments
from payrisk.features.packing import Ints, sorted_order
from payrisk.features.programs import Program

MOMENTS = 1024
"""Moments whose days are worked out together: some hundred days each."""


def build_days(
    known: Known, moments: Moments, row: Ints, day: Ints, names: Sequence[str] | None = None
) -> Matrix:
    """The covariates of (moment, day) pairs, in the order given.

    row: (k,) which moment. day: (k,) its day. What is known is what was known on the moment's
    as_of: only age and calendar differ from day to day. Raises InputError for a day before the
    as_of, a moment that is no invoice, or a name `DAILY` does not have.
    """
    for name in names or ():
        if name not in DAILY:
            raise InputError(
                f"There is no per-day covariate '{name}'; see payrisk.features.DAILY."
            )
    if len(row) and bool((day < moments.as_of[row]).any()):
        raise InputError("A day lies before its as_of; ask for the as_of or later.")
    chosen = [DAILY[name] for name in names or DAILY]
    program = Program.of([f.term for f in chosen if f.term is not None])
    asked = Asked.of(known, moments)
    place = np.empty(len(moments), dtype=np.int64)
    place[asked.order] = np.arange(len(moments))
    order = sorted_order(place[row])
    at, days = place[row][order], day[order]
    values = np.empty((len(chosen), len(row)), dtype=np.float32)
    ends = np.searchsorted(at, np.arange(0, len(moments) + MOMENTS, MOMENTS))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for nth, block in enumerate(blocks(asked, MOMENTS)):
            rows = slice(int(ends[nth]), int(ends[nth + 1]))
            target = order[rows]

            def take(feature: int, found: Any, target: npt.NDArray[np.int64] = target) -> None:
                values[feature, target] = found

            if len(target):
                these = DayBlock(block, at[rows] - block.rows.start, days[rows])
                program.run(BLOCKS, these, take)
    return Matrix(tuple(feature.name for feature in chosen), values)


class DayBlock:
    """Days of the moments of a block: what the block knows, beside what the day is."""

    def __init__(self, block: Block, at: Ints, day: Ints) -> None:
        """at: (k,) place of each day's moment in the block."""
        self._block, self._at, self._day = block, at, day.astype(np.float64)
        asked = block.asked
        self._country = asked.country[block.rows][at]
        self._customer = asked.customer[block.rows][at]
        self._as_of = asked.as_of[block.rows][at]
        due = np.nan_to_num(asked.own["due_on"][block.rows][at]).astype(np.int64)
        self._bin, self._due_weekday = bin_of(day - due), weekday(due)

    def read(self, op: str, of: tuple[Said, ...], needs: list[Any]) -> Any:
        """The numbers of a term that is no arithmetic, (k,) a day each."""
        opening = self._block.asked.known.opening
        if op == "own" and of == ("day",):
            return self._day
        if op == "calendar":
            return opening.facts(str(of[0]), needs[0], self._country)
        if op == "business_days":
            return opening.business_days(needs[0], needs[1], self._country)
        if op == "lag_width":
            return WIDTHS[self._bin]
        if op == "at_lag":
            return self._at_lag(str(of[0]), str(of[1]))
        return self._block.read(op, of, needs)[self._at]

    def _at_lag(self, source: str, level: str) -> Ints:
        if level == "everyone_lag":
            whose = np.zeros_like(self._bin)
        elif level == "lag":
            whose = self._customer
        else:
            whose = np.where(self._customer < 0, -1, self._customer * 7 + self._due_weekday)
        entity = np.where(whose < 0, -1, whose * N_BINS + self._bin)
        stream = self._block.asked.known.stream(source, level)
        return stream.total("n", stream.span(entity, self._as_of, None))
