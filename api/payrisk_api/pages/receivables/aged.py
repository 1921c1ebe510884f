"""The aged balance: who owes what, how late, in each currency or in one."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.receivables.aged_words import BASES, GROUPS, bucket_name, depth, line_name
from payrisk_api.requests.receivables import AgingQuery
from payrisk_api.routes import receivables

router = page_router()

MOST_LINES, FEWEST = 80, 8
"""Lines of all currencies together until all are asked for, and of one at least."""


@router.get("/receivables", dependencies=HEAVY)
def aged(page: Page = PageDep) -> Response:
    """What `/v1/receivables/aging` answers, the most overdue first."""
    query = question(AgingQuery, page.request)
    answered = document(receivables.aging(page.service, page.caller, query))
    shows_all = page.request.query_params.get("all") == "1"
    late = [name for name in answered["buckets"] if name != "not_due"]
    most = max(MOST_LINES // max(len(answered["totals"]), 1), FEWEST)
    parts = []
    for total in answered["totals"]:
        lines = [line for line in answered["lines"] if line["currency"] == total["currency"]]
        lines.sort(key=lambda line: -sum(line[name] for name in late))
        shown = lines if shows_all else lines[:most]
        parts.append(
            {
                "total": total,
                "lines": [_line(line, query.by) for line in shown]
                if query.by != "currency"
                else [],
                "n_lines": len(lines),
                "n_hidden": len(lines) - len(shown),
            }
        )
    names = [(name, bucket_name(name, page.wording)) for name in answered["buckets"]]
    return page.write(
        "receivables/aged.html",
        answered=answered,
        query=query,
        parts_by_currency=parts,
        buckets=names,
        late=late,
        depth=depth,
        groups=GROUPS,
        bases=BASES,
    )


def _line(line: dict[str, Any], by: str) -> dict[str, Any]:
    group = by.split(",", maxsplit=1)[0].strip()
    name, key = line_name(line, group)
    return {**line, "name": name, "key": key, "customer_id": line.get("customer_id")}
