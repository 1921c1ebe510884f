"""What the cash to come hangs on: its large invoices, and what will be owed after each step."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from payrisk_api.heavy import HEAVY
from payrisk_api.naming import names_today
from payrisk_api.pages.cash.balance_chart import balance_chart
from payrisk_api.pages.cash.chosen_currency import chosen_currency
from payrisk_api.pages.cash.spoken import STEPS
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.at_once import waiting_page, waits
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.cash import PositionsQuery
from payrisk_api.requests.curves import CurvesBody, CurvesQuery
from payrisk_api.routes import cash
from payrisk_api.routes.payment_curves import answered_curves

router = page_router()
MOST_ROWS = 60


@router.get("/cash/drivers", dependencies=HEAVY)
def drivers(request: Request, page: Page = PageDep) -> Response:
    """What `/v1/cash/positions` answers, one currency at a time."""
    query = question(PositionsQuery, request)
    if not waits(page):
        return waiting_page(page, "Drivers and balances")
    answered = document(cash.positions(page.service, query))
    currencies = sorted({row["currency"] for row in answered["positions"]})
    currency = chosen_currency(currencies, request.query_params.get("currency"))
    positions = [row for row in answered["positions"] if row["currency"] == currency]
    large = [row for row in answered["large_invoices"] if row["currency"] == currency]
    wording = page.wording
    return page.write(
        "cash/drivers.html",
        query=query,
        answered=answered,
        currencies=currencies,
        currency=currency,
        steps=STEPS,
        positions=positions,
        large=large[:MOST_ROWS],
        n_large=len(large),
        curves=_curves(page, large[:MOST_ROWS], query),
        names=names_today(page.service),
        chart=balance_chart(
            positions, currency, wording, (wording("Owed in all"), wording("Overdue, of today’s"))
        )
        if positions
        else None,
    )


def _curves(
    page: Page, large: list[dict[str, Any]], query: PositionsQuery
) -> dict[tuple[str, int], dict[str, Any]]:
    """What `/v1/payment-curves` says of each large invoice; nothing for who may not ask it."""
    ids = list(dict.fromkeys(row["invoice_id"] for row in large))
    if not ids or not page.may("POST /v1/payment-curves"):
        return {}
    service, as_of = page.service, page.service.as_of(query.as_of)
    answer = answered_curves(
        service,
        service.live.current,
        as_of,
        CurvesBody(invoice_ids=ids),
        CurvesQuery(in_sample=query.in_sample),
    )
    lines: list[dict[str, Any]] = document(answer)  # type: ignore[assignment]
    return {(line["invoice_id"], line["instalment"]): line for line in lines}
