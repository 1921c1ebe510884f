"""Sign-in by the organisation: to its provider and back, and then a session as with a key."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Query, Response

from payrisk.access import RefusedKey
from payrisk.languages import marked
from payrisk_api.errors import ProblemError
from payrisk_api.guarding.sessions import PageSessions
from payrisk_api.pages.frame.provider import (
    BusyProvider,
    NobodyNamed,
    PendingSignIn,
    Provider,
    SilentProvider,
)
from payrisk_api.pages.frame.reader import local_path
from payrisk_api.pages.frame.refusals import page_router
from payrisk_api.pages.frame.rendering import Page, PageDep
from payrisk_api.security import SIGNED_IN_BACK

router = page_router()

COOKIE, LASTS_SECONDS = "payrisk-sign-in", 600
UNBELIEVED = marked("Your organisation could not sign you in; try again, or use your key.")
UNKNOWN = marked("Nobody of this name holds a key here; ask an admin for one.")


@router.get("/sign-in/organisation")
def to_the_provider(
    page: Page = PageDep,
    goes_to: Annotated[str, Query(alias="next", max_length=1_000)] = "/",
) -> Response:
    """Send the browser to the provider, with what it has to bring back."""
    provider = _provider(page)
    with _refusals():
        address, pending = provider.begin(_back_to(page), local_path(goes_to))
    answer = Response(status_code=303, headers={"Location": address})
    until = int(page.service.now().timestamp()) + LASTS_SECONDS
    text = "\n".join((*pending, str(until)))
    # the way back is a step from another site, on which only a lax cookie is sent
    answer.set_cookie(
        COOKIE, _signed(page, text).hex(), LASTS_SECONDS, path=SIGNED_IN_BACK, httponly=True,
        samesite="lax", secure=page.request.scope["scheme"] == "https",
    )  # fmt: skip
    return answer


@router.get(SIGNED_IN_BACK)
def back(
    page: Page = PageDep,
    code: Annotated[str, Query(max_length=2_000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Begin the session of whom the provider names, where a key of theirs is in force."""
    provider, (pending, until) = _provider(page), _pending(page)
    if pending is None or not hmac.compare_digest(pending.state.encode(), state.encode()):
        raise ProblemError(403, "form-refused", UNBELIEVED)
    with _refusals():
        name = provider.name(pending, code, _back_to(page))
    sessions: PageSessions = page.request.app.state.access.sessions
    is_secure = page.request.scope["scheme"] == "https"
    # a provider that takes a code twice, or a cookie that somebody copied, begins one session
    if not sessions.signer.use_once(pending.state, until, page.service.now()):
        raise ProblemError(403, "form-refused", UNBELIEVED)
    try:
        cookie = sessions.begin_for(name, page.service.now(), is_secure=is_secure)
    except RefusedKey:
        raise ProblemError(403, "key-unknown", UNKNOWN) from None
    # the session's strict cookie is sent on the next step only if that begins here
    answer = page.write("frame/signed_in.html", goes_to=pending.goes_to)
    answer.headers["Refresh"] = f"0; url={pending.goes_to}"
    answer.headers["Set-Cookie"] = cookie
    answer.delete_cookie(COOKIE, path=SIGNED_IN_BACK)
    return answer


@contextmanager
def _refusals() -> Iterator[None]:
    """What a provider that names nobody, does not answer or is asked by many is told as."""
    try:
        yield
    except NobodyNamed:
        raise ProblemError(403, "provider", UNBELIEVED) from None
    except SilentProvider:
        raise ProblemError(502, "provider", UNBELIEVED) from None
    except BusyProvider:
        raise ProblemError(503, "too-busy", UNBELIEVED) from None


def _provider(page: Page) -> Provider:
    provider: Provider | None = page.request.app.state.provider
    if provider is None:
        raise ProblemError(404, "not-found", "There is nothing at this address.")
    return provider


def _back_to(page: Page) -> str:
    request = page.request
    return f"{request.scope['scheme']}://{request.headers['host']}{SIGNED_IN_BACK}"


def _signed(page: Page, text: str) -> bytes:
    sessions: PageSessions = page.request.app.state.access.sessions
    return f"{sessions.signer.mark(text)}\n{text}".encode()


def _pending(page: Page) -> tuple[PendingSignIn | None, int]:
    """What the browser brought back and until when it counts, None unless it was given to it."""
    try:
        mark, *parts, until = (
            bytes.fromhex(page.request.cookies.get(COOKIE, "")).decode().split("\n")
        )
        pending, ends_at = PendingSignIn(*parts), int(until)
    except (ValueError, TypeError):
        return None, 0
    signed = _signed(page, "\n".join((*pending, until))).partition(b"\n")[0]
    is_ours = hmac.compare_digest(mark.encode(), signed)
    return (pending if is_ours else None), ends_at
