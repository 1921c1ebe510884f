"""The list of decisions, newest first, by kind, outcome and days, and the same as a file."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request, Response

from payrisk_api.naming import named_lines
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.credit import DecisionsQuery
from payrisk_api.routes import credit

router = page_router()


@router.get("/credit/decisions")
def decision_list(request: Request, page: Page = PageDep) -> Response:
    """What `/v1/credit/decisions` lists, with names; its files are that route's."""
    query = question(DecisionsQuery, request).model_copy(update={"format": "json"})
    listed = document(credit.decisions(page.service, query))
    filters = query.model_dump(
        mode="json", exclude_none=True, exclude={"cursor", "limit", "format"}
    )
    return page.write(
        "credit/decision_list.html",
        lines=named_lines(page.service, listed["decisions"]),
        older=listed["next_cursor"] and urlencode({**filters, "cursor": listed["next_cursor"]}),
        query=query,
        downloads=f"/v1/credit/decisions?{urlencode({**filters, 'format': ''})}",
    )
