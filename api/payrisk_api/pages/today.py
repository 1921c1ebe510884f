"""Today: what needs a person this morning, why, and where to do it."""

from __future__ import annotations

from fastapi import Response

from payrisk_api.pages.credit.naming import named_lines
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.customers import ReviewsQuery
from payrisk_api.routes import customers

router = page_router()

MOST_LINES = 12


@router.get("/")
def today(page: Page = PageDep) -> Response:
    """The first page: decisions that wait for a person, worst first."""
    service = page.service
    waiting = None
    if page.may("GET /v1/credit/reviews"):
        query = ReviewsQuery(limit=MOST_LINES)
        reviews = document(customers.reviews(service, query))["reviews"]
        waiting = named_lines(service, reviews)
    return page.write("today/today.html", waiting=waiting)
