"""Blend: two opinions on how late, one of them on which day."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Days, Floats, Probabilities
from payrisk.predictions import PaymentCurves

SPANS = np.array([-30, -7, 7, 30, 60], dtype=np.int64)
"""Days late at which a new span begins: far ahead, ahead, around the due date, late, very late."""
NOTHING = 1e-9


def blend_curves(
    own: PaymentCurves, other: PaymentCurves, weight: float, due_on: Days
) -> PaymentCurves:
    """Curves whose spans of days late hold `weight` of own's chance and the rest of other's.

    Within a span the days are shared out as own shares them: own knows payment days, other only
    how late a customer has been (and it is never sure of what few invoices showed). A span in
    which own has nothing takes other's days. own, other: the same rows and lengths; due_on: (n,).
    """
    width = min(own.matrix.shape[1], other.matrix.shape[1])
    mine, theirs = own.matrix[:, :width], other.matrix[:, :width]
    late = (own.as_of - due_on)[:, None] + np.arange(width)
    span = np.searchsorted(SPANS, late, side="right")
    mine_at, theirs_at = (_at_spans(one, own.as_of - due_on) for one in (mine, theirs))
    target_at = weight * mine_at + (1.0 - weight) * theirs_at
    mass, their_mass, target = (np.diff(at, axis=1) for at in (mine_at, theirs_at, target_at))
    is_theirs = mass <= NOTHING
    scale = target / np.where(is_theirs, np.maximum(their_mass, NOTHING), mass)

    def of(table: Probabilities) -> Probabilities:
        return np.take_along_axis(table, span, axis=1)

    base = np.where(is_theirs, theirs_at[:, :-1], mine_at[:, :-1])
    chosen = np.take_along_axis(is_theirs, span, axis=1)
    inside = np.where(chosen, theirs, mine) - of(base)
    paid = np.clip(of(target_at[:, :-1]) + inside * of(scale), 0.0, 1.0)
    never = weight * own.never + (1.0 - weight) * other.never
    paid = np.maximum.accumulate(paid, axis=1)
    return PaymentCurves(own.as_of, paid, own.lengths, np.minimum(never, 1.0 - paid[:, -1]))


def _at_spans(paid: Probabilities, first_late: Days) -> Floats:
    """(n, spans + 2) chance of being paid before each span begins: 0 first, all of it last."""
    n, width = paid.shape
    before = np.clip(SPANS - first_late[:, None] - 1, -1, width - 1)
    found = np.take_along_axis(paid, np.maximum(before, 0), axis=1)
    start, end = np.zeros((n, 1)), paid[:, -1:]
    return np.hstack([start, np.where(before < 0, 0.0, found), end])
