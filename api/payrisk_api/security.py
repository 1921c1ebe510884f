"""Who may ask: this machine and no page of another site; and what a browser may do with it."""

from __future__ import annotations

import ipaddress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from payrisk.errors import InputError
from payrisk.settings import Settings
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


def check_reach(settings: Settings, *, has_keys: bool) -> None:
    """Refuse to be reached from elsewhere without keys, or in the clear; raises InputError."""
    is_far = not is_loopback(settings.host)
    if not (is_far or settings.host_names or settings.proxies):
        return
    if not has_keys:
        raise InputError(
            f"Without API keys the service answers this machine only, not {settings.host};"
            " make one by `payrisk keys create NAME --role admin`."
        )
    if is_far and not settings.tls_certificate and not settings.proxies:
        raise InputError(
            f"Keys do not travel to {settings.host} in the clear: give --tls-certificate and"
            " --tls-key, or name by --proxy the proxy that ends TLS before it."
        )


LARGEST_UPLOAD = 200_000_000
"""Bytes of a file that a person sends for import."""
UPLOADS = frozenset({"/import"})
"""Where files are sent to; no other body may be larger than a question."""

SIGNED_IN_BACK = "/sign-in/back"
"""Where a browser comes back to from another site; it has to bring what was given to it here."""
SITE = b"sec-fetch-site"
OWN_SITES = frozenset(("same-origin", "none"))
"""What Sec-Fetch-Site says of a page of this service, and of an address typed by a person."""


class HostGuard:
    """Refuses what other names and other sites ask, and adds the headers every answer carries.

    It answers to this machine's own names and to those it was given. A web page that resolves its
    own name to 127.0.0.1 is turned away by the Host it sends, any other page by the Origin or
    Sec-Fetch-Site that its browser adds (Fetch Metadata, W3C), be it on another port of this
    machine. Programs send neither. A body that announces itself too large is refused unread; the
    application stops the others.
    """

    def __init__(
        self, app: ASGIApp, largest_body: int, names: frozenset[str] = frozenset()
    ) -> None:
        """Wrap the application."""
        self._app, self._largest_body, self._names = app, largest_body, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = list(message.get("headers", []))
                names = {name.lower() for name, _ in answered}
                # a page says itself which of its scripts may run
                message["headers"] = answered + [h for h in HEADERS if h[0] not in names]
            await send(message)

        request_id = str(scope.get("payrisk_request_id", ""))
        name = _name(_header(scope, b"host"))
        if not is_loopback(name) and name.lower() not in self._names:
            detail = "This service answers to the names of its own machine only."
            answer = problem(request_id, 421, "misdirected", detail)
            await answer(scope, receive, guarded)
            return
        is_back = scope["method"] == "GET" and scope["path"] == SIGNED_IN_BACK
        if _is_cross_site(scope) and not is_back:
            detail = "A page of another site may ask nothing here."
            await problem(request_id, 403, "cross-site", detail)(scope, receive, guarded)
            return
        length = _header(scope, b"content-length")
        largest = LARGEST_UPLOAD if scope["path"] in UPLOADS else self._largest_body
        if length.isdecimal() and int(length[:18]) > largest:
            await problem(request_id, 413, *TOO_LARGE)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def _is_cross_site(scope: Scope) -> bool:
    """Whether a browser says that a page of another site, scheme or port asks."""
    sites = {value.decode("latin-1") for name, value in scope["headers"] if name == SITE}
    origins = {value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"}
    here = f"{scope['scheme']}://{_header(scope, b'host')}"
    return not sites <= OWN_SITES or not origins <= {here}


def _header(scope: Scope, name: bytes) -> str:
    """The value of a header sent exactly once, else nothing."""
    values = [value for header, value in scope["headers"] if header == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
