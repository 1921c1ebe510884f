"""What was seen in a file: its mapping, the ledger it would make, what is asked; the import."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import Path, Response

from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk_api.errors import ProblemError
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.command import run_command
from payrisk_api.pages.frame.form import Form, given
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.imports.answering import answerable, answered_mapping
from payrisk_api.pages.imports.latest import OUTCOMES
from payrisk_api.pages.imports.upload import look
from payrisk_api.pages.imports.uploads import NAME, REPORT, SUGGESTION, Upload, upload_named

router = page_router()
KEPT_MAPPING = marked("The mapping is kept as you wrote it; Import reads by it.")
UploadName = Annotated[str, Path(pattern=NAME.pattern)]

ANSWERS = {
    "documents": marked("all that was billed, paid or not"),
    "open items": marked("only what was unpaid one evening"),
    "d/m/y": marked("the day comes first"),
    "m/d/y": marked("the month comes first"),
    'decimal = ","': marked("a comma before the cents"),
    'decimal = "."': marked("a point before the cents"),
}
ACTIONS = {
    "doubted": (marked("in doubt"), "warn"),
    "quarantined": (marked("set aside"), "warn"),
    "refused": (marked("refused"), "bad"),
    "repaired": (marked("repaired"), ""),
    "noted": (marked("noted"), ""),
}


@router.get("/import/{name}")
def suggested(name: UploadName, page: Page = PageDep) -> Response:
    """The suggestion, or the report once it was imported."""
    return _suggestion_page(page, _upload(page, name), {}, "")


@router.post("/import/{name}")
def answer(name: UploadName, form: Form, page: Page = PageDep) -> Response:
    """Look again with what was answered, or import."""
    kept = _upload(page, name)
    options = _options(form)
    try:
        questions = (kept.kept(SUGGESTION) or {}).get("questions") or []
        written = form.get("mapping", "").replace("\r\n", "\n")
        written = form["mapping"] = answered_mapping(written, questions, form)
        if form.get("act") == "look" and kept.mapping and written.strip() != kept.mapping.strip():
            kept.keep_mapping(written)
            return _suggestion_page(page, kept, form, page.wording(KEPT_MAPPING))
        if form.get("act") == "look":
            look(kept, page, [*options, *_day(form)])
            return go_to(f"/import/{name}")
        mapping = kept.keep_mapping(written)
    except InputError as error:
        return _suggestion_page(page, kept, form, str(error), 422)
    chosen = ["--mapping", str(mapping), *options, *_day(form)]
    if form.get("accept_doubts"):
        chosen += ["--accept-doubts", form["accept_doubts"]]
    result = run_import(kept, page, chosen)
    if not result:
        return go_to(f"/import/{name}")
    return _suggestion_page(page, kept, form, result, 422)


def run_import(sent_file: Upload, page: Page, options: list[str]) -> str:
    """Import the file and keep the report; why nothing was read, or nothing."""
    arguments = ["import", str(sent_file.file), "--json", *options]
    result = run_command(page.service.home, arguments, page.caller.name)
    try:
        sent_file.keep(REPORT, json.loads(result.printed))
    except ValueError:
        return result.complaint or f"The import ended with {result.code}."
    return ""


def _options(form: dict[str, str]) -> list[str]:
    """What the form adds to the command."""
    chosen = given(form, "currency", "snapshot")
    options = [part for name, value in chosen.items() for part in (f"--{name}", value)]
    return [*options, "--partial"] if form.get("partial") else options


def _day(form: dict[str, str]) -> list[str]:
    return ["--recorded-on", form["recorded_on"]] if form.get("recorded_on") else []


def _upload(page: Page, name: str) -> Upload:
    try:
        return upload_named(page.service.home, name)
    except InputError as error:
        raise ProblemError(404, "not-found", str(error)) from None


def _suggestion_page(
    page: Page, sent_file: Upload, form: dict[str, str], fault: str, status: int = 200
) -> Response:
    suggestion = sent_file.kept(SUGGESTION) or {}
    files = suggestion.get("files") or []
    questions = suggestion.get("questions") or []
    evening = next((file["evening"] for file in files if file.get("evening")), "")
    return page.write(
        "imports/suggested.html",
        status=status,
        upload=sent_file,
        file_name=sent_file.file.name,
        questions=[
            question
            for question in questions
            if question not in [line for _, line in answerable(questions)]
        ],
        answerable=answerable(questions),
        answer_words=ANSWERS,
        files=files,
        trial=suggestion.get("trial"),
        report=sent_file.kept(REPORT),
        mapping=form.get("mapping") or sent_file.mapping,
        form=form,
        evening=form.get("snapshot") or evening,
        fault=fault,
        outcomes=OUTCOMES,
        actions=ACTIONS,
    )
