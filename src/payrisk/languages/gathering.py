"""Gathers the strings of templates and modules, and brings a language's .po file up to date."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from payrisk.languages.catalogues import FOLDER

METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "counted": (1, 2),
    "marked": None,
    "wording": None,
}
OPTIONS = {
    "**.html": {"newstyle_gettext": "true", "trimmed": "true", "extensions": "jinja2.ext.do"}
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)[^}]*\}|%%")


def gather_strings(folders: Iterable[Path], sentences: Iterable[str] = ()) -> Catalog:
    """Every string that is shown: those of the folders' files, and sentences kept elsewhere."""
    catalog = Catalog(project="payrisk", fuzzy=False)
    for folder in folders:
        for _file, _line, message, comments, _context in extract_from_dir(
            folder, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS
        ):
            catalog.add(message, auto_comments=comments)
    for sentence in sentences:
        catalog.add(sentence)
    return catalog


def read_language(language: str, folder: Path = FOLDER) -> Catalog:
    """The translations of a language as they are written down; empty where there are none."""
    path = folder / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="payrisk", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update_catalogue(
    language: str,
    template: Catalog,
    translated: Mapping[str, Sequence[str]] = MappingProxyType({}),
    folder: Path = FOLDER,
    wished: Iterable[str] = (),
) -> bytes:
    """The .po file of a language: translations of what is shown, empty where there is none yet.

    translated: forms by string, `singular || plural` where it counts; they come before the file's.
    wished: sentences that stay out of the file as long as they have no translation.
    What is shown nowhere any more leaves the file; nothing is guessed from similar strings. The
    order is that of the strings, so that two people's additions seldom meet.
    """
    before = read_language(language, folder)
    after = Catalog(locale=language, project="payrisk", fuzzy=False, header_comment="")
    for message in template:
        if not message.id:
            continue
        sources = _forms(message.id)
        known = before.get(sources[0])
        string = known.string if known is not None and known.id == message.id else None
        forms = translated.get(" || ".join(sources))
        if forms is not None:
            string = tuple(forms) if isinstance(message.id, tuple) else forms[0]
        after.add(message.id, string, flags=message.flags)
    for sentence in wished:
        entry = before.get(sentence)
        forms = translated.get(sentence)
        string = forms[0] if forms is not None else entry.string if entry is not None else ""
        if string:
            after.add(sentence, string)
    file = io.BytesIO()
    write_po(file, after, sort_output=True, omit_header=False, width=99)
    kept = [
        line
        for line in file.getvalue().decode().splitlines()
        if not line.startswith(
            ('"POT-', '"PO-Rev', '"Last-', '"Language-Team', '"Generated', '"Project', '"Report')
        )
    ]
    return ("\n".join(kept).strip() + "\n").encode()


def _forms(text: Any) -> tuple[str, ...]:
    """The forms of a string: one, or those of a string that counts."""
    return tuple(text) if isinstance(text, tuple | list) else (text or "",)


def placeholders(text: str) -> list[str]:
    """Names of what a string leaves open, sorted.

    >>> placeholders("%(n)s of {total:.1%}")
    ['n', 'total']
    """
    return sorted({a or b for a, b in PLACEHOLDER.findall(text)} - {""})


def defects(
    language: str, template: Catalog, same: Iterable[str], folder: Path = FOLDER
) -> list[str]:
    """What is wrong with a language: missing, with other placeholders, or equal to its source.

    same: strings that may read alike in two languages.
    """
    catalog, may_be_same, wrong = read_language(language, folder), frozenset(same), []
    for message in template:
        if not message.id:
            continue
        sources = _forms(message.id)
        known = catalog.get(sources[0])
        forms = () if known is None else _forms(known.string)
        if not forms or not all(forms) or (known is not None and known.fuzzy):
            wrong.append(f"{language}: no translation of '{sources[0]}'")
        for form in filter(None, forms):
            if placeholders(form) not in [placeholders(source) for source in sources]:
                wrong.append(f"{language}: other placeholders in '{form}'")
            elif form in sources and form not in may_be_same:
                wrong.append(f"{language}: '{form}' is as in the source")
    return wrong
