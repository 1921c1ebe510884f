"""Who may ask: this machine only, until keys exist; and what a browser may do with an answer."""

from __future__ import annotations

import ipaddress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payrisk.errors import InputError
from payrisk_api.errors import TOO_LARGE, problem

HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_host(host: str) -> None:
    """Refuse to be reachable from elsewhere without keys; raises InputError."""
    if not is_loopback(host):
        raise InputError(
            f"Without API keys the service answers this machine only, not {host};"
            " use --host 127.0.0.1 and put an authenticating proxy before it."
        )


class LoopbackGuard:
    """Refuses requests addressed to another name, and adds the headers every answer carries.

    A web page that resolves its own name to 127.0.0.1 is turned away by the Host it sends. A
    body that announces itself too large is refused unread; the application stops the others.
    """

    def __init__(self, app: ASGIApp, largest_body: int) -> None:
        """Wrap the application."""
        self._app, self._largest_body = app, largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        request_id = str(scope.get("payrisk_request_id", ""))
        if not is_loopback(_name(_header(scope, b"host"))):
            detail = "This service answers to the name of its own machine only."
            answer = problem(request_id, 421, "misdirected", detail)
            await answer(scope, receive, guarded)
            return
        length = _header(scope, b"content-length")
        if length.isdecimal() and int(length[:18]) > self._largest_body:
            await problem(request_id, 413, *TOO_LARGE)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def _header(scope: Scope, name: bytes) -> str:
    """The value of a header sent exactly once, else nothing."""
    values = [value for header, value in scope["headers"] if header == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
