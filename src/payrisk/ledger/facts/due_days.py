"""Due days that a file does not say, filled from the terms; what had to be assumed is doubted."""

from __future__ import annotations

import numpy as np

from payrisk.calendar import NEVER
from payrisk.ledger.facts.problems import Action, ProblemLog
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.facts.terms import due_days, parse_terms

DAYS_WITHOUT_TERMS = 30
HALF_A_YEAR = 183


def fill_due_dates(tables: Tables, log: ProblemLog) -> None:
    """No due date → issue + terms → issue + 30; discounts written in the terms are taken over.

    A due day from terms with two readings, and one assumed because the terms are not understood
    or there are none, is doubted.
    """
    invoices = tables["invoices"].copy()
    missing = (invoices["due_on"] == NEVER).to_numpy()
    issued = invoices["issued_on"].to_numpy(dtype=np.int64)
    due = np.where(missing, issued + DAYS_WITHOUT_TERMS, invoices["due_on"].to_numpy())
    from_terms, doubtful = np.zeros(len(due), dtype=bool), np.zeros(len(due), dtype=bool)
    rates, days = (
        invoices[name].to_numpy(copy=True) for name in ("discount_rate", "discount_days")
    )
    codes, texts = invoices["terms"].factorize()
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(texts) + 1))
    for place, text in enumerate(texts):
        terms = parse_terms(text)
        if terms is None:
            continue
        rows = order[bounds[place] : bounds[place + 1]]
        undue = rows[missing[rows]]
        if terms.names_a_day and len(undue):
            due[undue], doubtful[undue] = due_days(terms, issued[undue])
            from_terms[undue] = True
        if terms.discount_rate:
            offered = rows[rates[rows] == 0]
            rates[offered], days[offered] = terms.discount_rate, terms.discount_days
    invoices["due_on"], invoices["discount_rate"], invoices["discount_days"] = due, rates, days
    unread = missing & ~from_terms & (codes >= 0)
    without = missing & ~from_terms & (codes < 0)
    sayings: tuple[tuple[str, str, Action, np.ndarray], ...] = (
        (
            "due_from_terms",
            "no due date, taken from the terms",
            "repaired",
            from_terms & ~doubtful,
        ),
        (
            "due_unsure",
            "no due date and terms that houses read in two ways; name a column of due dates",
            "doubted",
            doubtful,
        ),
        (
            "terms_unread",
            f"no due date and terms not understood, {DAYS_WITHOUT_TERMS} days assumed",
            "doubted",
            unread,
        ),
        (
            "due_assumed",
            f"no due date and no terms, {DAYS_WITHOUT_TERMS} days assumed",
            "doubted",
            without,
        ),
        (
            "due_before_issue",
            "due before issued, kept as it is",
            "noted",
            (due < issued) & (due >= issued - HALF_A_YEAR),
        ),
        (
            "due_long_before_issue",
            "due more than half a year before issued, kept as it is: put the year right",
            "doubted",
            due < issued - HALF_A_YEAR,
        ),
    )
    for code, message, action, rows in sayings:
        log.add(code, message, action, "due_on", invoices.loc[rows, "invoice_id"])
    tables["invoices"] = invoices
