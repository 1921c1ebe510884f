"""Calibration and coverage where the outcome is known for sure: matured invoices only.

An invoice has matured for a question when the day that decides it has passed: the due date for
being late, the day by which 90 % were expected for the interval. That day was known before
anything happened, so who counts does not depend on who paid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from payrisk.arrays import Days, Probabilities
from payrisk.monitoring.observed_vs_expected import ObservedCounts
from payrisk.monitoring.paid_so_far import LEAST_STAY, InvoicesAtRisk
from payrisk.monitoring.scored_invoices import ScoredInvoices
from payrisk.monitoring.windows import DaySpan
from payrisk.predictions import PaymentCurves

LOW, HIGH = 0.1, 0.9


def calibration_of_matured(
    scored: ScoredInvoices, spans: Sequence[DaySpan]
) -> dict[str, list[ObservedCounts]]:
    """By measure, what matured invoices did in each span and what was expected of them.

    paid late: unpaid at the evening of the due date. within the 80 % interval: paid on one of the
    days P10 … P90. later than P90: unpaid at the evening of P90. Chances are those of an invoice
    unpaid at the start of the span, or when first seen.
    """
    measures: dict[str, list[ObservedCounts]] = {
        "paid late": [],
        "within the 80 % interval": [],
        "later than P90": [],
    }
    for span in spans:
        at_risk, curves = InvoicesAtRisk.of(scored, span), scored.curves
        before = curves.paid_by(at_risk.entry - 1)
        left = np.maximum(1.0 - before, LEAST_STAY)
        low, high = (_day(curves, before + share * left) for share in (LOW, HIGH))
        due = scored.column("due_on")

        def later(
            day: Days, before: Probabilities = before, left: Probabilities = left
        ) -> Probabilities:
            return np.clip(1.0 - (scored.curves.paid_by(day) - before) / left, 0.0, 1.0)

        for name, day, chance, is_so in (
            ("paid late", due, later(due), at_risk.paid_on > due),
            (
                "within the 80 % interval",
                high,
                later(low - 1) - later(high),
                (at_risk.paid_on >= low) & (at_risk.paid_on <= high),
            ),
            ("later than P90", high, later(high), at_risk.paid_on > high),
        ):
            has_matured = at_risk.is_there & (day >= at_risk.entry) & (day < span.last)
            # what was closed without cash before the day has no answer to the question
            has_matured &= (at_risk.closed_on > day) | (at_risk.paid_on <= day)
            expected = np.where(has_matured, chance, 0.0)
            measures[name].append(
                ObservedCounts(
                    (has_matured & is_so).astype(np.float64), expected, expected * (1.0 - chance)
                )
            )
    return measures


def _day(curves: PaymentCurves, levels: Probabilities) -> Days:
    """(n,) first day by which each curve reaches its level; far away where it never does."""
    reached = curves.matrix >= levels[:, None] - 1e-12
    return np.where(
        reached[:, -1], curves.as_of + reached.argmax(axis=1), np.iinfo(np.int64).max // 4
    )
