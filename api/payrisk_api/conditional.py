"""Conditional answers: whoever has what would be answered is told so in a line."""

from __future__ import annotations

import hashlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ConditionalAnswers:
    """Tags every whole JSON answer to a GET by its bytes, and answers 304 to who names that tag.

    The answer is worked out all the same: what is spared is sending and reading it. Routes that
    have a tag of their own (a decision's changes with an override) keep it.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def conditional(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                message = _tagged(scope, start, message)
                begun, start = start, None
                await send(begun)
            await send(message)

        await self._app(scope, receive, conditional)


def _tagged(scope: Scope, start: Message, body: Message) -> Message:
    """The body to send, once the start has its tag; none where the asker has it already."""
    headers = {name.lower(): value for name, value in start.get("headers", [])}
    is_json = headers.get(b"content-type", b"").startswith(b"application/json")
    if start["status"] != 200 or not is_json or body.get("more_body", False):
        return body
    tag = headers.get(b"etag")
    if tag is None:
        tag = b'"' + hashlib.sha256(body.get("body", b"")).hexdigest()[:32].encode() + b'"'
        start["headers"] = [*start["headers"], (b"etag", tag)]
    named = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
    if tag not in [part.strip().removeprefix(b"W/") for part in named.split(b",")]:
        return body
    start["status"] = 304
    start["headers"] = [
        (name, value)
        for name, value in start["headers"]
        if name.lower() not in (b"content-length", b"content-type")
    ]
    return {"type": "http.response.body", "body": b""}
