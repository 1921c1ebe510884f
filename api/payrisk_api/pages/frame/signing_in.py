"""Sign-in by key: it becomes a session in a cookie that no script can read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from payrisk.access import RefusedKey
from payrisk.access.key_ring import UnreadableKeys
from payrisk_api.guarding.sessions import PageSessions
from payrisk_api.pages.frame.form import Form
from payrisk_api.pages.frame.reader import local_path
from payrisk_api.pages.frame.refusals import page_router
from payrisk_api.pages.frame.rendering import Page, PageDep, go_to

router = page_router()


@router.get("/sign-in")
def sign_in_page(
    page: Page = PageDep,
    goes_to: Annotated[str, Query(alias="next", max_length=1_000)] = "/",
) -> Response:
    """A form that takes a key, and goes on to where one wanted to be."""
    return _form_page(page, local_path(goes_to), "")


@router.post("/sign-in")
def sign_in(form: Form, page: Page = PageDep) -> Response:
    """Begin a session; what is wrong with a key is said as the API says it."""
    goes_to = local_path(form.get("next", "/"))
    try:
        cookie = _sessions(page).begin(
            form.get("api_key", ""), page.service.now(), is_secure=_is_secure(page)
        )
    except (RefusedKey, UnreadableKeys) as error:
        return _form_page(page, goes_to, str(error))
    answer = go_to(goes_to)
    answer.headers["Set-Cookie"] = cookie
    return answer


@router.post("/sign-out")
def sign_out(page: Page = PageDep) -> Response:
    """End the session, here and in this browser."""
    session = page.request.scope["payrisk_session"]
    if session is not None:
        _sessions(page).signer.end(session, page.service.now())
    answer = go_to("/sign-in")
    answer.headers["Set-Cookie"] = _sessions(page).end(is_secure=_is_secure(page))
    return answer


def _form_page(page: Page, goes_to: str, fault: str) -> Response:
    by_organisation = page.request.app.state.provider is not None
    return page.write(
        "frame/sign_in.html", status=401 if fault else 200, goes_to=goes_to, fault=fault,
        by_organisation=by_organisation,
    )  # fmt: skip


def _sessions(page: Page) -> PageSessions:
    sessions: PageSessions = page.request.app.state.access.sessions
    return sessions


def _is_secure(page: Page) -> bool:
    return bool(page.request.scope["scheme"] == "https")
