"""One question answered: history, champion, curve or risk, decision; shared by API and CLI."""

from __future__ import annotations

from payrisk.answers.answering import Answers, UnknownCustomer
from payrisk.answers.champions import Champion
from payrisk.answers.credit.prepared_decision import PreparedDecision
from payrisk.answers.credit.risks import APPLICANTS, CURVES, RISK
from payrisk.answers.customers import customer
from payrisk.answers.home import HomeCache, read, signs
from payrisk.answers.invoices import InvoiceAnswer
from payrisk.answers.shadow.shadows import Shadows

__all__ = [
    "APPLICANTS",
    "CURVES",
    "RISK",
    "Answers",
    "Champion",
    "HomeCache",
    "InvoiceAnswer",
    "PreparedDecision",
    "Shadows",
    "UnknownCustomer",
    "customer",
    "read",
    "signs",
]
