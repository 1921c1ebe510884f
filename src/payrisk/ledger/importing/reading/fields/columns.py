"""From a file's columns to the text of each field, as its source says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Floats
from payrisk.errors import InputError
from payrisk.ledger.importing.reading.cells import Text, empty_cells, flags_of, strip_cells
from payrisk.ledger.importing.reading.preset import FieldSource, Section
from payrisk.ledger.importing.reading.sheet import Sheet


def field_text(source: FieldSource, sheet: Sheet, empty: tuple[str, ...] = ()) -> Text:
    """The text of one field for every row, empty cells null."""
    if source.how == "constant":
        text = constant_text(source.constant or "", len(sheet.rows))
    else:
        positions = [p for c in source.columns if (p := sheet.find(c)) is not None]
        parts = [sheet.text(position, empty) for position in positions]
        if source.whole:
            parts = [pc.replace_substring_regex(part, r"^(-?\d+)\.0+$", r"\1") for part in parts]
        if source.how == "join":
            text = pc.binary_join_element_wise(*parts, source.separator)
        else:
            text = parts[0] if len(parts) == 1 else pc.coalesce(*parts)
    if source.first_characters:
        text = strip_cells(pc.utf8_slice_codeunits(text, 0, source.first_characters))
    if source.values:
        text = _mapped(text, source)
    if source.minus:
        text = pc.coalesce(text, subtracted_text(source, sheet, empty))
    return _overruled(text, source, sheet, empty) if source.unless else text


def subtracted_text(source: FieldSource, sheet: Sheet, empty: tuple[str, ...] = ()) -> Text:
    """The text of the amount that is taken off, for every row."""
    position = sheet.find(source.minus)
    if position is None:
        raise InputError(
            f"{sheet.name} has no column '{source.minus}', which the mapping takes off; name the"
            " column of the other side."
        )
    return sheet.text(position, empty)


def _overruled(text: Text, source: FieldSource, sheet: Sheet, empty: tuple[str, ...]) -> Text:
    """The text with what cells of other columns say instead."""
    for column, meanings in source.unless.items():
        position = sheet.find(column)
        if position is None:
            continue
        cells = sheet.text(position, empty)
        for cell, value in meanings.items():
            hit = pc.is_valid(cells) if cell == "*" else pc.equal(cells, cell)
            meant = pa.scalar(value or None, pa.string())
            text = pc.if_else(pc.fill_null(hit, False), meant, text)
    return text


def cells_held_as_numbers(source: FieldSource, sheet: Sheet) -> Flags | None:
    """(n,) whether the container itself holds a field's cell as a number; None = nowhere."""
    fits = source.how in ("column", "first_filled")
    if not fits or source.values or source.first_characters or not sheet.typed:
        return None
    positions = [p for c in source.columns if (p := sheet.find(c)) is not None]
    if len(positions) == 1:
        return sheet.typed[positions[0]]
    typed = np.zeros(len(sheet.rows), dtype=bool)
    for position in reversed(positions):
        typed = np.where(empty_cells(sheet.text(position)), typed, sheet.is_typed(position))
    return typed


def constant_text(value: str, n: int) -> Text:
    """The same text n times."""
    return pa.array([value], pa.string()).take(pa.array(np.zeros(n, dtype=np.int64)))


def _mapped(text: Text, source: FieldSource) -> Text:
    names = pa.array(list(source.values), pa.string())
    meant = pa.array(list(source.values.values()), pa.string())
    place = pc.index_in(text, value_set=names, skip_nulls=True)
    unmapped = text if source.otherwise is None else pa.scalar(source.otherwise, pa.string())
    return strip_cells(pc.if_else(pc.is_valid(place), meant.take(place), unmapped))


def divisors(source: FieldSource, sheet: Sheet) -> Floats | None:
    """(n,) rates by which a field's amounts are to be divided; None when there are none."""
    if not source.divide_by:
        return None
    out = np.ones(len(sheet.rows))
    for column, rate_by in source.divide_by.items():
        cells = _cells(column, sheet)
        for cell, rate in rate_by.items():
            out[flags_of(pc.equal(cells, cell))] = rate
    return out


def sign_flips(source: FieldSource, sheet: Sheet) -> Flags:
    """(n,) whether a field's amounts change their sign."""
    out = np.full(len(sheet.rows), source.negate)
    for column, marks in source.negative_when.items():
        out ^= flags_of(pc.is_in(_cells(column, sheet), value_set=pa.array(list(marks))))
    return out


_CREDIT_SIDE = frozenset(["h", "haben", "c", "cr", "k", "kredit", "credit", "avere", "haber"])
_DEBIT_SIDE = frozenset(["s", "soll", "d", "dr", "db", "deb", "debit", "debet", "dare", "debe"])


def cells_without_side(source: FieldSource, sheet: Sheet) -> Flags:
    """(n,) whether a cell that tells the side of an amount is neither a debit nor a credit.

    Where all but the credits are alike, as empty, they are the debits.
    """
    out = np.zeros(len(sheet.rows), dtype=bool)
    for column, marks in source.negative_when.items():
        if not {mark.lower() for mark in marks} <= _CREDIT_SIDE:
            continue
        cells = pc.fill_null(_cells(column, sheet), "")
        others = {c for c in pc.unique(cells).to_pylist() if c not in marks}
        if len(others) > 1:
            odd = [c for c in others if c.lower() not in _DEBIT_SIDE]
            out |= flags_of(pc.is_in(cells, value_set=pa.array(odd, pa.string())))
    return out


def _cells(column: str, sheet: Sheet) -> Text:
    position = sheet.find(column)
    if position is None:
        raise InputError(
            f"{sheet.name} has no column '{column}', which the mapping needs to read amounts."
        )
    return sheet.text(position)


def used_columns(section: Section, picked: Mapping[str, FieldSource]) -> set[str]:
    """Names of the columns that this section makes something of."""
    names = {c for s in picked.values() for c in (*s.columns, *s.needs, *s.divide_by)}
    names |= {c for s in picked.values() for c in (*s.negative_when, *s.unless, *s.plus_days)}
    names |= {s.minus for s in picked.values() if s.minus}
    names |= set(section.numbered_by)
    return names | set(section.attributes.values()) | {d.column for d in section.dropped}
