"""Why a customer's chance of default is another than it was on an earlier morning."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from payrisk.answers.desk.score_history import DEFAULT_WORDS, LEAST_POINTS
from payrisk.calendar import day_of
from payrisk_api.heavy import HEAVY
from payrisk_api.naming import names_today
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.customers import HistoryQuery
from payrisk_api.requests.request_model import Identifier
from payrisk_api.routes import customers

router = page_router()
MOST_CAUSES = 8


@router.get("/credit/customers/{customer_id:path}/history", dependencies=HEAVY)
def score_history(
    customer_id: Annotated[Identifier, Path()], request: Request, page: Page = PageDep
) -> Response:
    """What `/v1/credit/customers/{id}/history` answers."""
    query = question(HistoryQuery, request)
    told = document(customers.history(customer_id, page.service, query))
    change, known_as = told["between"], told["customer_id"]
    moving = [cause for cause in change["causes"] if abs(cause["points"]) >= LEAST_POINTS]
    return page.write(
        "credit/score_history.html",
        customer_id=known_as,
        name=names_today(page.service).get(known_as, known_as),
        change=change,
        since=day_of(change["before"]["as_of"]),
        in_default=DEFAULT_WORDS.get(tuple(change["is_in_default"])),
        causes=moving[:MOST_CAUSES],
        decisions=told["decisions"][::-1],
    )
