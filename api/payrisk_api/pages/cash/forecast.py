"""The cash to come: chart, the same numbers as a table, how sure they are, and by whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response

from payrisk.cash.published import snapshots
from payrisk_api.asked_before import known_forecast
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.cash.chosen_currency import chosen_currency
from payrisk_api.pages.cash.fan_chart import fan_chart
from payrisk_api.pages.cash.published_totals import published_by_bucket
from payrisk_api.pages.cash.spoken import BASES, GROUPS, INTERCOMPANY, STEPS
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.at_once import waiting_page, waits
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.cash import CashQuery
from payrisk_api.routes import cash

router = page_router()

HORIZONS = (28, 91, 182, 365)
MOST_ROWS = 60
GROUP_COLUMNS = {
    "customer": "customer_id", "parent": "parent_id", "country": "country", "entity": "entity_id",
}  # fmt: skip


@router.get("/cash", dependencies=HEAVY)
def forecast(request: Request, page: Page = PageDep) -> Response:
    """What `/v1/cash/forecast` answers, one currency at a time; first a page that fetches it."""
    query = question(CashQuery, request)
    chosen, query = query.currency, query.model_copy(update={"currency": None})
    if known_forecast(page.service, page.caller, query) is None and not waits(page):
        return waiting_page(page, "Cash to come")
    answered = document(cash.forecast(request, page.service, page.caller, query))
    listed = (*answered["balance"], *answered["receipts_in_all"])
    currencies = sorted({row["currency"] for row in listed})
    currency = chosen_currency(currencies, chosen)
    rows = _rows(answered, currency)
    published = snapshots.names(page.service.home)
    before: dict[tuple[str, str], int] = {}
    before_name = ""
    if published and not query.choice().description and page.may("GET /v1/cash/snapshots/{name}"):
        before_name = published[-1]
        before = {
            (starts_on, ends_on): cents
            for (name, starts_on, ends_on), cents in published_by_bucket(
                request, before_name, query.by
            ).items()
            if name == currency
        }
    wording = page.wording
    names = {
        "middle": wording("Middle (P50)"),
        "expected": wording("Expected"),
        "published": wording("Published %(name)s", name=before_name),
    }
    address = {**query.model_dump(exclude_none=True, exclude={"format"}), "currency": currency}
    return page.write(
        "cash/forecast.html",
        query=query,
        answered=answered,
        currencies=currencies,
        currency=currency,
        rows=rows,
        most=max((row["p90"] for row in rows), default=0),
        balance=_balance(answered, currency),
        groups=_groups(page, answered, query, currency),
        chart=fan_chart(rows, before, currency, wording, names) if rows else None,
        steps=STEPS,
        apart=GROUPS,
        bases=BASES,
        own_group=INTERCOMPANY,
        horizons=HORIZONS,
        downloads=f"/v1/cash/forecast?{urlencode(address)}",
    )


def _rows(answered: dict[str, Any], currency: str) -> list[dict[str, Any]]:
    """The buckets of a currency, each with its layers beside it."""
    layers: dict[str, dict[str, int]] = {}
    if answered["group"] is None:
        layers["open"] = _expected(answered["buckets"], currency)
        promised = _expected(answered["with_promises"], currency, "with_promises")
        layers |= {"promised": promised} if promised else {}
    layers["not_yet"] = _expected(answered["not_yet_issued"], currency)
    whole = answered["receipts_in_all"] or answered["buckets"]
    return [
        {**row, **{name: layer.get(row["starts_on"]) for name, layer in layers.items()}}
        for row in whole
        if row["currency"] == currency
    ]


def _expected(
    rows: list[dict[str, Any]], currency: str, column: str = "expected"
) -> dict[str, int]:
    return {row["starts_on"]: row[column] for row in rows if row["currency"] == currency}


def _balance(answered: dict[str, Any], currency: str) -> dict[str, Any] | None:
    rows = [row for row in answered["balance"] if row["currency"] == currency]
    return rows[0] if answered["group"] is None and rows else None


def _groups(
    page: Page, answered: dict[str, Any], query: CashQuery, currency: str
) -> list[dict[str, Any]]:
    """The balance apart by customer, group, country or entity; the largest first."""
    if query.group is None or query.group not in GROUP_COLUMNS:
        return []
    column = GROUP_COLUMNS[query.group]
    names = page.service.live.current.customer_names(page.service.as_of(query.as_of))
    rows = [row for row in answered["balance"] if row["currency"] == currency]
    rows.sort(key=lambda row: -row["within_horizon"])
    return [
        {**row, "who": row[column], "name": names.get(row[column], row[column])}
        for row in rows[:MOST_ROWS]
    ]
