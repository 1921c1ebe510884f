"""Counts against a prior: the posterior mean of when and how an invoice leaves the waiting."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from payrisk.receivables.days_late import DaysLateCounts
from payrisk.scoring.days_to_pay.curve import LagHazards


class DailyRates(NamedTuple):
    """Daily chance that an invoice is paid in cash, and that it is closed without cash."""

    cash: float
    closed: float


def posterior_hazards(counts: DaysLateCounts, prior: LagHazards, weight: float) -> LagHazards:
    """The groups' hazards with a prior that counts for `weight` invoices still open."""
    log_before = np.hstack([np.zeros((len(prior.cash), 1)), prior.log_open[:, :-1]])
    waiting = np.maximum(weight * np.exp(log_before), 1e-200)
    n = counts.at_risk + waiting
    cash = (counts.paid + waiting * prior.cash) / n
    return LagHazards(cash, (counts.closed + waiting * prior.other) / n, prior.tail)


def over_terms(ledger: LagHazards, by_terms: DaysLateCounts, weight: float) -> LagHazards:
    """For each of the ledger's rows (one a country): those of the terms over it, and itself last.

    by_terms: counts of some terms; weight: how many invoices the ledger's row counts for.
    """
    blocks = []
    for row in range(len(ledger.cash)):
        alone = ledger.take(np.array([row]))
        same = ledger.take(np.full(len(by_terms.paid), row))
        each = posterior_hazards(by_terms, same, weight)
        blocks += [each, alone]
    cash, other = (np.vstack([getattr(b, name) for b in blocks]) for name in ("cash", "other"))
    return LagHazards(cash, other, ledger.tail)
