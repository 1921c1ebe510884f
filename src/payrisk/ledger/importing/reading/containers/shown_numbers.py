"""Shown numbers: cells of a workbook whose number format says more than the number they hold."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from payrisk.ledger.importing.reading.containers.marked_numbers import (
    MarkedNumberFormat,
    parse_marked_format,
)
from payrisk.ledger.importing.reading.containers.packed_sheets import (
    attributes_of,
    column_number,
    sheet_part,
    text_pieces,
)
from payrisk.ledger.importing.reading.containers.padded_numbers import (
    PaddedNumberFormat,
    parse_padded_format,
)

_STYLES = "xl/styles.xml"
_MAX_STYLES = 1 << 24  # bytes
_BUILT_IN = {"9": "0%", "10": "0.00%"}
"""The formats of this kind that a workbook names without writing them down (ECMA-376, 18.8.30)."""


def formatted_cells(
    path: Path, sheet: str
) -> dict[tuple[int, int], PaddedNumberFormat | MarkedNumberFormat]:
    """The cells of a sheet of an .xlsx file with such a format: {(row, column): it}, from 0.

    {} for other files, and where the workbook has no such format.
    """
    if not zipfile.is_zipfile(path):
        return {}
    out: dict[tuple[int, int], PaddedNumberFormat | MarkedNumberFormat] = {}
    try:
        with zipfile.ZipFile(path) as parts:
            formats, entry = _formats_by_style(parts), sheet_part(parts, sheet)
            if not formats or entry is None:
                return {}
            styles = "|".join(sorted(formats)).encode()
            pattern = re.compile(
                rb"<(?:\w+:)?c\s(?=[^>]*\bs=[\"'](" + styles + rb")[\"'])"
                rb"(?=[^>]*\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'])"
            )
            for rows in text_pieces(parts, entry):
                for style, letters, row in pattern.findall(rows):
                    out[int(row) - 1, column_number(letters) - 1] = formats[style.decode()]
    except (zipfile.BadZipFile, zlib.error, KeyError):
        return {}
    return out


def _formats_by_style(
    parts: zipfile.ZipFile,
) -> dict[str, PaddedNumberFormat | MarkedNumberFormat]:
    """The telling formats of a workbook by the number of the style that cells name."""
    if _STYLES not in parts.namelist() or parts.getinfo(_STYLES).file_size > _MAX_STYLES:
        return {}
    xml = parts.read(_STYLES)
    codes = _BUILT_IN | {
        element.get("numFmtId", ""): element.get("formatCode", "")
        for element in attributes_of(xml, "numFmt")
    }
    formats = {
        name: parse_padded_format(code) or parse_marked_format(code)
        for name, code in codes.items()
    }
    block = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", xml, re.DOTALL)
    if block is None:
        return {}
    out = {}
    for place, element in enumerate(attributes_of(block[0], "xf")):
        shown = formats.get(element.get("numFmtId", ""))
        if shown is not None:
            out[str(place)] = shown
    return out
