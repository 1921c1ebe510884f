"""The amounts that KPIs divide: what stands at the evening, what happened in the window."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.receivables.measures.choices import KpiChoices
from payrisk.receivables.measures.terms import CASH, RECOVERED, WRITTEN_OFF, KpiRows

MONEY = (
    "receivable", "not_due", "overdue", "over_90", "settled_residuals", "disputed", "unapplied",
    "opening_receivable", "billed", "credit_notes", "sales", "cash_received", "written_off",
    "recovered", "sold",
)  # fmt: skip
"""Columns of the KPIs in minor units."""


def kpi_amounts(
    now: KpiRows, window_days: int, choices: KpiChoices
) -> tuple[dict[str, Ints], Ints]:
    """(groups,) cents by name of MONEY, and the days of the window.

    The window is shortened where a group's billing began inside it; the amounts of any groups
    add up to those of all.
    """
    after = now.close_of - window_days
    days = np.minimum(window_days, now.close_of - now.first_invoice_on + 1)
    days = np.where(now.first_invoice_on == NEVER, window_days, days).astype(np.int64)
    late = now.close_of - now.due_on
    in_window = (now.credited_on > after) & (now.credited_on <= now.close_of)
    billed = now.sum_invoices(now.billed, now.issued_on > after)
    sales = now.sales(after, now.close_of)
    receivable, owed = now.sum_invoices(now.residual), now.sum_invoices(now.owed)
    overdue = now.sum_invoices(now.owed, late > 0)
    unapplied = now.sum_credits(now.unapplied)
    np.add.at(unapplied, now.excess_of, now.excess)
    netted = unapplied if choices.unapplied == "netted" else 0
    money = {
        "receivable": receivable - netted,
        "not_due": owed - overdue,
        "overdue": overdue,
        "over_90": now.sum_invoices(now.owed, late > 90),
        "settled_residuals": receivable - owed,
        "disputed": now.sum_invoices(np.minimum(now.disputed, now.owed)),
        "unapplied": unapplied,
        "opening_receivable": np.zeros(now.n, dtype=np.int64),
        "billed": billed,
        "credit_notes": billed - sales,
        "sales": sales,
        "cash_received": now.sum_credits(now.credited, in_window & (now.nature == CASH)),
        "written_off": now.sum_credits(now.credited, in_window & (now.nature == WRITTEN_OFF)),
        "recovered": now.sum_credits(now.credited, in_window & (now.nature == RECOVERED)),
        "sold": now.sum_invoices(now.sold),
    }
    return money, days
