"""A suggestion as the TOML of a mapping, with comments that say why and what is still open."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from payrisk.ledger.importing.reading.preset import FieldSource
from payrisk.ledger.importing.suggesting.suggestion import FileSuggestion, Question


def mapping_text(files: Sequence[FileSuggestion], *, is_folder: bool = False) -> str:
    """The mapping of these files; what a person has to answer stands in it as a comment.

    Settings that all files of a mapping share are those of the first list of documents.
    """
    main = next((f for f in files if f.table == "invoices"), files[0])
    lines = [f'about = "As suggested for {_comment(main.file)}; check it before use."', ""]
    lines += _shared(main)
    for file in files:
        lines += ["", *_section(file, is_folder=is_folder)]
    return "\n".join(lines) + "\n"


def preset_text(name: str, currency: str) -> str:
    """The mapping that is a shipped preset, with a currency for rows that name none, or ''."""
    lines = ["# An export that payrisk knows: the same as --preset.", f"preset = {_value(name)}"]
    lines += ["# The currency of rows that name none.", f"currency = {_value(currency)}"] * bool(
        currency
    )
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() and c not in '"\\' else " " for c in text)


def _shared(file: FileSuggestion) -> list[str]:
    lines = ["# Other columns of types and states are read, or doubted.", "synonyms = true"]
    if file.skip_rows:
        lines += ["# Lines above the header.", f"skip_rows = {file.skip_rows}"]
    if file.header_rows > 1:
        lines += ["# Lines the header has.", f"header_rows = {file.header_rows}"]
    if file.fill_down:
        lines += [
            "# Filled only in the first row of a group.",
            f"fill_down = {_value(file.fill_down)}",
        ]
    if file.dates:
        lines += ["# How days are written.", f"dates = {_value(file.dates)}"]
    if file.decimal:
        lines += ["# The decimal sign.", f"decimal = {_value(file.decimal)}"]
    if file.currency:
        lines += ["# The currency of all rows.", f"currency = {_value(file.currency)}"]
    if file.table == "invoices" and file.kind:
        why = {
            "documents": "# All that was billed, paid or not.",
            "open items": "# What was unpaid on one evening: import it with --snapshot DAY.",
        }
        lines += [why[file.kind], f"kind = {_value(file.kind)}"]
    for question in file.questions:
        if "." not in question.setting:
            lines += _open(question)
    return lines


def _open(question: Question) -> list[str]:
    lines = [f"# OPEN: {_comment(question.text)}"]
    for answer in question.answers:
        says = answer if "=" in answer else f"{question.setting} = {_answer(question, answer)}"
        lines.append(f"# {_comment_toml(says)}")
    return lines


def _answer(question: Question, answer: str) -> str:
    return _value((answer, "iso")) if question.setting == "dates" else _value(answer)


def _comment_toml(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _section(file: FileSuggestion, *, is_folder: bool) -> list[str]:
    stem = file.sheet or file.file.partition(".")[0]
    lines = [f"[{file.table}]", f"files = {_value([stem if is_folder else '*'])}"]
    if file.table != "customers" and not any(
        g.field.startswith(_ID[file.table]) for g in file.columns
    ):
        lines += [
            "# No column holds a number: rows are numbered by their place.",
            "numbered = true",
        ]
    lines += ["", f"[{file.table}.columns]"]
    for guess in file.columns:
        cells = ", ".join(_comment(sample) for sample in guess.samples)
        lines.append(f"# {guess.confidence:.0%}: {_comment(guess.why)}; {cells or 'no cells'}")
        lines.append(f"{guess.field} = {_source(guess.source)}")
    for question in file.questions:
        if "." in question.setting:
            lines.append(f"# OPEN {question.setting}: {_comment(question.text)}")
            if question.answers:
                lines.append(f"#   {_comment(', '.join(question.answers))}")
    if file.idle:
        lines.append(f"# Not read: {_comment(', '.join(file.idle))}")
    return lines


_ID = {"invoices": "invoice_id", "credits": "credit_id"}


def _source(source: FieldSource) -> str:
    column = source.columns[0]
    parts: dict[str, Any] = {}
    if source.minus:
        parts["minus"] = source.minus
    if source.values:
        parts["values"] = source.values
    if source.negative_when:
        parts["negative_when"] = source.negative_when
    return _value({"column": column, **parts}) if parts else _value(column)


def _value(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    # A basic string of TOML is written as JSON writes one, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").isalnum()
    return key if is_bare else _value(key)
