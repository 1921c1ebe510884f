"""The curve of the trees blended with the ECDF's: how late by both, on which day by the trees.

Two models speak of one invoice. The trees know on which *days* a customer pays (its weekday, its
month-end run), the shrunk ECDF only *how late* it has been, and it is never sure of what few
invoices showed. A plain average of the two curves would smear the payment days of the trees over
the week. So the days late are cut into spans (far ahead of the due date, ahead, around it, late,
very late); the chance of each span is the weighted mean of both models', and within a span the
days are shared out as the trees share them.

An example, for weight 0.7 and one span. The trees give a payment within the 14 days around the
due date a chance of 0.60, 0.45 of it on the first Thursday; the ECDF gives those days 0.40, about
0.03 each. The span gets 0.7 × 0.60 + 0.3 × 0.40 = 0.54, and the Thursday 0.54 × 0.45 / 0.60 =
0.405. The plain average would have given it 0.7 × 0.45 + 0.3 × 0.03 = 0.324 and the other days
the rest.

When it is biased: where the trees are wrong about the days within a span, the ECDF cannot correct
them, whatever the weight; where a span ends (7 days late, say), the chance of a day may jump,
since both sides are scaled by factors of their own. A span in which the trees see nothing at all
takes the ECDF's days.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from payrisk.arrays import Days, Floats, Probabilities
from payrisk.predictions import PaymentCurves

SPANS = np.array([-30, -7, 7, 30, 60], dtype=np.int64)
"""Days late at which a new span begins: far ahead, ahead, around the due date, late, very late."""
_Number = TypeVar("_Number", np.float64, np.bool_)

NOTHING = 1e-9
"""Chance of a span below which its days cannot be told apart."""


def blend_curves(
    trees: PaymentCurves, ecdf: PaymentCurves, weight: float | Floats, due_on: Days
) -> PaymentCurves:
    """Curves whose spans of days late hold `weight` of the trees' chance, the rest the ECDF's.

    Within a span the days are shared out as the trees share them; a span in which they have
    nothing takes the ECDF's days. trees, ecdf: the same rows and lengths; weight: of all rows, or
    (n,) of each; due_on: (n,).
    """
    width = min(trees.matrix.shape[1], ecdf.matrix.shape[1])
    of_trees, of_ecdf = trees.matrix[:, :width], ecdf.matrix[:, :width]
    first_late = trees.as_of - due_on
    span = np.searchsorted(SPANS, first_late[:, None] + np.arange(width), side="right")
    trees_before, ecdf_before = (_before_spans(paid, first_late) for paid in (of_trees, of_ecdf))
    of_rows = np.reshape(weight, (-1, 1))
    before = of_rows * trees_before + (1.0 - of_rows) * ecdf_before
    trees_mass, ecdf_mass, mass = (
        np.diff(table, axis=1) for table in (trees_before, ecdf_before, before)
    )
    takes_ecdf = trees_mass <= NOTHING
    scale = mass / np.where(takes_ecdf, np.maximum(ecdf_mass, NOTHING), trees_mass)

    def at_days(table: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """(n, width) what a table of spans says of each day's span."""
        return np.take_along_axis(table, span, axis=1)

    base = np.where(takes_ecdf, ecdf_before[:, :-1], trees_before[:, :-1])
    inside = np.where(at_days(takes_ecdf), of_ecdf, of_trees) - at_days(base)
    paid = np.clip(at_days(before[:, :-1]) + inside * at_days(scale), 0.0, 1.0)
    never = weight * trees.never + (1.0 - weight) * ecdf.never
    paid = np.maximum.accumulate(paid, axis=1)
    return PaymentCurves(trees.as_of, paid, trees.lengths, np.minimum(never, 1.0 - paid[:, -1]))


def _before_spans(paid: Probabilities, first_late: Days) -> Floats:
    """(n, spans + 2) chance of being paid before each span begins: 0 first, all of it last."""
    n, width = paid.shape
    place = np.clip(SPANS - first_late[:, None] - 1, -1, width - 1)
    before = np.take_along_axis(paid, np.maximum(place, 0), axis=1)
    start, end = np.zeros((n, 1)), paid[:, -1:]
    return np.hstack([start, np.where(place < 0, 0.0, before), end])
