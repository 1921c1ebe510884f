"""Today: what needs a person this morning, why, and where to do it."""

from __future__ import annotations

from fastapi import Response

from payrisk.calendar import iso
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()

MOST_LINES = 12


@router.get("/")
def today(page: Page = PageDep) -> Response:
    """The first page: decisions that wait for a person, worst first."""
    service = page.service
    waiting = service.store.review_queue(iso(service.as_of(None)), band=None, limit=MOST_LINES)
    return page.write("today/today.html", waiting=waiting)
