"""Today: what needs a person this morning, why, and where to do it; to each role its own."""

from __future__ import annotations

import json

from fastapi import Response

from payrisk_api.asked_before import known_forecast
from payrisk_api.naming import named_lines
from payrisk_api.pages.cash.liquidity import has_plan
from payrisk_api.pages.credit.held_orders import held_orders
from payrisk_api.pages.credit.waiting import waiting_proposals
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.imports.latest import doubtful_imports
from payrisk_api.pages.models.promoting import waiting_candidates
from payrisk_api.pages.today.fetched import cash_values
from payrisk_api.requests.cash import CashQuery
from payrisk_api.requests.customers import ReviewsQuery
from payrisk_api.routes import customers
from payrisk_api.stale_ledger import ledger_age

router = page_router()

MOST_LINES = 12


@router.get("/")
def today(page: Page = PageDep) -> Response:
    """The first page; what takes longer than a moment is fetched once it stands."""
    service = page.service
    waiting = held = None
    if page.may("GET /v1/credit/reviews"):
        query = ReviewsQuery(limit=MOST_LINES)
        waiting = named_lines(service, document(customers.reviews(service, query))["reviews"])
    if page.may("GET /v1/credit/decisions"):
        held = held_orders(service)[:MOST_LINES]
    known = None
    if page.may("GET /v1/cash/forecast"):
        known = known_forecast(service, page.caller, CashQuery())
    may_see_models, may_import = page.may("GET /models"), page.may("GET /import")
    return page.write(
        "today/today.html",
        waiting=waiting,
        proposals=waiting_proposals(page),
        held=held,
        age=ledger_age(service.live.current, service.as_of(None)),
        candidates=waiting_candidates(service.home) if may_see_models else [],
        doubtful=doubtful_imports(service.home, service.as_of(None)) if may_import else [],
        refused=list(service.live.refused.values()),
        has_duties=any((waiting is not None, held is not None, may_see_models, may_import)),
        has_plan=page.may("GET /cash/liquidity") and has_plan(service.home),
        **cash_values(page, None if known is None else json.loads(known)),
    )
