"""Published forecasts: freeze this morning's, list them all, and what changed between two."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Query, Request, Response

from payrisk.answers.cash.publishing import publish as frozen
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import iso
from payrisk.cash.published import snapshots
from payrisk.errors import PayriskError
from payrisk.files import plain_rows
from payrisk.languages import marked
from payrisk_api.errors import ProblemError
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.form import Form
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.routes import cash

router = page_router()
SnapshotName = Annotated[str, Query(max_length=150, pattern=f"^({snapshots.NAME.pattern})?$")]
NO_DAY = marked("Write the morning as a date.")


@router.get("/cash/published", dependencies=HEAVY)
def published(
    request: Request, page: Page = PageDep, before: SnapshotName = "", after: SnapshotName = ""
) -> Response:
    """What `/v1/cash/snapshots` lists, newest first; two of them compared where both are named."""
    listed = document(cash.published(request))["snapshots"][::-1]
    names = [line["name"] for line in listed]
    if len(names) > 1 and not (before and after):
        before, after = names[1], names[0]
    compared, refusal = None, ""
    if before in names and after in names and before != after:
        home = page.service.home
        try:
            changes = snapshots.compare(snapshots.read(home, before), snapshots.read(home, after))
        except PayriskError as error:  # what two of them lack keeps nobody from the list
            refusal = str(error)
        else:
            compared = plain_rows(changes)
    return page.write(
        "cash/published.html",
        listed=listed,
        names=names,
        before=before,
        after=after,
        compared=compared,
        refusal=refusal,
        morning=iso(page.service.as_of(None)),
    )


@router.post("/cash/published", dependencies=HEAVY)
def publish(form: Form, page: Page = PageDep) -> Response:
    """Freeze the forecast of a morning for ever, as `payrisk forecast publish` does."""
    service = page.service
    try:
        day = dt.date.fromisoformat(form["as_of"]) if form.get("as_of") else None
    except ValueError:
        raise ProblemError(422, "refused", page.wording(NO_DAY)) from None
    outlook = Outlook.of(service.live.current, as_of=service.as_of(day))
    snapshot = frozen(
        outlook, service.home, published_at=service.now().isoformat(timespec="seconds")
    )
    return go_to(f"/cash/published/{snapshot.name}")
