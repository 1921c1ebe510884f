"""What a page says where it cannot answer: one sentence on what happened and how to go on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from payrisk.errors import PayriskError
from payrisk.languages import marked
from payrisk_api.errors import KINDS, ProblemError
from payrisk_api.pages.frame.rendering import Page

NOT_FOUND = marked("There is no page at this address.")
INVALID = marked(
    "Something in the address or the form is not as it must be; go back and correct it."
)


class PageRoute(APIRoute):
    """A route whose failures are pages: the API's own statuses and sentences, for people."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route, so that what it raises is written as a page."""
        inner = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await inner(request)
            except RequestValidationError:
                return refusal_page(request, 422, INVALID)
            except ProblemError as error:
                return refusal_page(request, error.status, error.detail)
            except PayriskError as error:
                status = next(status for kind, status, *_ in KINDS if isinstance(error, kind))
                # it goes to whoever asked and into no log, so it may name what was asked
                return refusal_page(request, status, str(error))

        return handled


def page_router(**settings: Any) -> APIRouter:
    """A router of pages: outside the API's document, its failures written for people."""
    return APIRouter(include_in_schema=False, route_class=PageRoute, **settings)


def refusal_page(request: Request, status: int, sentence: str) -> Response:
    """A page that says why there is no other one."""
    return Page(request).write("frame/refusal.html", status=status, sentence=sentence)


def add_not_found(app: FastAPI, otherwise: Callable[[Request, Exception], Response]) -> None:
    """Answer unknown addresses with a page where a browser asks; otherwise: for programs."""

    def not_found(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        asks_for_page = "text/html" in request.headers.get("accept", "")
        if not asks_for_page or request.url.path.startswith("/v1/"):
            return otherwise(request, error)
        return refusal_page(request, error.status_code, NOT_FOUND)

    app.add_exception_handler(404, not_found)
