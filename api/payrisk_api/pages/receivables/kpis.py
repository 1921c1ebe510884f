"""The KPIs of one currency or all in one, month by month, each with its formula."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from payrisk.errors import InputError
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.at_once import waiting_page, waits
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.receivables.kpi_words import NAMES, PANELS, measured
from payrisk_api.requests.receivables import KpisQuery
from payrisk_api.routes import receivables

router = page_router()

MONTHS = "12"


@router.get("/receivables/kpis", dependencies=HEAVY)
def kpis(page: Page = PageDep) -> Response:
    """What `/v1/receivables/kpis` answers with twelve months of history."""
    query = question(KpisQuery, page.request, history=MONTHS)
    if not waits(page):
        return waiting_page(page, "KPIs")
    answered = document(receivables.kpis(page.service, page.caller, query))
    rows = answered["rows"]
    currencies = sorted({row["currency"] for row in rows})
    shown = page.request.query_params.get("currency") or next(iter(currencies), None)
    if shown is not None and currencies and shown not in currencies:
        raise InputError(f"Nothing was billed in {shown}; use {', '.join(currencies)}.")
    months = [row for row in rows if row["currency"] == shown]
    return page.write(
        "receivables/kpis.html",
        answered=answered,
        query=query,
        currencies=currencies,
        shown=shown,
        latest=months[-1] if months else None,
        n_months=len(months),
        since=months[0]["ends_on"] if months else None,
        panels=_panels(answered["measures"], months),
        names=NAMES,
        panel_names=PANELS,
        measured=measured,
    )


def _panels(
    measures: list[dict[str, Any]], months: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """The measures by panel, each with its months and, where there is one, the benchmark."""
    panels: dict[str, list[dict[str, Any]]] = {}
    for measure in measures if months else ():
        name = measure["name"]
        panels.setdefault(measure["panel"], []).append(
            {
                **measure,
                "value": months[-1].get(name),
                "months": [month.get(name) for month in months],
                "benchmark": months[-1].get(f"uk_{name}"),
            }
        )
    return panels
