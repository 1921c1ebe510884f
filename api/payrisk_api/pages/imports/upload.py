"""The start of an import: a file is sent, and looked at before anything is changed."""

from __future__ import annotations

import json

from fastapi import File, Response, UploadFile

from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk.ledger.importing.undoing import undoable_import
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.command import run_command
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.imports.latest import OUTCOMES, latest_imports
from payrisk_api.pages.imports.uploads import (
    MAPPING,
    SUGGESTION,
    Upload,
    clear_uploads,
    new_upload,
)
from payrisk_api.security import LARGEST_UPLOAD

router = page_router()

UNREADABLE = marked("The file could not be looked at.")


@router.get("/import")
def upload_form(page: Page = PageDep) -> Response:
    """Where a file is chosen, and what became of the last ones."""
    return _form_page(page, "")


@router.post("/import", max_body_size=LARGEST_UPLOAD)
def upload(file: UploadFile = File(), page: Page = PageDep) -> Response:
    """Keep the file, look at it, and go on to what was seen."""
    home = page.service.home
    try:
        clear_uploads(home, page.service.now(), beside=1)
        kept = new_upload(home, file.filename or "", file.file.read())
        look(kept, page, [])
    except InputError as error:
        return _form_page(page, str(error), 422)
    return go_to(f"/import/{kept.name}")


@router.post("/import/undo")
def undo(page: Page = PageDep) -> Response:
    """Let the ledger from before the last import answer again, as `payrisk ledger undo` does."""
    result = run_command(page.service.home, ["ledger", "undo", "--json"], page.caller.name)
    if result.code:
        return _form_page(page, result.complaint, 409)
    return go_to("/import")


def look(sent_file: Upload, page: Page, options: list[str]) -> None:
    """Suggest a mapping anew and keep it; raises InputError with the command's complaint."""
    (sent_file.folder / MAPPING).unlink(missing_ok=True)
    out = ["--out", str(sent_file.folder / MAPPING)]
    arguments = ["import", str(sent_file.file), "--suggest", "--json", *out, *options]
    result = run_command(page.service.home, arguments, page.caller.name)
    try:
        sent_file.keep(SUGGESTION, json.loads(result.printed))
    except ValueError:
        raise InputError(result.complaint or page.wording(UNREADABLE)) from None


def _form_page(page: Page, fault: str, status: int = 200) -> Response:
    return page.write(
        "imports/upload.html",
        status=status,
        fault=fault,
        latest=latest_imports(page.service.home),
        outcomes=OUTCOMES,
        undoable=undoable_import(page.service.home),
        ledger_sha=page.service.live.current.ledger_sha,
    )
