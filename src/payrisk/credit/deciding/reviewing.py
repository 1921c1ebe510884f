"""The review queue: every customer with the day of its next review, and what brings it forward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from payrisk.calendar import NEVER, iso
from payrisk.credit.rules.rules import ReviewRules

ALERTS = {
    "band": "band {before} → {after}",
    "used": "{share} of the limit used",
    "ended": "{what} ended {day}",
    "ends": "{what} ends {day}",
    "late": "an invoice over {days} days late since {day}",
    "insolvency": "insolvency of {day}",
    "scored_again": "credit report of {day}, score {score} ({before} before)",
    "scored": "credit report of {day}, score {score}",
    "reported": "credit report of {day}",
}
"""What brings a review forward, in words."""
INSURANCE, LIMIT = "insurance", "limit on file"


@dataclass(frozen=True)
class ReviewFact:
    """Something that was recorded of a customer and is a reason to look at it.

    recorded_on: the day it was recorded, so that it is known from the next morning on; for what
    the calendar brings (days late, an end) the day it came to that.
    """

    code: str
    text: str
    recorded_on: int


@dataclass(frozen=True)
class ReviewedCustomer:
    """What the queue knows of a customer. Amounts in minor units of `currency`.

    band_before, used_before: on the morning `compared_on`, None where not known. reviewed_on:
    when somebody last looked at its limit (`is_reviewed`), else the day from which its limit
    holds or it was first billed. facts: recorded since the review, else since `compared_on`.
    """

    customer_id: str
    band: str
    band_before: str | None
    compared_on: int
    reviewed_on: int
    currency: str
    exposure: int
    limit: int | None
    is_in_default: bool = False
    limit_ends_on: int | None = None
    cover_ends_on: int | None = None
    facts: tuple[ReviewFact, ...] = ()
    is_reviewed: bool = True
    used_before: float | None = None

    @property
    def used_rate(self) -> float | None:
        """The share of the limit that is used; None without a limit."""
        return None if not self.limit else self.exposure / self.limit


@dataclass(frozen=True)
class ReviewLine:
    """One customer of the queue: when it is to be looked at, and why before its day.

    alerts: the strongest first; a line with one is due now. recorded_on: the day of the latest
    fact behind the alerts; None where none is dated.
    """

    customer: ReviewedCustomer
    review_on: int
    alerts: tuple[str, ...]
    recorded_on: int | None
    is_due: bool


def review_queue(
    customers: Iterable[ReviewedCustomer], rules: ReviewRules, bands: tuple[str, ...], as_of: int
) -> list[ReviewLine]:
    """Every customer, in the order in which somebody should look.

    First those in default, then those with alerts, the worst band and the largest exposure first;
    then those whose day has come, then all others by their day. bands: from the best to the worst.
    """
    rank = {band: number for number, band in enumerate(bands)}
    lines = [_line(customer, rules, rank, as_of) for customer in customers]

    def order(line: ReviewLine) -> tuple[object, ...]:
        customer = line.customer
        has_alert = bool(line.alerts)
        urgency = 0 if customer.is_in_default else 1 if has_alert else 2 if line.is_due else 3
        band = -rank.get(customer.band, len(rank))
        day = line.review_on if urgency > 1 else 0
        return urgency, day, band, -customer.exposure, customer.customer_id

    return sorted(lines, key=order)


def _line(
    customer: ReviewedCustomer, rules: ReviewRules, rank: Mapping[str, int], as_of: int
) -> ReviewLine:
    review_on = _review_on(customer, rules, as_of)
    dated = [*customer.facts, *_ends(customer, rules, as_of)]
    alerts = [fact.text for fact in dated]
    before = customer.band_before
    if (
        before is not None and before in rank and rank.get(customer.band, 0) > rank[before]
    ):  # a better one needs nobody
        alerts.insert(0, ALERTS["band"].format(before=before, after=customer.band))
    used, used_before = customer.used_rate, customer.used_before
    if used is not None and used > rules.used_rate:
        is_new = used_before is None or used_before <= rules.used_rate
        if is_new or (used > 1.0 and not customer.is_reviewed):
            alerts.append(ALERTS["used"].format(share=f"{used:.0%}"))
    if customer.is_in_default:
        alerts.insert(0, "in default")
    return ReviewLine(
        customer,
        review_on,
        tuple(alerts),
        max((fact.recorded_on for fact in dated), default=None),
        bool(alerts) or review_on <= as_of,
    )


def _review_on(customer: ReviewedCustomer, rules: ReviewRules, as_of: int) -> int:
    """The usual day: so many days after the review, late until it is done.

    Of a customer that was never reviewed here it comes round every so many days, as all of them
    at once are a list that nobody can work.
    """
    days = rules.days_by_band.get(customer.band, rules.usual_days)
    first = customer.reviewed_on + days
    if customer.is_reviewed or not days or first + rules.round_days >= as_of:
        return first
    rounds = (as_of - customer.reviewed_on - rules.round_days + days - 1) // days
    return customer.reviewed_on + rounds * days


def _ends(customer: ReviewedCustomer, rules: ReviewRules, as_of: int) -> list[ReviewFact]:
    """Covers and limits that end soon, or ended since the last review."""
    ends = ((INSURANCE, customer.cover_ends_on), (LIMIT, customer.limit_ends_on))
    facts = []
    for what, day in ends:
        if day is None or day == NEVER or day > as_of + rules.ends_within_days:
            continue
        is_open = not customer.is_reviewed or day >= customer.reviewed_on
        if is_open and as_of - day <= rules.ended_days:
            words = ALERTS["ended" if day < as_of else "ends"].format(what=what, day=iso(day))
            seen_on = min(day - rules.ends_within_days, as_of - 1)
            facts.append(ReviewFact("ends", words, seen_on))
    return facts
