"""Retention: what is kept for how long and why, and erasing what names a person."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from fastapi import Response

from payrisk.answers.deferred_bundles import MORNINGS
from payrisk.answers.mornings.parts import MorningParts
from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk.store.forgetting.erasing import Erasure, erase_subject
from payrisk.store.forgetting.exports import search_files
from payrisk.store.forgetting.retention import read_retention
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.form import Form
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()

KINDS = {
    "decisions": marked("decisions"),
    "overrides": marked("overrides"),
    "proposals": marked("proposals"),
    "actions": marked("actions of collecting"),
    "contacts": marked("contacts"),
    "opt_outs": marked("wishes not to be written to"),
}
NO_REASON = marked("Say why, such as: asked for by the applicant. It must not name the person.")
LEAST_REASON = 4


@router.get("/admin/retention")
def retention(page: Page = PageDep) -> Response:
    """The rules and holds of the home."""
    return _retention_page(page, {}, "", None, [])


@router.post("/admin/retention")
def erase(form: Form, page: Page = PageDep) -> Response:
    """Erase what names somebody, as `payrisk audit erase` does; what a rule keeps stays."""
    service, reason = page.service, form.get("reason", "")
    if len("".join(reason.split())) < LEAST_REASON:
        return _retention_page(page, form, page.wording(NO_REASON), None, [], 422)
    forgetting = partial(
        erase_subject,
        subject_or_id=form.get("subject", ""),
        reason=reason,
        erased_at=service.now().isoformat(timespec="microseconds"),
        retention=read_retention(service.home),
    )
    try:
        erased: Erasure = service.store.forget(forgetting)
    except InputError as error:
        return _retention_page(page, form, str(error), None, [], 422)
    left: list[str] = []
    if erased.gone:
        MorningParts(service.home / MORNINGS).drop()
        left = _left_after(service.home, erased.texts)
    return _retention_page(page, {}, "", erased, left)


def _left_after(home: Path, texts: frozenset[str]) -> list[str]:
    """Delete uploads that name them; the other files that do, or that cannot be searched."""
    files = search_files(home, texts)
    left = list(files.unsearched)
    for path in files.naming:
        if path.relative_to(home).parts[0] == "uploads":
            path.unlink()
        else:
            left.append(path)
    return [str(path.relative_to(home)) for path in left]


def _retention_page(
    page: Page,
    form: dict[str, str],
    fault: str,
    erased: Erasure | None,
    left: list[str],
    status: int = 200,
) -> Response:
    rules, defect = None, ""
    try:
        rules = read_retention(page.service.home)
    except InputError as error:  # nothing is erased then
        defect = str(error)
    return page.write(
        "administration/retention.html",
        status=status,
        rules=rules,
        defect=defect,
        form=form,
        fault=fault,
        erased=erased,
        left=left,
        kinds_kept=KINDS,
    )
