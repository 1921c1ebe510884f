"""Reviews due: customers whom somebody is to look at now, and what brought it forward."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.customers import QueueQuery
from payrisk_api.routes import customers

SHOWN = 100
"""Customers a page."""

router = page_router()


@router.get("/credit/due", dependencies=HEAVY)
def due_reviews(
    page: Page = PageDep, offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0
) -> Response:
    """What `/v1/credit/queue` lists, a hundred at a time."""
    queue = document(customers.queue(page.service, QueueQuery(offset=offset, limit=SHOWN)))
    return page.write("credit/due_reviews.html", queue=queue)
