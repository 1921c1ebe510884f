"""Payment terms: the due day and the discount they grant when the file does not say."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger.facts.problems import ProblemLog
from payrisk.ledger.facts.tables import Tables

DAYS_WITHOUT_TERMS = 30

_NET = re.compile(r"(?:net|n/?)\s*(\d{1,3})\b|^\s*(\d{1,3})\s*(?:days?|d)?\s*$", re.IGNORECASE)
_DISCOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*%?\s*/\s*(\d{1,3})\b")


def terms_days(terms: str) -> int | None:
    """Days of terms such as 'net 30', '30 days' or '2/10 net 45'; None when none are named.

    >>> terms_days("2/10 net 45"), terms_days("30"), terms_days("NAH4")
    (45, 30, None)
    """
    hit = _NET.search(terms)
    return int(hit.group(1) or hit.group(2)) if hit else None


def fill_due_dates(tables: Tables, log: ProblemLog) -> None:
    """No due date → issue + terms → issue + 30; discounts written in the terms are taken over."""
    invoices = tables["invoices"].copy()
    kinds = {text: terms_days(text) for text in invoices["terms"].dropna().unique()}
    named = pd.to_numeric(invoices["terms"].map(kinds)).to_numpy(dtype="float64", na_value=np.nan)
    missing = (invoices["due_on"] == NEVER).to_numpy()
    by_terms = missing & ~np.isnan(named)
    issued = invoices["issued_on"].to_numpy()
    days = np.where(np.isnan(named), DAYS_WITHOUT_TERMS, named).astype(np.int64)
    invoices["due_on"] = np.where(missing, issued + days, invoices["due_on"].to_numpy())
    log.add(
        "due_from_terms",
        "no due date, taken from the terms",
        "repaired",
        "due_on",
        invoices.loc[by_terms, "invoice_id"],
    )
    log.add(
        "due_assumed",
        f"no due date and no terms, {DAYS_WITHOUT_TERMS} days assumed",
        "repaired",
        "due_on",
        invoices.loc[missing & ~by_terms, "invoice_id"],
    )
    log.add(
        "due_before_issue",
        "due before issued, kept as it is",
        "noted",
        "due_on",
        invoices.loc[invoices["due_on"] < invoices["issued_on"], "invoice_id"],
    )

    offers = {text: _DISCOUNT.search(text) for text in invoices["terms"].dropna().unique()}
    for text, hit in offers.items():
        if hit:
            is_offered = (
                (invoices["terms"] == text) & (invoices["discount_rate"] == 0)
            ).to_numpy()
            invoices.loc[is_offered, "discount_rate"] = float(hit.group(1)) / 100
            invoices.loc[is_offered, "discount_days"] = int(hit.group(2))
    tables["invoices"] = invoices
