"""What a reader chooses for all pages, kept in the browser alone: language and colours."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from payrisk_api.pages.frame.reader import keep_choices, local_path
from payrisk_api.pages.frame.refusals import page_router
from payrisk_api.pages.frame.rendering import go_to

router = page_router()


@router.get("/preferences")
def preferences(
    language: Annotated[str, Query(max_length=10)] = "",
    colours: Annotated[str, Query(max_length=10)] = "",
    back: Annotated[str, Query(max_length=1_000)] = "/",
) -> Response:
    """Keep the choices and go back to where they were made."""
    response = go_to(local_path(back))
    keep_choices(response, language, colours)
    return response
