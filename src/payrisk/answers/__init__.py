"""One question answered: history, champion, curve or risk, decision; shared by API and CLI."""

from __future__ import annotations

from payrisk.answers.answering import Answers, UnknownCustomer
from payrisk.answers.champions import Champion
from payrisk.answers.customers import customer
from payrisk.answers.home import pointers, read
from payrisk.answers.invoices import InvoiceAnswer
from payrisk.answers.prepared import Prepared
from payrisk.answers.risks import APPLICANTS, CURVES, RISK

__all__ = [
    "APPLICANTS",
    "CURVES",
    "RISK",
    "Answers",
    "Champion",
    "InvoiceAnswer",
    "Prepared",
    "UnknownCustomer",
    "customer",
    "pointers",
    "read",
]
