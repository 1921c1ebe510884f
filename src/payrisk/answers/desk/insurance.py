"""The insurer's clock of a home: every duty of a morning, with the names of who it is about."""

from __future__ import annotations

import pandas as pd

from payrisk.answers.answering import Answers
from payrisk.credit.insurance.clock import ALERT_DAYS, insurer_duties
from payrisk.credit.insurance.cover import InsuredBook, insured_customers


def insurance_duties(
    answers: Answers, as_of: int, *, alert_days: int = ALERT_DAYS, with_all: bool = False
) -> pd.DataFrame:
    """What insurers have to be told of which invoice by when, the most urgent first.

    Columns: those of `clock.insurer_duties`, and `name` after `customer_id`. with_all: what is
    done or not yet near too. Raises LedgerError before the first fact.
    """
    history, accounts = answers.history(as_of), answers.accounts(as_of)
    usual = {
        customer: accounts.currency_of(customer)
        for customer in insured_customers(history)
        if customer in accounts
    }
    book = InsuredBook(history, answers.policy.measures.insurers, usual)
    duties = insurer_duties(book, history, alert_days=alert_days)
    names = answers.customer_names(as_of)
    place = duties.columns.get_loc("customer_id")
    assert isinstance(place, int)
    named = [names.get(customer, customer) for customer in duties["customer_id"]]
    duties.insert(place + 1, "name", named)
    return duties if with_all else duties[duties["is_alert"]].reset_index(drop=True)
