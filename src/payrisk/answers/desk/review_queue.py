"""The review queue of a home: what books, models and kept reviews say of every customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from payrisk.answers.answering import Answers
from payrisk.calendar import NEVER, day_of, iso
from payrisk.credit import CreditPolicy
from payrisk.credit.deciding.reviewing import (
    ALERTS,
    ReviewedCustomer,
    ReviewFact,
    ReviewLine,
    review_queue,
)
from payrisk.errors import LedgerError
from payrisk.ledger import History
from payrisk.predictions import DefaultRisk

NO_BAND = ""
DAYS_BEFORE = 30
"""How long before a queue's morning the one lies with which it compares, where none is named."""


class KeptReview(NamedTuple):
    """The last time a customer's limit was decided here: the morning, and the band it was in."""

    as_of: int
    band: str | None


class _EarlierStanding(NamedTuple):
    """Where a customer stood on the morning compared with; None for what was not known."""

    band: str | None
    used_rate: float | None


def queue_of(
    answers: Answers, as_of: int, *, compared_on: int, reviews: Mapping[str, KeptReview]
) -> list[ReviewLine]:
    """Every customer with invoices, in the order in which somebody should look at it.

    compared_on: the earlier morning with which a customer that was never reviewed is compared,
    in band, use of its limit and facts. A fact recorded on a day is in the queue of the next
    morning. Raises LedgerError before the first fact.
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
        earlier = _earlier(answers, customer, since)
        customers.append(
            ReviewedCustomer(
                customer,
                _band(policy, risk),
                review.band if review is not None and review.band else earlier.band,
                since,
                reviewed_on,
                account.currency,
                account.exposure,
                account.current_limit,
                risk is not None and risk.is_in_default,
                account.limit_ends_on,
                account.cover_ends_on,
                tuple(fact for fact in facts[customer] if fact.recorded_on >= since),
                review is not None,
                earlier.used_rate,
            )
        )
    bands = tuple(band.name for band in policy.bands)
    return review_queue(customers, policy.reviews, bands, as_of)


def kept_reviews(
    latest: Mapping[str, tuple[str, str | None]], as_of: int
) -> dict[str, KeptReview]:
    """The reviews of a store, up to a morning; latest: customer → the last one's day and band."""
    days = {customer: (day_of(day), band) for customer, (day, band) in latest.items()}
    return {name: KeptReview(day, band) for name, (day, band) in days.items() if day <= as_of}


def review_line_document(line: ReviewLine, names: Mapping[str, str], as_of: int) -> dict[str, Any]:
    """A line of the queue as plain values; names: customer → its name."""
    customer, recorded_on = line.customer, line.recorded_on
    name = names.get(customer.customer_id, "")
    return {
        "customer_id": customer.customer_id,
        "name": "" if name == customer.customer_id else name,
        "band": customer.band or None,
        "band_before": customer.band_before,
        "currency": customer.currency,
        "exposure": customer.exposure,
        "limit": customer.limit,
        "reviewed_on": iso(customer.reviewed_on) if customer.is_reviewed else None,
        "review_on": iso(line.review_on),
        "is_due": line.is_due,
        "alerts": list(line.alerts),
        "recorded_on": None if recorded_on is None else iso(recorded_on),
        "days_from_recorded_to_printed": None if recorded_on is None else as_of - recorded_on,
    }


def _band(policy: CreditPolicy, risk: DefaultRisk | None) -> str:
    return NO_BAND if risk is None else policy.band(risk.probability).name


def _earlier(answers: Answers, customer: str, day: int) -> _EarlierStanding:
    """Its band and the share of its limit it used on an earlier morning, where they were known."""
    try:
        accounts = answers.accounts(day)
        if customer not in accounts:
            return _EarlierStanding(None, None)
        risk = answers.risk(customer, day)
        account = accounts.account_of(customer, accounts.currency_of(customer))
    except LedgerError:  # nothing was known yet
        return _EarlierStanding(None, None)
    band = None if risk is None or not risk.n_invoices_seen else _band(answers.policy, risk)
    limit = account.current_limit
    return _EarlierStanding(band, account.exposure / limit if limit else None)


def _facts(history: History, policy: CreditPolicy) -> dict[str, list[ReviewFact]]:
    """By customer, what was recorded or came to pass, the latest of each kind."""
    facts: dict[str, list[ReviewFact]] = defaultdict(list)
    days = policy.reviews.late_days
    for customer, row in _first_late(history, days).items():
        text = ALERTS["late"].format(days=days, day=iso(int(row)))
        facts[customer].append(ReviewFact("late", text, int(row)))
    events = history.known_rows("events")
    events = events[events["happened_on"] <= history.close_of]
    for row in _latest(events, "insolvency").itertuples(index=False):
        text = ALERTS["insolvency"].format(day=iso(int(row.happened_on)))
        facts[str(row.subject)].append(ReviewFact("insolvency", text, int(row.recorded_on)))
    for row in _latest(events, "credit_report").itertuples(index=False):
        if _is_news(row.value, row.value_before, policy.reviews.report_rate):
            is_first = pd.isna(row.value_before)
            code = "reported" if pd.isna(row.value) else "scored" if is_first else "scored_again"
            text = ALERTS[code].format(
                day=iso(int(row.happened_on)),
                score=f"{row.value:g}",
                before=f"{row.value_before:g}",
            )
            facts[str(row.subject)].append(ReviewFact("credit_report", text, int(row.recorded_on)))
    return facts


def _latest(events: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The latest event of a kind of each customer, with the value of the one before."""
    some = events[(events["kind"] == kind) & (events["subject_kind"] == "customer")]
    some = some.sort_values(["recorded_on", "event_id"], kind="stable")
    some = some.assign(value_before=some.groupby("subject")["value"].shift())
    return some.drop_duplicates("subject", keep="last")


def _is_news(score: float, before: float, least_rate: float) -> bool:
    """Whether a report says something that the one before did not, whichever way its scale points.

    One without a score has to be read.
    """
    if pd.isna(score) or pd.isna(before):
        return True
    return abs(score - before) > least_rate * abs(before)


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
