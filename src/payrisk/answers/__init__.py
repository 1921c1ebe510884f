"""One question answered: history, champion, curve or risk, decision; shared by API and CLI."""

from __future__ import annotations

from payrisk.answers.answering import Answers
from payrisk.answers.champions import APPLICANTS, CURVES, RISK, Champion
from payrisk.answers.credit.borrowers import UnknownCustomer
from payrisk.answers.credit.prepared_decision import PreparedDecision
from payrisk.answers.customers import customer_view
from payrisk.answers.home import HomeCache, home_state, read_answers, read_answers_for_one_question
from payrisk.answers.invoices import InvoiceAnswer
from payrisk.answers.shadow.shadows import Shadows
from payrisk.answers.standing import InvoiceCaveats, invoice_caveats

__all__ = [
    "APPLICANTS",
    "CURVES",
    "RISK",
    "Answers",
    "Champion",
    "HomeCache",
    "InvoiceAnswer",
    "InvoiceCaveats",
    "PreparedDecision",
    "Shadows",
    "UnknownCustomer",
    "customer_view",
    "home_state",
    "invoice_caveats",
    "read_answers",
    "read_answers_for_one_question",
]
