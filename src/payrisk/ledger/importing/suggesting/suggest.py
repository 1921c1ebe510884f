"""A file or folder that nobody has described: the mapping it seems to need, and what it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.reading.grammar import load_preset, preset_from_text
from payrisk.ledger.importing.reading.preset import Preset
from payrisk.ledger.importing.reading.sheet import sheet_names, suffix_of, unread_sheets
from payrisk.ledger.importing.suggesting.choosing import NEEDED
from payrisk.ledger.importing.suggesting.looking import CURRENCY, suggest_for_file
from payrisk.ledger.importing.suggesting.shipped import fitting_presets
from payrisk.ledger.importing.suggesting.suggestion import (
    FileSuggestion,
    MappingTrial,
    Question,
    Suggestion,
)
from payrisk.ledger.importing.suggesting.trial import try_mapping
from payrisk.ledger.importing.suggesting.writing import mapping_text, preset_text

_MOST_FILES = 20
NEARLY_ALL = 0.9
"""Share of a file's columns that a shipped preset reads where nobody need ask whose it is."""
SURE_NUMBER = 0.8
"""Confidence of a column of numbers beside which no preset makes up numbers of its own."""
NO_CURRENCY = "XXX"
"""The ISO code of no currency, in which the trial shows money whose currency is not known."""

EVENING = Question(
    "--snapshot", "Of which evening is this list of open items? Say it when you import it."
)


def suggest(
    source: Path, day: int, *, currency: str = "", snapshot: int | None = None
) -> Suggestion:
    """The mapping a file or folder seems to need; nothing but the source is read.

    day: of the import that is tried. currency: of rows that name none, where it is known.
    snapshot: the evening of a list of open items, where it is known.
    Raises InputError where nothing in the source can be read as a table.
    """
    if not source.exists():
        raise InputError(f"There is no file or folder {source}; check the path.")
    files, unread = _looked_at(source)
    files = [_with_currency(file, currency) for file in files]
    is_several = source.is_dir() or any(file.sheet for file in files)
    text = mapping_text(files, is_folder=is_several)
    own = preset_from_text(text, "as suggested")
    evening = snapshot if snapshot is not None else _evening(files)
    on = day if evening is None else evening
    code = currency.upper() or next((file.currency for file in files if file.currency), "")
    name = _shipped(source, files)
    if name:
        how = load_preset(name)
        trial, is_asked = _tried(source, how, code, on)
        if not trial.refusal:
            asked = [*([CURRENCY] if is_asked else []), *_evening_question(how, evening)]
            text = preset_text(name, "" if how.currency or is_asked else code)
            return Suggestion(
                str(source), tuple(files), name, text, trial, tuple(asked), tuple(unread)
            )
    trial, _ = _tried(source, own, code, on)
    asked = [question for file in files for question in file.questions]
    asked += _evening_question(own, evening)
    return Suggestion(
        str(source), tuple(files), "", text, trial, tuple(dict.fromkeys(asked)), tuple(unread)
    )


def _shipped(source: Path, files: Sequence[FileSuggestion]) -> str:
    """The shipped preset that the source surely is for; '' where none is.

    It reads as many columns as a mapping of our own would, or nearly all there are.
    """
    lacks = any(not file.column(name) for file in files for name in NEEDED[file.table])
    numbers = [file.column("invoice_id") for file in files if file.table == "invoices"]
    has_number = any(number and number.confidence >= SURE_NUMBER for number in numbers)
    for fit in fitting_presets(source):
        is_whole = fit.share >= NEARLY_ALL or fit.n_used >= _n_read(files)
        if (lacks or is_whole) and (fit.has_number or not has_number):
            return fit.name
    return ""


def _tried(source: Path, how: Preset, code: str, day: int) -> tuple[MappingTrial, bool]:
    """The trial of a mapping, and whether a currency has to be asked for it.

    code: the currency of rows that name none; a file without any is tried in `NO_CURRENCY`.
    """
    whole = replace(how, currency=code) if code and not how.currency else how
    trial = try_mapping(source, whole, day)
    if whole.currency or not trial.refusal:
        return trial, False
    return try_mapping(source, replace(how, currency=NO_CURRENCY), day), True


def _evening_question(how: Preset, evening: int | None) -> list[Question]:
    return [EVENING] if how.kind == "open items" and evening is None else []


def _looked_at(source: Path) -> tuple[list[FileSuggestion], list[str]]:
    """What each file of a source seems to be, and the names of those that are no table of ours."""
    if not source.is_dir():
        return _looked_at_sheets(source) or (
            [suggest_for_file(source)],
            list(unread_sheets(source, ()))[1:],
        )
    paths = sorted(p for p in source.iterdir() if suffix_of(p) and p.is_file())
    if not paths or len(paths) > _MOST_FILES:
        raise InputError(
            f"The folder {source} has {len(paths)} files that can be tables; give a folder with 1"
            f" to {_MOST_FILES}, or one file."
        )
    files: list[FileSuggestion] = []
    unread: list[str] = []
    errors: list[InputError] = []
    for path in paths:
        try:
            file = suggest_for_file(path)
        except InputError as error:
            errors.append(error)
            unread.append(path.name)
            continue
        is_whole = all(file.column(name) for name in NEEDED[file.table])
        is_first = file.table not in {other.table for other in files}
        if is_whole and is_first:
            files.append(file)
        else:
            unread.append(path.name)
    if not files:
        raise (
            errors[0]
            if errors
            else InputError(
                f"No file in {source} has columns that make a list of invoices, payments or"
                " customers; try one of them alone to see what it lacks."
            )
        )
    return files, unread


def _looked_at_sheets(source: Path) -> tuple[list[FileSuggestion], list[str]] | None:
    """What the sheets of a workbook seem to be; None where only its first is a table of ours.

    One sheet a table, and all below titles of one height, for a mapping says that once.
    """
    names = sheet_names(source)
    if len(names) < 2:
        return None
    sheets: list[FileSuggestion] = []
    for name in names:
        try:
            sheet = suggest_for_file(source, name)
        except InputError:
            continue
        if all(sheet.column(field) for field in NEEDED[sheet.table]):
            sheets.append(sheet)
    main = next((sheet for sheet in sheets if sheet.table == "invoices"), None)
    if main is None:
        return None
    shape = main.skip_rows, main.header_rows
    taken = [sheet for sheet in sheets if (sheet.skip_rows, sheet.header_rows) == shape]
    first = {sheet.table: sheet for sheet in reversed(taken)} | {"invoices": main}
    files = [sheet for sheet in taken if first[sheet.table] is sheet]
    if [sheet.sheet for sheet in files] == [names[0]]:
        return None
    read = {sheet.sheet for sheet in files}
    return files, [name for name in unread_sheets(source, ()) if name not in read]


def _with_currency(file: FileSuggestion, currency: str) -> FileSuggestion:
    """A file whose currency a person has said."""
    if not currency or file.column("currency"):
        return file
    questions = tuple(q for q in file.questions if q.setting != "currency")
    return replace(file, currency=currency.upper(), questions=questions)


def _evening(files: Sequence[FileSuggestion]) -> int | None:
    day = next((file.evening for file in files if file.evening), "")
    return day_of(dt.date.fromisoformat(day)) if day else None


def _n_read(files: Sequence[FileSuggestion]) -> int:
    """How many columns the suggested mapping makes something of."""
    return sum(len({column.header for column in file.columns}) for file in files)
