"""Fit the curve by counting that says most of a small ledger, chosen on its own later invoices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.measuring.replay import rows_at_issue, sample
from payrisk.learning.measuring.splits import last_origin
from payrisk.ledger import History
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf

WAYS: Mapping[str, Mapping[str, Any]] = {
    "shrunk-ecdf": {},
    "customer-ecdf-rolled": {"uses_terms": False, "is_censored": False},
    "customer-ecdf": {"uses_terms": False, "is_censored": False, "is_rolled": False},
    "kaplan-meier-terms": {"uses_customer": False, "is_rolled": False},
}
"""Ways of counting, by the name of the baseline they are, and what each leaves out."""
MOST_ROWS, MOST_DAYS = 2_000, 60


def fit_best_ecdf(history: History) -> ShrunkEcdf:
    """The way of counting with the least CRPS on the ledger's last invoices, of all that is known.

    Each way is fitted on what was known before the last origin (`splits.last_origin`) and asked
    for the invoices issued after it; the best is fitted anew on the whole history. The first of
    WAYS where they are level, or where the history is too short to choose on.
    """
    split, ledger = last_origin(history), history.ledger
    whole = fit_shrunk_ecdf(history)
    if split is None:
        return whole
    moments = rows_at_issue(
        ledger, split.issued_from, split.issued_to, split.as_of, most_days=MOST_DAYS
    )
    moments = sample(moments, MOST_ROWS, 0)
    if not len(moments.rows):
        return whole
    earlier = fit_shrunk_ecdf(ledger.as_of(split.train_as_of))
    scores = {
        name: moments.judge(replace(earlier, **switches))["crps"]
        for name, switches in WAYS.items()
    }
    best = min(scores, key=lambda name: scores[name])
    return replace(whole, **WAYS[best])
