"""Backups: when the last was taken and what of it was checked, and how to take one."""

from __future__ import annotations

from fastapi import Response

from payrisk.collecting.recording.action import local_day
from payrisk.store.vouching.backup_log import backup_age, noted_backups
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()
MOST_SHOWN = 20
OLD_DAYS = 7
"""A backup that is older is said to be."""


@router.get("/admin/backups")
def backups(page: Page = PageDep) -> Response:
    """The backups that `payrisk backup` took of this home."""
    noted = noted_backups(page.service.home)
    age = backup_age(noted, local_day(page.service.now()))
    return page.write(
        "administration/backups.html",
        backups=noted[:MOST_SHOWN],
        age=age,
        is_old=age is not None and age > OLD_DAYS,
        home=page.service.home,
    )
