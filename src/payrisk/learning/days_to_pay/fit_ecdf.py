"""Fit the shrunk ECDF: count how the invoices known at an as_of left the waiting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from payrisk.calendar import NEVER, is_business_day
from payrisk.features.streams import calendars
from payrisk.ledger import History
from payrisk.receivables.between_lists.likely_days import LikelyDays
from payrisk.receivables.days_late import SettlementHistory
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.days_to_pay.payment_practice import published_practice

YOUNG_BELOW = 50
"""Paid invoices below which a ledger is too young to judge a model on."""
PRACTICE_WEIGHT = 5.0
"""Invoices of one's own that published practice counts for."""
ENOUGH_PER_TERMS = 30
"""Paid invoices of the same terms from which those terms get counts of their own."""


def fit_shrunk_ecdf(history: History) -> ShrunkEcdf:
    """The shrunk ECDF of what was known on the morning of history.as_of."""
    waiting = SettlementHistory.of(history)
    terms, by_terms = waiting.by_terms(ENOUGH_PER_TERMS)
    return ShrunkEcdf(
        everyone=waiting.total(),
        terms=terms,
        by_terms=by_terms,
        closed_days=_closed_days(history),
        is_young=waiting.n_paid < YOUNG_BELOW,
    )


def fit_young_ledger(history: History) -> ShrunkEcdf:
    """The shrunk ECDF of a ledger too young to tell: it starts from published practice.

    See `payment_practice` and ADR 0064, by which PRACTICE_WEIGHT was chosen, too.
    """
    return replace(fit_shrunk_ecdf(history), practice=published_practice(PRACTICE_WEIGHT))


def _closed_days(history: History) -> tuple[int, int]:
    """Payments on weekends and holidays, and how many there would be if days were all alike."""
    rows = history.invoices()
    is_paid = (rows["paid_on"] < NEVER).to_numpy()
    codes = calendars.governing_countries(history, rows[is_paid])
    paid = LikelyDays.of(history).settled_on(history)[history.position.is_issued][is_paid]
    seen, expected = 0, 0.0
    for code in sorted(set(codes), key=str):
        days = paid[codes == code]
        span = np.arange(days.min(), days.max() + 1)
        seen += int((~is_business_day(days, code)).sum())
        expected += len(days) * float((~is_business_day(span, code)).mean())
    return seen, round(expected)
