"""The review queue of a home: what books, models and kept reviews say of every customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from payrisk.answers.answering import Answers
from payrisk.calendar import NEVER, iso
from payrisk.credit import CreditPolicy
from payrisk.credit.deciding.reviewing import (
    ReviewedCustomer,
    ReviewFact,
    ReviewLine,
    review_queue,
)
from payrisk.errors import LedgerError
from payrisk.ledger import History
from payrisk.predictions import DefaultRisk

NO_BAND = ""


class KeptReview(NamedTuple):
    """The last time a customer's limit was decided here: the morning, and the band it was in."""

    as_of: int
    band: str | None


def queue_of(
    answers: Answers, as_of: int, *, compared_on: int, reviews: Mapping[str, KeptReview]
) -> list[ReviewLine]:
    """Every customer with invoices, in the order in which somebody should look at it.

    compared_on: the earlier morning whose band is compared, unless a review kept one. A fact
    recorded on a day is in the queue of the next morning. Raises LedgerError before the first
    fact.
    """
    history, policy = answers.history(as_of), answers.policy
    accounts = answers.accounts(as_of)
    facts = _facts(history, policy)
    set_on = _limits_set_on(history)
    customers = []
    for customer in sorted(set(history.invoices()["customer_id"].astype(str))):
        if customer not in accounts:
            continue
        account = accounts.account_of(customer, accounts.currency_of(customer))
        review = reviews.get(customer)
        days = [account.first_billed_on, set_on.get(customer), review and review.as_of]
        reviewed_on = max((day for day in days if day is not None), default=as_of)
        risk = answers.risk(customer, as_of)
        since = compared_on if review is None else review.as_of
        customers.append(
            ReviewedCustomer(
                customer,
                _band(policy, risk),
                _band_before(answers, customer, since, review),
                since,
                reviewed_on,
                account.currency,
                account.exposure,
                account.current_limit,
                risk is not None and risk.is_in_default,
                account.limit_ends_on,
                account.cover_ends_on,
                tuple(fact for fact in facts[customer] if fact.recorded_on >= reviewed_on),
            )
        )
    bands = tuple(band.name for band in policy.bands)
    return review_queue(customers, policy.reviews, bands, as_of)


def _band(policy: CreditPolicy, risk: DefaultRisk | None) -> str:
    return NO_BAND if risk is None else policy.band(risk.probability).name


def _band_before(
    answers: Answers, customer: str, day: int, review: KeptReview | None
) -> str | None:
    if review is not None and review.band:
        return review.band
    try:
        accounts = answers.accounts(day)
        risk = answers.risk(customer, day) if customer in accounts else None
    except LedgerError:  # nothing was known yet
        return None
    return None if risk is None or not risk.n_invoices_seen else _band(answers.policy, risk)


def _facts(history: History, policy: CreditPolicy) -> dict[str, list[ReviewFact]]:
    """By customer, what was recorded or came to pass, the latest of each kind."""
    facts: dict[str, list[ReviewFact]] = defaultdict(list)
    days = policy.reviews.late_days
    for customer, row in _first_late(history, days).items():
        text = f"an invoice over {days} days late since {iso(int(row))}"
        facts[customer].append(ReviewFact("late", text, int(row)))
    events = history.known_rows("events")
    events = events[events["happened_on"] <= history.close_of]
    for kind, words in (("credit_report", "credit report"), ("insolvency", "insolvency")):
        some = events[(events["kind"] == kind) & (events["subject_kind"] == "customer")]
        some = some.sort_values(["recorded_on", "event_id"], kind="stable")
        for row in some.drop_duplicates("subject", keep="last").itertuples(index=False):
            has_score = kind == "credit_report" and pd.notna(row.value)
            score = f", score {row.value:g}" if has_score else ""
            text = f"{words} of {iso(int(row.happened_on))}{score}"
            facts[str(row.subject)].append(ReviewFact(kind, text, int(row.recorded_on)))
    return facts


def _first_late(history: History, days: int) -> dict[str, int]:
    """By customer, the day its oldest unsettled invoice passed so many days late.

    Of a customer that was so late before with an invoice it then paid, nothing is new.
    """
    owed = history.open_invoices()
    undisputed = owed["residual"].to_numpy() > owed["disputed"].to_numpy()
    passed = owed.assign(passed_on=owed["due_on"] + days + 1)[undisputed]
    passed = passed[passed["passed_on"] <= history.close_of]
    settled = history.settled_invoices()
    before = set(settled.loc[settled["days_late"] > days, "customer_id"].astype(str))
    first: pd.Series = passed.groupby("customer_id")["passed_on"].min()
    return {str(name): int(day) for name, day in first.items() if str(name) not in before}


def _limits_set_on(history: History) -> dict[str, int]:
    """By customer, the day from which its present limit holds: then somebody looked at it."""
    frame = history.known_rows("attributes")
    frame = frame[(frame["name"] == "limit") & (frame["valid_on"] <= history.close_of)]
    latest = frame.groupby("customer_id")["valid_on"].max()
    return {str(name): int(day) for name, day in latest.items() if day < NEVER}
