"""The queue: decisions that wait for a person, the worst band first, and why each waits."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from payrisk_api.naming import named_lines
from payrisk_api.pages.credit.waiting import waiting_proposals
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.customers import ReviewsQuery
from payrisk_api.routes import customers

router = page_router()


@router.get("/credit")
def queue(
    page: Page = PageDep, band: Annotated[str, Query(max_length=20, pattern=r"^[\w-]*$")] = ""
) -> Response:
    """What `/v1/credit/reviews` lists, with names."""
    asked_for = ReviewsQuery(band=band or None)
    reviews = document(customers.reviews(page.service, asked_for))["reviews"]
    bands = [entry.name for entry in page.service.live.current.policy.bands]
    return page.write(
        "credit/queue.html",
        lines=named_lines(page.service, reviews),
        proposals=waiting_proposals(page),
        band=band,
        bands=bands,
    )
