"""Keys: who may ask, in which roles, for which entities, until when; made, renewed and revoked."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Path, Response

from payrisk.access import IssuedKey
from payrisk.access.roles import ROLES, checked_roles
from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.form import Form
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()
KeyId = Annotated[str, Path(pattern="^[0-9a-f]{4,40}$")]

ROLE_NAMES = {
    "approver": marked("Approver"),
    "treasury": marked("Treasury"),
    "collector": marked("Collector"),
    "data_scientist": marked("Data scientist"),
    "auditor": marked("Auditor"),
    "admin": marked("Administrator"),
}
STATES = {
    "in force": (marked("in force"), "good"),
    "expired": (marked("expired"), "warn"),
    "revoked": (marked("revoked"), "bad"),
}
FIRST_IS_ADMIN = marked(
    "The first key must be an administrator’s: from then on nobody is let in without a key."
)
NO_DAYS = marked("Say for how many days the key is good, from 1 to 1,100.")
NO_ENTITY = marked("Name the entities the key is for, or leave the field empty for all.")
MOST_DAYS = 1_100
OVERLAP = dt.timedelta(hours=24)


@router.get("/admin/keys")
def keys(page: Page = PageDep) -> Response:
    """Every key, those that are over as well."""
    return _keys_page(page, {}, "", None)


@router.post("/admin/keys")
def create(form: Form, page: Page = PageDep) -> Response:
    """Make a key and show it once."""
    ring, now = page.service.ring, page.service.now()
    try:
        roles = checked_roles(role for role in ROLES if form.get(f"role-{role}"))
        if not ring.has_keys and "admin" not in roles:
            raise InputError(page.wording(FIRST_IS_ADMIN))
        days = form.get("days", "365")
        if (
            not days.isdecimal()
            or len(days) > len(str(MOST_DAYS))
            or not 1 <= int(days) <= MOST_DAYS
        ):
            raise InputError(page.wording(NO_DAYS))
        written = form.get("entities", "")
        entities = frozenset(written.replace(",", " ").split())
        if written and not entities:
            raise InputError(page.wording(NO_ENTITY))
        issued = ring.create(
            form.get("holder", ""),
            roles,
            entities or None,
            made_at=now.isoformat(timespec="seconds"),
            by=page.caller.name,
            expires_at=(now + dt.timedelta(days=int(days))).isoformat(timespec="seconds"),
        )
    except InputError as error:
        return _keys_page(page, form, str(error), None, 422)
    return _keys_page(page, {}, "", issued)


@router.post("/admin/keys/{key_id}")
def change(key_id: KeyId, form: Form, page: Page = PageDep) -> Response:
    """Give a key a new secret, shown once, or revoke it."""
    ring, now = page.service.ring, page.service.now()
    at = now.isoformat(timespec="seconds")
    try:
        if form.get("act") == "rotate":
            until = (now + OVERLAP).isoformat(timespec="seconds")
            return _keys_page(page, {}, "", ring.rotate(key_id, rotated_at=at, old_until=until))
        ring.revoke(key_id, revoked_at=at, by=page.caller.name, reason=form.get("reason", ""))
    except InputError as error:
        return _keys_page(page, form, str(error), None, 422)
    return _keys_page(page, {}, "", None)


def _keys_page(
    page: Page, form: dict[str, str], fault: str, issued: IssuedKey | None, status: int = 200
) -> Response:
    now = page.service.now().isoformat(timespec="seconds")
    return page.write(
        "administration/keys.html",
        status=status,
        lines=[(key, key.state(now)) for key in page.service.ring.keys().values()],
        form=form,
        fault=fault,
        issued=issued,
        role_names=ROLE_NAMES,
        states=STATES,
    )
