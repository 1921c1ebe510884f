"""Sheet: one file as columns of text, and how it is read, whatever it is kept in."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Days, Flags
from payrisk.errors import InputError
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.cells import Text, combine_chunks, strip_cells
from payrisk.ledger.importing.reading.containers.bounds import bounded_bytes, require_file
from payrisk.ledger.importing.reading.containers.captions import (
    caption_rows,
    rows_starting_with_title,
)
from payrisk.ledger.importing.reading.containers.csv_text import csv_grid, empty_file
from payrisk.ledger.importing.reading.containers.grid import CAPTION, Grid, Layout
from payrisk.ledger.importing.reading.containers.no_tables import kind_without_rows
from payrisk.ledger.importing.reading.containers.parquet import parquet_grid
from payrisk.ledger.importing.reading.containers.web_page import is_page, page_grid
from payrisk.ledger.importing.reading.containers.workbook import (
    is_workbook,
    table_sheets,
    workbook_grid,
    workbook_sheets,
)

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls", ".ods")
_WORKBOOKS = (".xlsx", ".xlsm", ".ods")
_HEAD = 1 << 12  # bytes by which it is told what a file is
_FULL = (65_536, 1_048_576)  # lines of a sheet, in .xls and .xlsx


@dataclass(frozen=True)
class Sheet:
    """The rows of one file (or of one sheet of a workbook) as columns of text.

    name: for messages. header: as written. columns: one per header. rows: (n,) number of each
    row, 1 = first row of data, rows set aside counted. problems: rows that have no columns.
    typed: per column where cells are numbers or days of the file itself, or None; () = nowhere.
    top: the first lines as cells, title block included, of which `skip_rows` were left out.
    from_1904: whether numbers that are days count from 1904.
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[Any, ...]
    rows: Days
    n_rows: int
    problems: tuple[Problem, ...] = ()
    typed: tuple[Flags | None, ...] = ()
    top: tuple[tuple[str, ...], ...] = ()
    skip_rows: int = 0
    from_1904: bool = False

    def find(self, name: str) -> int | None:
        """Position of a column, case, spaces and underscores aside; None when there is none."""
        key = header_key(name)
        return next((i for i, h in enumerate(self.header) if header_key(h) == key), None)

    def is_typed(self, position: int) -> Flags:
        """(n,) where a column's cells are numbers (decimal point), days (ISO) or true and false.

        No grammar of a mapping applies to them.
        """
        marks = self.typed[position] if self.typed else None
        return np.zeros(len(self.rows), dtype=bool) if marks is None else marks

    def text(self, position: int, empty_words: Sequence[str] = ()) -> Text:
        """A column as tidy text; raises InputError when its cells are no plain values."""
        column = self.columns[position]
        kind = column.type
        try:
            if pa.types.is_dictionary(kind):
                column = column.cast(kind.value_type)
            if pa.types.is_timestamp(column.type):
                # A day is the day on the wall where the file was written, not the day in UTC.
                local = pc.local_timestamp(column) if column.type.tz else column
                column = pc.floor_temporal(local, unit="day").cast(pa.date32(), safe=False)
            text = column.cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise InputError(
                f"Column '{self.header[position]}' of {self.name} holds {kind},"
                " which is no plain value; export it as text, number or date."
            ) from None
        if pa.types.is_floating(column.type):
            text = pc.replace_substring_regex(text, r"^(-?\d+)\.0$", r"\1")
            text = pc.if_else(pc.equal(text, "nan"), pa.scalar(None, pa.string()), text)
        return strip_cells(combine_chunks(text), empty_words)


@lru_cache(maxsize=10_000)
def header_key(header: str) -> str:
    """A header as it is compared: lower case, no spaces, underscores or hyphens."""
    return re.sub(r"[\s_\-]+", "", header).lower()


def suffix_of(path: Path) -> str:
    """The known suffix of a file name in lower case; '' for any other."""
    return next((s for s in SUFFIXES if path.name.lower().endswith(s)), "")


def stem_of(path: Path) -> str:
    """The file name without its known suffix, in lower case."""
    return path.name[: len(path.name) - len(suffix_of(path))].lower()


def sheet_names(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook; () for any other file. Raises InputError when unreadable."""
    if not path.is_file() or not suffix_of(path) or not path.stat().st_size:
        return ()
    return workbook_sheets(path) if _kind(path, _head(path)) == "workbook" else ()


def unread_sheets(path: Path, read: Collection[str]) -> tuple[str, ...]:
    """The sheets of a workbook that hold tables besides those read; () for other files."""
    return table_sheets(path, read) if sheet_names(path) else ()


def is_text(path: Path) -> bool:
    """Whether a file is delimited text, whatever its name says."""
    return path.is_file() and bool(suffix_of(path)) and _kind(path, _head(path)) == "text"


def read_sheet(path: Path, *, sheet: str | None = None, layout: Layout | None = None) -> Sheet:
    """Read a file, or one sheet of a workbook (default: its first).

    What a file is, its first bytes say rather than its name: an .xls may be a page or plain text.
    Raises InputError for a file that is absent, empty, of another kind, damaged or too large.
    """
    layout = layout or Layout()
    require_file(path)
    if not suffix_of(path):
        _refuse_what_has_no_rows(path, _head(path))
        raise InputError(
            f"{path.name} is none of the kinds that can be read ({', '.join(SUFFIXES)});"
            " export it as one of them."
        )
    try:
        return _sheet(_grid(path, sheet, layout), layout)
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({error.strerror or error}).") from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _kind(path: Path, head: bytes) -> str:
    suffix = suffix_of(path)
    if suffix == ".parquet" or head.startswith(b"PAR1"):
        return "parquet"
    if is_workbook(head, path) or (suffix in _WORKBOOKS and head.startswith(b"PK")):
        return "workbook"
    return "page" if is_page(head) else "text"


def _grid(path: Path, sheet: str | None, layout: Layout) -> Grid:
    head = _head(path)
    if not head:
        raise empty_file(path.name)
    kind = _kind(path, head)
    if kind == "parquet":
        return parquet_grid(path)
    if kind == "workbook":
        return workbook_grid(path, sheet, layout)
    if head.startswith(b"PK\x03\x04"):
        raise InputError(f"{path.name} is a zip archive; unpack it and give the files in it.")
    if kind == "text":
        _refuse_what_has_no_rows(path, head)
    raw = bounded_bytes(path)
    return page_grid(raw, path, layout) if kind == "page" else csv_grid(raw, path, layout)


def _refuse_what_has_no_rows(path: Path, head: bytes) -> None:
    """Raise InputError for a file whose first bytes say that it holds no table."""
    kind = kind_without_rows(head)
    if kind:
        raise InputError(
            f"{path.name} is {kind}, which holds no rows that can be read; export the invoices,"
            f" or the payments, as a table ({', '.join(SUFFIXES)})."
        )


def _sheet(grid: Grid, layout: Layout) -> Sheet:
    """The grid without blank rows, groups filled down."""
    n_apart = grid.n_rows - len(grid.rows)
    columns, typed, rows = _without_blank_rows(grid.columns, grid.typed, grid.rows)
    whole = Sheet(
        grid.name,
        grid.header,
        tuple(columns),
        rows,
        len(rows) + n_apart,
        grid.problems + _full_sheet(grid, layout),
        tuple(typed),
        grid.top,
        layout.skip_rows,
        grid.from_1904,
    )
    if layout.titles and whole.columns:
        whole = without_rows(whole, rows_starting_with_title(whole.text(0), layout.titles))
        columns, typed = list(whole.columns), list(whole.typed)
    for name in layout.fill_down:
        position = whole.find(name)
        if position is None:
            raise InputError(f"{grid.name} has no column '{name}', which the mapping fills down.")
        columns[position], typed[position] = _filled_down(columns[position], typed[position])
    if layout.fill_down:
        whole = _with_columns(whole, columns, typed)
    return whole if layout.captions is None else _with_captions(whole, layout.captions)


def _with_captions(sheet: Sheet, name: str) -> Sheet:
    """The sheet with the captions of its groups as a column, and without their own rows."""
    position = sheet.find(name)
    if position is None:
        raise InputError(
            f"{sheet.name} has no column '{name}', in which the mapping has captions."
        )
    caption, alone = caption_rows([sheet.text(i) for i in range(len(sheet.columns))], position)
    marked = replace(
        sheet,
        header=(*sheet.header, CAPTION),
        columns=(*sheet.columns, pa.chunked_array([caption])),
        typed=(*(sheet.typed or (None,) * len(sheet.columns)), None),
    )
    return without_rows(marked, alone)


def without_rows(sheet: Sheet, apart: Flags) -> Sheet:
    """The sheet without some of its rows, which are not counted."""
    if not apart.any():
        return sheet
    rest = pa.array(~apart)
    return replace(
        sheet,
        columns=tuple(column.filter(rest) for column in sheet.columns),
        typed=tuple(None if marks is None else marks[~apart] for marks in sheet.typed),
        rows=sheet.rows[~apart],
        n_rows=sheet.n_rows - int(apart.sum()),
    )


def _with_columns(sheet: Sheet, columns: Sequence[Any], typed: Sequence[Flags | None]) -> Sheet:
    return replace(sheet, columns=tuple(columns), typed=tuple(typed))


def _full_sheet(grid: Grid, layout: Layout) -> tuple[Problem, ...]:
    """A doubt where a table ends with the last row that a spreadsheet has."""
    n_lines = grid.n_rows + layout.header_rows
    if n_lines not in _FULL and n_lines + layout.skip_rows not in _FULL:
        return ()
    message = f"{n_lines:,} lines are all that a spreadsheet holds: rows below may be missing"
    return (Problem("full_sheet", message, "doubted", grid.name, grid.n_rows),)


def _filled_down(column: Any, typed: Flags | None) -> tuple[Any, Flags | None]:
    """Empty cells take what stands above them."""
    flat = pa.chunked_array([combine_chunks(column)])
    if pa.types.is_string(flat.type):
        blank = pc.equal(pc.utf8_trim_whitespace(flat), "")
        flat = pc.if_else(blank, pa.scalar(None, pa.string()), flat)
    if typed is not None and len(typed):
        filled = np.asarray(pc.is_valid(flat)).astype(bool)
        above = np.maximum.accumulate(np.where(filled, np.arange(len(filled)), 0))
        typed = typed[above]
    return pc.fill_null_forward(flat), typed


def _without_blank_rows(
    columns: Sequence[Any], typed: Sequence[Flags | None], rows: Days
) -> tuple[list[Any], list[Flags | None], Days]:
    """Rows in which every cell is empty are no rows: spreadsheets end in hundreds of them."""
    filled = np.zeros(len(rows), dtype=bool)
    for column in columns:
        if filled.all():
            break
        has = pc.is_valid(column)
        if pa.types.is_string(column.type):
            has = pc.fill_null(pc.not_equal(column, ""), False)
        filled |= np.asarray(has).astype(bool)
    if filled.all():
        return list(columns), list(typed), rows
    kept = [column.filter(pa.array(filled)) for column in columns]
    return kept, [None if t is None else t[filled] for t in typed], rows[filled]
