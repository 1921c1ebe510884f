"""The list of decisions, newest first, by kind and outcome."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from payrisk.credit.explaining.spoken import KINDS, OUTCOMES
from payrisk_api.pages.credit.naming import named_lines
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.credit import DecisionsQuery
from payrisk_api.routes import credit

router = page_router()
Word = Annotated[str, Query(max_length=40)]


@router.get("/credit/decisions")
def decision_list(
    page: Page = PageDep,
    kind: Word = "",
    outcome: Word = "",
    cursor: Word = "",
    customer: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """What `/v1/credit/decisions` lists, with names."""
    try:
        query = DecisionsQuery.model_validate(
            {
                "kind": kind if kind in KINDS else None,
                "outcome": outcome if outcome in OUTCOMES else None,
                "cursor": cursor or None,
                "customer_id": customer or None,
            }
        )
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    listed = document(credit.decisions(page.service, query))
    return page.write(
        "credit/decision_list.html",
        lines=named_lines(page.service, listed["decisions"]),
        next_cursor=listed["next_cursor"],
        kind=kind,
        outcome=outcome,
        customer=customer,
    )
