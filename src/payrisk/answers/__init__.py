"""One question answered: history, champion, curve or risk, decision; shared by API and CLI."""

from __future__ import annotations

from payrisk.answers.answering import CURVES, RISK, Answers, Champion, UnknownCustomer
from payrisk.answers.home import pointers, read
from payrisk.answers.invoices import InvoiceAnswer

__all__ = [
    "CURVES",
    "RISK",
    "Answers",
    "Champion",
    "InvoiceAnswer",
    "UnknownCustomer",
    "pointers",
    "read",
]
