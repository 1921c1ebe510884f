"""The sentence for a field that no column fills: what it may be, and the line that says so."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence

from payrisk.errors import InputError
from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.containers.header_hint import likely_header
from payrisk.ledger.importing.reading.headers.synonyms import LIKELY, field_of_header
from payrisk.ledger.importing.reading.preset import Section, fields_of
from payrisk.ledger.importing.reading.sheet import Sheet, header_key

_ALIKE = 0.5


def mapping_line(table: str, field: str, header: str) -> str:
    """How a mapping says that a column fills a field, on top of the generic preset."""
    return f'preset = "generic" and, under [{table}.columns], {field} = "{header}"'


def missing_column(field: str, section: Section, sheet: Sheet) -> InputError:
    """The sentence for a required field that no column of the file fills.

    It offers the header that is likest, for a day only one whose cells are days; one that surely
    means something else is offered as that, to be chosen and not to be mistaken.
    """
    names = [c for s in section.fields.get(field, ()) for c in s.columns] or [field]
    lacks = f"{sheet.name} has no column for {field}"
    looked = f"{lacks} (looked for {', '.join(dict.fromkeys(names))})"
    known = {header_key(c) for way in section.fields.values() for s in way for c in s.columns}
    if row := likely_header(sheet.top, known, sheet.header):
        return InputError(f"{looked}; {row} in a mapping (--mapping FILE.toml).")
    headers = [h for h in sheet.header if h.strip()]
    if is_day := fields_of(section.table)[field].kind == "day":
        headers = [h for h in headers if _holds_days(h, sheet)]
    means = {header: _meaning(header, section.table) for header in headers}
    other = next((h for h in headers if means[h] not in ("", field)), "")
    closest = _closest([h for h in headers if means[h] in ("", field)], {*names, field}, means)
    if is_day and other and not closest:
        return InputError(
            f"{lacks}: the days in '{other}' are those of {means[other]}; if they shall count for"
            " both, say so in a mapping (--mapping FILE.toml), as in"
            f" {mapping_line(section.table, field, other)}."
        )
    hint = f"it has {', '.join(sheet.header[:8])}{' …' if len(sheet.header) > 8 else ''}"
    if closest:
        hint = f"the closest is '{closest}'"
    ways = "rename it or name it in a mapping (--mapping FILE.toml)"
    if field == "currency":
        ways += " or say the currency of the whole file with --currency"
    if field in ("invoice_id", "credit_id", "event_id", "application_id"):
        ways += f" or, if its rows have no ids, say numbered = true under [{section.table}] of one"
    return InputError(f"{looked}; {hint}: {ways}.")


def _closest(headers: Sequence[str], names: Collection[str], means: Mapping[str, str]) -> str:
    """The header that means a field or is likest to its names; '' where none is like them."""
    alike = {header: max(_likeness(header, name) for name in names) for header in headers}
    alike |= {header: 1.0 for header in headers if means[header]}
    best = max(alike, key=lambda header: alike[header], default="")
    return best if best and alike[best] >= _ALIKE else ""


def _meaning(header: str, table: str) -> str:
    """The field a header surely names, '' where it names none."""
    guesses = field_of_header(header, table)
    if header_key(header) in map(header_key, fields_of(table)):
        return next(f for f in fields_of(table) if header_key(f) == header_key(header))
    return guesses[0].field if guesses and guesses[0].confidence >= LIKELY else ""


def _holds_days(header: str, sheet: Sheet) -> bool:
    position = sheet.find(header)
    if position is None:
        return False
    parsed = cells.days(sheet.text(position), ("iso", "yyyymmdd", "m/d/y", "d/m/y", "y/m/d"))
    filled = ~parsed.empty
    return bool(filled.any() and (parsed.bad & filled).mean() < _ALIKE)


def _likeness(left: str, right: str) -> float:
    return difflib.SequenceMatcher(a=header_key(left), b=header_key(right)).ratio()
