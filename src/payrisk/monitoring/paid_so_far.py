"""Paid so far against expected so far: a readout before any invoice has run its course.

Each invoice open at the start of a span, or first seen in it, is expected to be paid on each of
its days with the chance that its curve gives to an invoice unpaid so far. Payments less the sum
of those chances has mean 0 whatever is still open (the one-sample log-rank test), so invoices
without an outcome count with the days they have lived and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from payrisk.arrays import Days, Flags, Probabilities
from payrisk.monitoring.observed_vs_expected import ObservedCounts
from payrisk.monitoring.scored_invoices import ScoredInvoices
from payrisk.monitoring.windows import DaySpan

LEAST_STAY = 1e-9


@dataclass(frozen=True)
class InvoicesAtRisk:
    """(n,) the scored invoices in one span, by what was known before its `known`.

    entry: the first day at risk, is_there: whether at risk at all (open on the morning of entry),
    paid_on, closed_on: NEVER where nothing was recorded in time.
    """

    entry: Days
    is_there: Flags
    paid_on: Days
    closed_on: Days

    @classmethod
    def of(cls, scored: ScoredInvoices, span: DaySpan) -> InvoicesAtRisk:
        """Who is at risk in a span."""
        never = np.iinfo(np.int64).max // 4
        is_told = scored.column("told_on") < span.known_before
        paid = np.where(is_told, scored.column("paid_on"), never)
        closed = np.where(is_told, scored.column("closed_on"), never)
        entry = np.maximum(scored.column("as_of"), span.first)
        last = scored.curves.as_of + scored.curves.lengths - 1
        is_there = (entry < span.last) & (entry <= last)
        is_there &= (paid >= entry) & (closed >= entry) & ~scored.is_on_hold
        return cls(entry, is_there, paid, closed)


class Hazards:
    """What curves say of each day: the chance of being paid that day if unpaid till then."""

    def __init__(self, scored: ScoredInvoices) -> None:
        """Look at the curves of some invoices."""
        self.curves = scored.curves

    @cached_property
    def _daily(self) -> Probabilities:
        matrix = self.curves.matrix
        left = 1.0 - np.pad(matrix, ((0, 0), (1, 0)))[:, :-1]
        hazard = np.diff(matrix, axis=1, prepend=0.0) / np.maximum(left, LEAST_STAY)
        return np.asarray(np.clip(hazard, 0.0, 1.0))

    @cached_property
    def expected(self) -> Probabilities:
        """(n, h + 1) sums of the chances of the days before each day after as_of."""
        return np.asarray(np.pad(np.cumsum(self._daily, axis=1), ((0, 0), (1, 0))))

    @cached_property
    def variance(self) -> Probabilities:
        """(n, h + 1) the same of their variances."""
        daily = self._daily * (1.0 - self._daily)
        return np.asarray(np.pad(np.cumsum(daily, axis=1), ((0, 0), (1, 0))))

    def between(self, sums: Probabilities, first: Days, last: Days) -> Probabilities:
        """(n,) a sum over the days first … last − 1, those within the curve."""
        as_of, lengths = self.curves.as_of, self.curves.lengths
        rows = np.arange(len(as_of))
        low, high = (np.clip(day - as_of, 0, lengths) for day in (first, last))
        return np.asarray(np.where(high > low, sums[rows, high] - sums[rows, low], 0.0))


def payments_against_expected(
    scored: ScoredInvoices, spans: Sequence[DaySpan]
) -> list[ObservedCounts]:
    """Payments and what was expected of them, in each span."""
    hazards = Hazards(scored)
    counts = []
    for span in spans:
        at_risk = InvoicesAtRisk.of(scored, span)
        # who left without cash was at risk until then
        end = np.minimum(span.last, np.minimum(at_risk.paid_on + 1, at_risk.closed_on + 1))
        end = np.where(at_risk.is_there, end, at_risk.entry)
        horizon = scored.curves.as_of + scored.curves.lengths
        is_paid = at_risk.is_there & (at_risk.paid_on < np.minimum(span.last, horizon))
        counts.append(
            ObservedCounts(
                is_paid.astype(np.float64),
                hazards.between(hazards.expected, at_risk.entry, end),
                hazards.between(hazards.variance, at_risk.entry, end),
            )
        )
    return counts
