"""The column that fills each field of a file: the first the mapping names, or the one synonym."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow.compute as pc

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.headers.asking import mapping_line
from payrisk.ledger.importing.reading.headers.synonyms import LIKELY, SURE, field_of_header
from payrisk.ledger.importing.reading.preset import FieldSource, Section
from payrisk.ledger.importing.reading.sheet import Sheet, header_key


def choose_sources(
    sheet: Sheet, section: Section, *, by_synonyms: bool = False
) -> dict[str, FieldSource]:
    """The source each field uses in this file: the first whose columns the file has.

    by_synonyms: a field's own name counts before all others; where it is absent, the header that
    names the field in any language does. Raises InputError where two headers name it as well.
    """
    out = {}
    for field, sources in section.fields.items():
        source = next((s for s in sources if _serves(s, sheet)), None)
        if by_synonyms and _is_open(field, sources):
            own = FieldSource((field,))
            if _serves(own, sheet):
                source = own
            else:
                source = _synonym(field, sources, sheet, section.table) or source
        if source is not None:
            out[field] = source
    return out


def _serves(source: FieldSource, sheet: Sheet) -> bool:
    has = [sheet.find(column) is not None for column in source.columns]
    enough = any(has) if source.how == "first_filled" else all(has)
    return enough and all(sheet.find(column) is not None for column in source.needs)


def _is_open(field: str, sources: Sequence[FieldSource]) -> bool:
    """Whether a field is given as its own name and others like it, not as one certain column."""
    names = [name for source in sources for name in source.columns]
    plain = all(source == FieldSource(source.columns) for source in sources)
    return plain and len(names) > 1 and field in names


def _synonym(
    field: str, sources: Sequence[FieldSource], sheet: Sheet, table: str
) -> FieldSource | None:
    named = {header_key(column) for source in sources for column in source.columns}
    sure = {
        position: _confidence(header, field, table, is_named=header_key(header) in named)
        for position, header in enumerate(sheet.header)
        if sheet.find(header) == position
    }
    best = max(sure.values(), default=0.0)
    if best < LIKELY:
        return None
    positions = [position for position, confidence in sure.items() if confidence == best]
    first = sheet.text(positions[0])
    others = [p for p in positions[1:] if not pc.all(_same(first, sheet.text(p))).as_py()]
    if others:
        headers = [sheet.header[position] for position in (positions[0], *others)]
        raise InputError(
            f"{sheet.name} has {len(headers)} columns that may be {field}"
            f" ({', '.join(headers)}); say which one in a mapping, as in"
            f" {mapping_line(table, field, headers[0])}."
        )
    return FieldSource((sheet.header[positions[0]],))


def _confidence(header: str, field: str, table: str, *, is_named: bool) -> float:
    """How surely a header names the field; 0 where it names another one more surely."""
    by_field = {guess.field: guess.confidence for guess in field_of_header(header, table)}
    confidence = by_field.get(field, 0.0)
    if is_named and confidence < LIKELY:
        return SURE
    return confidence if confidence >= max(by_field.values(), default=0.0) else 0.0


def _same(left: object, right: object) -> object:
    return pc.fill_null(pc.equal(left, right), pc.equal(pc.is_null(left), pc.is_null(right)))
