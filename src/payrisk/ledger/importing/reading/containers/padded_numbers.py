"""Padded numbers: cells of a workbook that are shown with more signs than they hold."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from payrisk.ledger.importing.reading.containers.packed_sheets import (
    attributes_of,
    column_number,
    sheet_part,
    text_pieces,
)

_PARTS = re.compile(r'"([^"]*)"|\\(.)|(0+)|([-/. ])')
_STYLES = "xl/styles.xml"
_MAX_STYLES = 1 << 24  # bytes


@dataclass(frozen=True)
class PaddedFormat:
    """How a whole number is shown: groups of digits, some of fixed width, and signs between."""

    parts: tuple[tuple[str, int], ...]

    def shown(self, digits: str) -> str:
        """The number as a spreadsheet shows it.

        >>> PaddedFormat((("INV-", 0), ("", 5))).shown("42")
        'INV-00042'
        """
        width = sum(n for _, n in self.parts)
        rest = digits.zfill(width)
        out: list[str] = []
        for place, (text, n) in enumerate(reversed(self.parts)):
            is_first = not any(w for _, w in self.parts[: len(self.parts) - place - 1])
            cut = 0 if is_first else len(rest) - n
            out.append(rest[cut:] if n else text)
            rest = rest[:cut] if n else rest
        return "".join(reversed(out))


def padded_format(code: str) -> PaddedFormat | None:
    """What a format code says where it is of zeros and fixed signs; None for any other.

    >>> padded_format("0000000")
    PaddedFormat(parts=(('', 7),))
    >>> padded_format("#,##0.00"), padded_format("0")
    (None, None)
    """
    positive = re.sub(r"\[[^\]]*\]", "", code).split(";", 1)[0].strip()
    parts: list[tuple[str, int]] = []
    end = 0
    for hit in _PARTS.finditer(positive):
        if hit.start() != end:
            return None
        end = hit.end()
        parts.append(("", len(hit[3])) if hit[3] else (hit[1] or hit[2] or hit[4] or "", 0))
    width = sum(n for _, n in parts)
    has_signs = any(text.strip() for text, n in parts if not n)
    is_decimal = re.search(r"0\.0", positive) is not None
    if end != len(positive) or is_decimal or width < 1 or (width == 1 and not has_signs):
        return None
    return PaddedFormat(tuple(parts))


def padded_cells(path: Path, sheet: str) -> dict[tuple[int, int], PaddedFormat]:
    """The cells of a sheet of an .xlsx file with such a format: {(row, column): it}, from 0.

    {} for other files, and where the workbook has no such format.
    """
    if not zipfile.is_zipfile(path):
        return {}
    out: dict[tuple[int, int], PaddedFormat] = {}
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


def _formats_by_style(parts: zipfile.ZipFile) -> dict[str, PaddedFormat]:
    """The padded formats of a workbook by the number of the style that cells name."""
    if _STYLES not in parts.namelist() or parts.getinfo(_STYLES).file_size > _MAX_STYLES:
        return {}
    xml = parts.read(_STYLES)
    codes = {
        element.get("numFmtId", ""): padded_format(element.get("formatCode", ""))
        for element in attributes_of(xml, "numFmt")
    }
    block = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", xml, re.DOTALL)
    if block is None or not any(codes.values()):
        return {}
    out = {}
    for place, element in enumerate(attributes_of(block[0], "xf")):
        code = codes.get(element.get("numFmtId", ""))
        if code is not None:
            out[str(place)] = code
    return out
