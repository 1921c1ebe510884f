"""Health: what answers, on which ledger, and what was refused."""

from __future__ import annotations

from fastapi import Response

from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()


@router.get("/admin")
def health(page: Page = PageDep) -> Response:
    """What answers, and what could not be taken up."""
    answers = page.service.live.current
    return page.write(
        "administration/health.html",
        ledger_sha=answers.ledger_sha,
        models=answers.models(page.service.as_of(None)),
        refused=page.service.live.refused,
    )
