"""Roll rates month by month: of what stood in a bucket, what stood further on a month later."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from payrisk.calendar import day_of, iso
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.receivables.aged_words import bucket_name, shade
from payrisk_api.requests.receivables import RollRatesQuery
from payrisk_api.routes import receivables

router = page_router()

YEAR = 365


@router.get("/receivables/roll-rates", dependencies=HEAVY)
def rolling(page: Page = PageDep) -> Response:
    """What `/v1/receivables/roll-rates` answers over the last twelve whole months."""
    last = day_of(f"{iso(page.service.as_of(None))[:7]}-01") - 1
    query = question(RollRatesQuery, page.request, since=iso(last - YEAR), until=iso(last))
    answered = document(receivables.roll_rates(page.service, page.caller, query))
    rates = answered["roll_rates"]
    buckets = list(dict.fromkeys(line["bucket"] for line in rates))[:-1]
    months: dict[str, dict[str, dict[str, Any]]] = {}
    for line in rates:
        of_month = months.setdefault(line["currency"], {}).setdefault(line["ends_on"], {})
        of_month[line["bucket"]] = line
    return page.write(
        "receivables/rolling.html",
        answered=answered,
        query=query,
        buckets=[(name, bucket_name(name, page.wording)) for name in buckets],
        months=months,
        shade=shade,
    )
