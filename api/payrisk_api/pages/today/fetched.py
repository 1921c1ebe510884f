"""The parts of Today that are fetched once it stands: this week's cash, calls, who turned."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from payrisk.calendar import iso
from payrisk.cash.liquidity.paths import STALE
from payrisk.cash.published import snapshots
from payrisk.errors import InputError
from payrisk.receivables.behaviour.findings import LATER
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.cash.liquidity import kept_plan, walked_plan
from payrisk_api.pages.cash.published_totals import published_by_bucket
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.cash import CashQuery
from payrisk_api.requests.collecting import PromisesQuery, WorklistQuery
from payrisk_api.requests.request_model import AsOfQuery
from payrisk_api.routes import cash, collecting, receivables

router = page_router()

MOST_SHOWN = 5
WORTH_SAYING = 0.05
"""Chance of falling short from which a holder's money is a matter of today."""
BROKEN_DAYS = 14
"""How long a promise that was not kept is a matter of today."""


@router.get("/today/cash", dependencies=HEAVY)
def cash_today(page: Page = PageDep) -> Response:
    """Cash of this week beside what was last published of it."""
    answered = None
    if page.may("GET /v1/cash/forecast"):
        answered = document(cash.forecast(page.request, page.service, page.caller, CashQuery()))
    return page.write("today/cash.html", **cash_values(page, answered))


@router.get("/today/collecting", dependencies=HEAVY)
def collecting_today(page: Page = PageDep) -> Response:
    """Whom to call first, how many, whose promises are broken and who began paying later."""
    service = page.service
    calls, broken, turned = None, [], []
    if page.may("GET /collecting"):
        query = WorklistQuery(limit=1_000)
        calls = document(collecting.worklist(service, page.caller, query))
        query_broken = PromisesQuery(state="broken", limit=1_000)
        promised = document(collecting.promises(service, page.caller, query_broken))["promises"]
        since = iso(service.as_of(None) - BROKEN_DAYS)
        broken = [line for line in promised if line["promised_on"] >= since]
    if page.may("GET /receivables/behaviour") and page.may("GET /v1/receivables/customer-changes"):
        found = document(receivables.customer_changes(service, AsOfQuery()))["findings"]
        turned = [line for line in found if line["finding"] == LATER]
    return page.write(
        "today/collecting.html",
        calls=calls,
        broken=broken,
        turned=turned,
        n_shown=MOST_SHOWN,
    )


@router.get("/today/shortfall", dependencies=HEAVY)
def shortfall_today(page: Page = PageDep) -> Response:
    """Whose money may fall short by the plan that is kept, the likeliest first."""
    holders, notes, fault = [], [], ""
    try:
        text = kept_plan(page.service.home) if page.may("GET /cash/liquidity") else ""
        if text.strip():
            walked = walked_plan(page, text, "week")
            holders, notes = walked["headroom"], walked["notes"]
    except InputError as error:
        fault = str(error)
    likely = [row for row in holders if row["probability_short"] >= WORTH_SAYING]
    likely.sort(key=lambda row: -row["probability_short"])
    tells = any(row["has_claims"] and row["measure"] != STALE for row in holders)
    return page.write(
        "today/shortfall.html", holders=likely, notes=notes, fault=fault, tells=tells
    )


def cash_values(page: Page, answered: dict[str, Any] | None) -> dict[str, Any]:
    """What the part on cash shows: the first bucket of each currency, of all receipts."""
    first: dict[str, dict[str, Any]] = {}
    for row in [] if answered is None else answered["receipts_in_all"] or answered["buckets"]:
        first.setdefault(row["currency"], row)
    published: dict[tuple[str, str, str], int] = {}
    names = snapshots.names(page.service.home)
    if first and names and page.may("GET /v1/cash/snapshots/{name}"):
        published = published_by_bucket(page.request, names[-1], "week")
    keys = {(currency, row["starts_on"], row["ends_on"]) for currency, row in first.items()}
    return {
        "may_see_cash": page.may("GET /v1/cash/forecast"),
        "weeks": None
        if answered is None
        else [
            row | {"published": published.get((currency, row["starts_on"], row["ends_on"]))}
            for currency, row in first.items()
        ],
        "published_name": names[-1] if keys & set(published) else "",
    }
