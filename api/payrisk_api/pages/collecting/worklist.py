"""Whom to act on today, the most worthwhile first, and who is left alone, and why."""

from __future__ import annotations

from fastapi import Response

from payrisk_api.heavy import HEAVY
from payrisk_api.pages.collecting.collecting_words import CHANNELS, STEPS, TONES
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.collecting import WorklistQuery
from payrisk_api.routes import collecting

router = page_router()


@router.get("/collecting", dependencies=HEAVY)
def worklist(page: Page = PageDep) -> Response:
    """What `/v1/receivables/worklist` answers."""
    query = question(WorklistQuery, page.request)
    answered = document(collecting.worklist(page.service, page.caller, query))
    return page.write(
        "collecting/worklist.html",
        answered=answered,
        query=query,
        steps=STEPS,
        tones=TONES,
        channels=CHANNELS,
    )
