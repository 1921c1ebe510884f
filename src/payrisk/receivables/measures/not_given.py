"""Why a KPI is not given: in words, a row at a time."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Ints
from payrisk.receivables.measures.terms import KpiRows

REASONS = {
    "dso_simple": "no DSO, turnover or bad-debt rate: nothing was sold in the window",
    "dso_countback": "no count-back: sales on record do not reach back as far as the receivable",
    "dso_true": "no true DSO: a month with open invoices sold nothing on balance",
    "cei_month": "no CEI of the month: nothing was collectable in it",
    "cei_12_months": "no CEI of twelve months: one of them had nothing collectable, or is missing",
    "cei_quarter_n3": "no CEI of the quarter with N = 3: not due is more than opening + sales ÷ 3",
    "average_days_late": "no days late, DBT or payment index: no invoice was settled by cash",
    "promise_kept_percent": "no promise-kept rate: no promise fell due",
}
"""The measure that is looked at, and what its absence means for it and its kin."""


def missing_measure_reasons(
    terms: KpiRows, columns: dict[str, np.ndarray], days: Ints
) -> list[str]:
    """(groups,) what is not given and why, "" where all is; a short history is said, too."""
    missing = {
        why: np.isnan(np.asarray(columns[name], dtype=np.float64)) for name, why in REASONS.items()
    }
    out = []
    for row in range(terms.n):
        said = [why for why, is_missing in missing.items() if is_missing[row]]
        if int(days[row]) < 1:
            said.insert(0, "billing begins after the evening")
        out.append("; ".join(said))
    return out
