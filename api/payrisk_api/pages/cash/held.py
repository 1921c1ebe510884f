"""A published forecast held against what came: bucket by bucket, and why it differs."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from payrisk.errors import InputError, LedgerError
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.cash.chosen_currency import chosen_currency
from payrisk_api.pages.cash.fan_chart import fan_chart
from payrisk_api.pages.cash.spoken import CAUSES, STEPS
from payrisk_api.pages.cash.waterfall_chart import waterfall_chart
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.cash import SnapshotQuery, VarianceQuery
from payrisk_api.routes import cash

router = page_router()


@router.get("/cash/published/{name}", dependencies=HEAVY)
def snapshot_variance(name: cash.Name, request: Request, page: Page = PageDep) -> Response:
    """What `/v1/cash/snapshots/{name}/variance` answers, one currency at a time."""
    query = question(VarianceQuery, request)
    kept = document(cash.snapshot(request, name, SnapshotQuery(by=query.by)))
    answered, too_early = None, ""
    try:
        answered = document(cash.variance(page.service, request, name, query))
    except (InputError, LedgerError) as error:  # nothing of it is over yet
        too_early = str(error)
    currencies = sorted({row["currency"] for row in (answered or {"totals": []})["totals"]})
    currency = chosen_currency(currencies, request.query_params.get("currency"))
    total = _row(answered, "totals", currency)
    buckets = [
        row for row in (answered or {"buckets": []})["buckets"] if row["currency"] == currency
    ]
    return page.write(
        "cash/held.html",
        name=name,
        query=query,
        assumptions=kept["assumptions"],
        answered=answered,
        too_early=too_early,
        currencies=currencies,
        currency=currency,
        total=total,
        summary=_row(answered, "summary", currency),
        buckets=buckets,
        fan=_fan(page, buckets, currency) if buckets else None,
        causes=CAUSES,
        steps=STEPS,
        chart=None if total is None else _chart(page, total, currency),
    )


def _row(answered: dict[str, Any] | None, table: str, currency: str) -> dict[str, Any] | None:
    rows = [] if answered is None else answered[table]
    return next((row for row in rows if row["currency"] == currency), None)


def _fan(page: Page, buckets: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    """What was said and, over it, what came."""
    came = {(row["starts_on"], row["ends_on"]): row["actual"] for row in buckets}
    wording = page.wording
    names = {
        "middle": wording("Middle (P50)"),
        "expected": wording("Expected"),
        "published": wording("Came"),
    }
    return fan_chart(buckets, came, currency, wording, names)


def _chart(page: Page, total: dict[str, Any], currency: str) -> dict[str, Any]:
    wording = page.wording
    ends = wording("Expected"), wording("Came")
    causes = [(wording(name), total[code]) for code, name in CAUSES.items() if total[code]]
    return waterfall_chart([(ends[0], total["expected"]), *causes], currency, ends)
