"""Promises to pay, and what came of each."""

from __future__ import annotations

from fastapi import Response

from payrisk_api.pages.collecting.collecting_words import PROMISES
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.questions import question
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.collecting import PromisesQuery
from payrisk_api.routes import collecting

router = page_router()


@router.get("/collecting/promises")
def promises(page: Page = PageDep) -> Response:
    """What `/v1/receivables/promises` answers."""
    query = question(PromisesQuery, page.request)
    answered = document(collecting.promises(page.service, page.caller, query))
    return page.write("collecting/promises.html", answered=answered, query=query, states=PROMISES)
