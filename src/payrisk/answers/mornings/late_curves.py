"""The curves that a worklist reads: of all that is late on a morning, as far ahead as it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from payrisk.answers.mornings.parts import MorningPart
from payrisk.arrays import Floats, Ints
from payrisk.collecting.worklist.gain import HORIZON_DAYS
from payrisk.ledger import History
from payrisk.predictions import PaymentCurves
from payrisk.scoring import CurveModel

DAYS_AHEAD = HORIZON_DAYS + 1
"""Columns that are kept: the morning's own day and those a list looks ahead."""
MOST_LATE = 100_000
"""Late invoices whose curves are kept on the disk; each takes .7 kB."""
BLOCK = 4_096
"""Invoices worked out together, between which it is asked whether they are still wanted."""
ROWS, PAID_BY = "rows.bin", "paid_by.bin"


@dataclass(frozen=True)
class OverdueCurves:
    """rows: (n,) places of the late among the open invoices, ascending; paid_by: (n, days)."""

    rows: Ints
    paid_by: Floats

    def of(self, rows: Ints) -> Floats | None:
        """The curves of some of the open invoices; None if one of them is not late."""
        place = np.searchsorted(self.rows, rows)
        if (place == len(self.rows)).any() or (self.rows[place] != rows).any():
            return None
        return np.asarray(self.paid_by[place])

    def files(self) -> dict[str, bytes]:
        """The files of the part: every number as its eight bytes, little-endian."""
        return {
            ROWS: self.rows.astype("<i8").tobytes(),
            PAID_BY: self.paid_by.astype("<f8").tobytes(),
        }

    @classmethod
    def from_part(cls, part: MorningPart) -> OverdueCurves:
        """Those of a part; nothing is copied."""
        rows = np.frombuffer(part.files[ROWS], np.int64)
        paid_by = np.frombuffer(part.files[PAID_BY], np.float64)
        return cls(rows, paid_by.reshape(len(rows), DAYS_AHEAD))

    @classmethod
    def compute(
        cls, model: CurveModel, history: History, is_wanted: Callable[[], bool] = lambda: True
    ) -> OverdueCurves | None:
        """Those of a morning; None once it is no longer wanted, which is asked between blocks."""
        due_on = history.open_invoices()["due_on"].to_numpy(np.int64)
        rows = np.flatnonzero(due_on < history.close_of)
        paid_by = np.empty((len(rows), DAYS_AHEAD))
        for low in range(0, len(rows), BLOCK):
            if not is_wanted():
                return None
            block = slice(low, low + BLOCK)
            paid_by[block] = days_ahead(model, history, rows[block])
        return cls(rows, paid_by)


def days_ahead(model: CurveModel, history: History, rows: Ints) -> Floats:
    """(n, days) chance that cash came by each day ahead of some of the open invoices."""
    open_ = history.open_invoices().iloc[rows].reset_index(drop=True)
    curves = model.curves(history, open_, "money")
    block = curves if isinstance(curves, PaymentCurves) else PaymentCurves.of(curves)
    return resize_days_ahead(block.matrix)


def resize_days_ahead(matrix: Floats) -> Floats:
    """The days ahead of longer or shorter curves, which end with their last value."""
    return np.asarray(matrix[:, np.minimum(np.arange(DAYS_AHEAD), matrix.shape[1] - 1)])
