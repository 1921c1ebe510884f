"""A made-up company of several entities and currencies under a curve by hand: cash in seconds."""

from __future__ import annotations

from payrisk.answers import Answers
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from support.company.five_customers import DueDateCurves, Fitted

CUSTOMERS, MONTHS, SEED = 14, 9, 3
BACK_DAYS = 60
"""Days before the last fact at which the morning is: what came then is known."""


def receiving_ledger() -> Ledger:
    """A small simulated ledger, three entities in five currencies."""
    return Ledger.from_tables(simulate(CUSTOMERS, MONTHS, SEED).tables)[0]


def receiving(ledger: Ledger, **options: object) -> Receipts:
    """All receipts as of BACK_DAYS before the ledger's end, six weeks ahead."""
    answers = Answers(ledger, {"days-to-pay": Fitted(DueDateCurves())}, ledger_sha="3" * 64)
    morning = ledger.default_as_of - BACK_DAYS
    usual = {"as_of": morning, "horizon_days": 42, "in_sample": True}
    return Receipts.of(Outlook.of(answers, **usual | options))
