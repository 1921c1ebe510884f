"""Today: what needs a person this morning, why, and where to do it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Response

from payrisk_api.asked_before import known_forecast
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.credit.naming import named_lines
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.cash import CashQuery
from payrisk_api.requests.customers import ReviewsQuery
from payrisk_api.routes import cash, customers

router = page_router()

MOST_LINES = 12


@router.get("/")
def today(page: Page = PageDep) -> Response:
    """The first page: decisions that wait for a person, worst first."""
    service = page.service
    waiting = None
    if page.may("GET /v1/credit/reviews"):
        query = ReviewsQuery(limit=MOST_LINES)
        reviews = document(customers.reviews(service, query))["reviews"]
        waiting = named_lines(service, reviews)
    week = _cash_query()
    may_see_cash = page.may("GET /v1/cash/forecast")
    known = known_forecast(service, page.caller, week) if may_see_cash else None
    before = None if known is None else json.loads(known)
    return page.write(
        "today/today.html",
        waiting=waiting,
        refused=list(service.live.refused.values()),
        may_see_cash=may_see_cash,
        weeks=None if before is None else _this_week(before),
        forecast=before,
    )


@router.get("/today/cash", dependencies=HEAVY)
def cash_today(page: Page = PageDep) -> Response:
    """The part of the page on this week's cash, for a swap in place once it is worked out."""
    if not page.may("GET /v1/cash/forecast"):
        return page.write("today/cash.html", weeks=None, forecast=None)
    answered = document(cash.forecast(page.request, page.service, page.caller, _cash_query()))
    return page.write("today/cash.html", weeks=_this_week(answered), forecast=answered)


def _cash_query() -> CashQuery:
    return CashQuery()


def _this_week(answered: dict[str, Any]) -> list[dict[str, Any]]:
    """The first bucket of each currency, of all receipts."""
    first: dict[str, dict[str, Any]] = {}
    for row in answered["receipts_in_all"] or answered["buckets"]:
        first.setdefault(row["currency"], row)
    return list(first.values())
