"""The XML inside a workbook looked over before it is unpacked: its size, reach and errors."""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.containers.bounds import (
    MAX_GRID_CELLS,
    first_line,
    require_size,
)

_PIECE = 1 << 22
_LONGEST_ROW = 1 << 26  # bytes of XML in one row: 16,384 cells of 4 kB
_ROW_END = re.compile(rb"</(?:\w+:)?row>|</table:table-row>")
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*\bt=[\"']e[\"'])[^>]*\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]{1,20})<",
    re.DOTALL,
)
_IS_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_ATTRIBUTE = re.compile(r"(?:\w+:)?(\w+)=([\"'])(.*?)\2")
_REPEATED = re.compile(rb"number-(rows|columns)-repeated=[\"'](\d{1,9})[\"']")
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*)>")
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*)>")


def check_parts(path: Path, *, names_only: bool = False) -> None:
    """Raise InputError where unpacking a workbook would take more than an export's room.

    Sizes are compared as declared and as they turn out, then how far the cells of each sheet
    reach: a reader takes room for all from the first to the last. Files that are no zip pass.
    names_only: an .xlsx file's sheets will not be read, so they are not looked at.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as parts:
            entries = parts.infolist()
            packed = path.stat().st_size
            require_size(path.name, sum(entry.file_size for entry in entries), packed)
            size = 0
            for entry in entries:
                if names_only and _kind(entry.filename) == "xlsx":
                    continue
                reach = _REACH.get(_kind(entry.filename))
                reaching = reach(path.name) if reach else None
                grammar = expat.ParserCreate() if entry.filename.endswith(".xml") else None
                for rows in text_pieces(parts, entry):
                    size += len(rows)
                    require_size(path.name, size, packed)
                    if grammar is not None:
                        grammar.Parse(rows, False)
                    if reaching is not None:
                        reaching.add(rows)
                if grammar is not None:
                    grammar.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputError(
            f"{path.name} is damaged: {entry.filename} in it is no XML ({error}); save it again."
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(
            f"{path.name} cannot be read as a workbook ({first_line(error)}); save it again."
        ) from None


def errors_of(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """The cells of a sheet of an .xlsx file that hold an error: {(row, column): "#N/A"}, from 0.

    A reader that calls them empty would lose them. {} for other files.
    """
    if not zipfile.is_zipfile(path):
        return {}
    out: dict[tuple[int, int], str] = {}
    try:
        with zipfile.ZipFile(path) as parts:
            entry = sheet_part(parts, sheet)
            if entry is None:
                return {}
            for rows in text_pieces(parts, entry):
                if _IS_ERROR.search(rows):
                    for letters, row, text in _ERROR.findall(rows):
                        place = int(row) - 1, column_number(letters) - 1
                        out[place] = text.decode("utf-8", errors="replace")
    except (zipfile.BadZipFile, zlib.error, KeyError):
        return {}
    return out


def _kind(name: str) -> str:
    if name.startswith("xl/worksheets/") and name.endswith(".xml"):
        return "xlsx"
    return "ods" if name == "content.xml" else ""


def text_pieces(parts: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The text of a part in pieces that end where a row ends (of other parts: anywhere)."""
    rest = b""
    with parts.open(entry) as file:
        while piece := file.read(_PIECE):
            if not _kind(entry.filename):
                yield piece
                continue
            rest += piece
            end = max((m.end() for m in _ROW_END.finditer(rest)), default=0)
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > _LONGEST_ROW:
                raise zipfile.BadZipFile(f"a row of more than {_LONGEST_ROW >> 20} MiB")
    if rest:
        yield rest


class _Reach:
    """How far the filled cells of a sheet reach, piece by piece."""

    def __init__(self, name: str) -> None:
        self.name, self.n_rows, self.n_columns = name, 0, 0

    def _reached(self, row: int, column: int) -> None:
        self.n_rows, self.n_columns = max(self.n_rows, row), max(self.n_columns, column)
        if self.n_rows * self.n_columns > MAX_GRID_CELLS:
            raise InputError(
                f"{self.name} has cells as far as row {self.n_rows:,} and column"
                f" {self.n_columns:,}, more than can be read; delete what stands far outside the"
                " table, or export it as CSV."
            )


class _XlsxReach(_Reach):
    """Cells say where they stand, or stand one after the other."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._n_ends = 0

    def add(self, rows: bytes) -> None:
        """Take in some rows of XML; raises InputError beyond the bounds."""
        places = _CELL.findall(rows)
        last_row = max((int(row) for _, row in places), default=0)
        letters = {letters for letters, _ in places}
        self._reached(last_row, max(map(column_number, letters), default=0))
        lines = _ROW_END.split(rows)
        self._n_ends += len(lines) - 1
        if len(places) < len(_ANY_CELL.findall(rows)):
            self._reached(self._n_ends, max(len(_ANY_CELL.findall(line)) for line in lines))


class _OdsReach(_Reach):
    """Rows and cells are written once and repeated."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._n_passed = 0

    def add(self, rows: bytes) -> None:
        """Take in some rows of XML; raises InputError beyond the bounds."""
        for line in _ROW_END.split(rows):
            self._n_passed += sum(_repeats(m[1]) for m in _ODS_ROW.finditer(line))
            cells = [(_repeats(m[1]), b"value-type" in m[1]) for m in _ODS_CELL.finditer(line)]
            while cells and not cells[-1][1]:
                cells.pop()
            if cells:
                self._reached(self._n_passed, sum(repeats for repeats, _ in cells))


_REACH: dict[str, type[_XlsxReach | _OdsReach]] = {"xlsx": _XlsxReach, "ods": _OdsReach}


def _repeats(attributes: bytes) -> int:
    return max((int(n) for _, n in _REPEATED.findall(attributes)), default=1)


def column_number(letters: bytes) -> int:
    """The number of a column by its letters: 1 is A, 27 is AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def sheet_part(parts: zipfile.ZipFile, sheet: str) -> zipfile.ZipInfo | None:
    """The part of an .xlsx file that holds the sheet of this name."""
    names = parts.namelist()
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return None
    targets = {}
    for relation in attributes_of(parts.read("xl/_rels/workbook.xml.rels"), "Relationship"):
        targets[relation.get("Id", "")] = relation.get("Target", "")
    for element in attributes_of(parts.read("xl/workbook.xml"), "sheet"):
        if element.get("name") == sheet:
            target = targets.get(element.get("id", ""), "").lstrip("/")
            target = target if target.startswith("xl/") else f"xl/{target}"
            return parts.getinfo(target) if target in names else None
    return None


def counts_from_1904(path: Path) -> bool:
    """Whether an .xlsx file counts its days from 1904 on; False for other files."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as parts:
            xml = parts.read("xl/workbook.xml")
    except (zipfile.BadZipFile, zlib.error, KeyError):
        return False
    return any(e.get("date1904") in ("1", "true") for e in attributes_of(xml, "workbookPr"))


def attributes_of(xml: bytes, tag: str) -> list[dict[str, str]]:
    """The attributes of every element of a tag, prefixes aside."""
    text = xml.decode("utf-8", errors="replace")
    return [
        {key: html.unescape(value) for key, _, value in _ATTRIBUTE.findall(element)}
        for element in re.findall(rf"<(?:\w+:)?{tag}\s([^>]*)>", text)
    ]
