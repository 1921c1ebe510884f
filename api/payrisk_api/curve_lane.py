"""A lane of its own for the one hot question, past the framework: kept curves of invoices."""

from __future__ import annotations

import json
from types import SimpleNamespace

from fastapi import Response
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payrisk.errors import PayriskError
from payrisk_api.deps import Service
from payrisk_api.requests.curves import CurvesBody, CurvesQuery
from payrisk_api.routes.payment_curves import PATH, answered_curves, is_at_hand

LARGEST_PLAIN = 1_000
"""Bytes of a body; as many invoices as are read at once need half of it."""
_ROUTE = SimpleNamespace(path_format=PATH)
"""What the log and the counters know the request by, as they know the documented route."""
_QUERY = CurvesQuery()


class CurveLane:
    """Answers a plain question for a few kept curves itself, with the bytes of the route.

    Plain: no query, and a body of JSON that holds `invoice_ids` alone. Whatever else is asked, and
    whatever is refused, goes to the documented route, which is told of nothing.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """app: holds the documented route."""
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not _is_plain(scope):
            await self._app(scope, receive, send)
            return
        first = await receive()
        answer = self._answer(first)
        if answer is None:
            await self._app(scope, _begun_with(first, receive), send)
            return
        scope["route"] = _ROUTE
        await answer(scope, receive, send)

    def _answer(self, message: Message) -> Response | None:
        """The answer to a whole body; None where the documented route is to give it."""
        if message["type"] != "http.request" or message.get("more_body", False):
            return None
        try:
            asked = json.loads(message.get("body", b""))
            if not isinstance(asked, dict) or asked.keys() != {"invoice_ids"}:
                return None
            body = CurvesBody.model_validate(asked)
        except (ValueError, RecursionError, ValidationError):
            return None
        answers, as_of = self._service.live.current, self._service.as_of(None)
        if not is_at_hand(answers, as_of, body, _QUERY):
            return None
        try:
            return answered_curves(self._service, answers, as_of, body, _QUERY)
        except PayriskError:
            return None


def _is_plain(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != PATH:
        return False
    headers = scope["headers"]
    lengths = [value for name, value in headers if name == b"content-length"]
    kinds = [value for name, value in headers if name == b"content-type"]
    is_short = len(lengths) == 1 and lengths[0].isdigit() and int(lengths[0]) <= LARGEST_PLAIN
    return is_short and kinds == [b"application/json"] and not scope["query_string"]


def _begun_with(first: Message, receive: Receive) -> Receive:
    """The request from its beginning, of which the first message was read already."""
    read = [first]

    async def again() -> Message:
        return read.pop() if read else await receive()

    return again
