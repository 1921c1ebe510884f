"""Kinds of credits and events, and the reasons that change what a credit is."""

from __future__ import annotations

CREDIT_KINDS = ("payment", "credit_note", "write_off", "offset", "withholding", "recovery")
CASH_KINDS = ("payment", "recovery")
EVENT_KINDS = (
    "dispute_opened",
    "dispute_closed",
    "promise",
    "reminder",
    "reversal",
    "sold",
    "handed_over",
    "due_date_change",
    "order",
    "order_cancelled",
    "insolvency",
    "credit_report",
    "changed",
    "open_items_list",
)
SUBJECTS = ("invoice", "customer", "credit")

BEFORE_THE_BOOKS = "before the books begin"
"""Reason of a reversal that takes out of the books what a credit paid of invoices they lack."""

USED_ELSEWHERE = ("cleared", "told by its day", "open again", BEFORE_THE_BOOKS)
"""Reasons of reversals by which a credit was used up; nobody took a payment back."""

GOODWILL = ("goodwill", "small_balance", "rounding", "tolerance")
"""Reasons of a write-off that is a courtesy, never a loss (docs/design.md, 'Settled')."""
