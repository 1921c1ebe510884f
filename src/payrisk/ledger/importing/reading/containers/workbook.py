"""Workbooks: the sheets of .xlsx, .xls and .ods files, cells with their types."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from payrisk.errors import InputError
from payrisk.ledger.importing.reading.containers.bounds import (
    MAX_GRID_CELLS,
    MAX_TEXT_BYTES,
    first_line,
)
from payrisk.ledger.importing.reading.containers.csv_text import empty_file, no_header_left
from payrisk.ledger.importing.reading.containers.formulas import uncalculated_formula_problems
from payrisk.ledger.importing.reading.containers.grid import N_TOP, Grid, Layout, joined_header
from payrisk.ledger.importing.reading.containers.packed_sheets import (
    check_parts,
    counts_from_1904,
    errors_of,
)
from payrisk.ledger.importing.reading.containers.shown_numbers import formatted_cells

_BLOCK = 20_000  # rows turned into columns at a time


def workbook_sheets(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook, in its order; raises InputError when it cannot be read."""
    return tuple(_opened(path, names_only=True).sheet_names)


def table_sheets(path: Path, but: Collection[str]) -> tuple[str, ...]:
    """The sheets besides those in `but` that people see and that hold a table of two rows or more.

    Raises InputError when the workbook cannot be read.
    """
    names = workbook_sheets(path)
    if set(names) <= set(but):
        return ()
    book = _opened(path)
    seen = [m.name for m in book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
    sheets = [
        _calamine(path, lambda name=name: book.get_sheet_by_name(name))
        for name in seen
        if name not in but
    ]
    return tuple(s.name for s in sheets if s.height > 1 and s.width > 2)


def workbook_grid(path: Path, sheet: str | None, layout: Layout) -> Grid:
    """One sheet (default: the first); raises InputError when it is damaged, empty or too large.

    A number is written as the shortest text that is exactly it, a day as ISO, both marked typed;
    an error (#N/A) as its text; a whole number that is shown with leading zeros or signs of its
    format is an id, and written as it is shown; a number shown as per cent, in a currency or on a
    side is written with that.
    """
    book = _opened(path)
    name = sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise InputError(
            f"{path.name} has no sheet '{name}'; it has {', '.join(book.sheet_names[:8])}."
        )
    columns, typed, top = _columns(_calamine(path, lambda: book.get_sheet_by_name(name)), path)
    n_lines = len(columns[0]) if columns else 0
    if not n_lines:
        raise empty_file(path.name)
    for (row, column), text in errors_of(path, name).items():
        if column < len(columns) and row < n_lines:
            columns[column][row] = text
    for (row, column), shown in formatted_cells(path, name).items():
        if column < len(columns) and row < n_lines and typed[column][row]:
            columns[column][row] = shown.displayed_text(columns[column][row])
    begin = _first_filled(columns, layout.skip_rows)
    if begin is None:
        raise no_header_left(path.name, layout.skip_rows)
    first = begin + layout.header_rows
    lines = [[column[i] for column in columns] for i in range(begin, min(first, n_lines))]
    header = joined_header(lines) if layout.header_rows > 1 else tuple(lines[0])
    n = max(n_lines - first, 0)
    shown_name = f"{path.name}:{name}" if len(book.sheet_names) > 1 else path.name
    return Grid(
        name=shown_name,
        header=header,
        columns=tuple(pa.chunked_array([column[first:]], pa.string()) for column in columns),
        typed=tuple(np.array(marks[first:], dtype=bool) for marks in typed),
        rows=np.arange(1, n + 1, dtype=np.int64),
        n_rows=n,
        problems=uncalculated_formula_problems(path, name, shown_name),
        top=top,
        from_1904=counts_from_1904(path),
    )


def _opened(path: Path, *, names_only: bool = False) -> CalamineWorkbook:
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise InputError(
            f"{path.name} is larger than {MAX_TEXT_BYTES >> 20} MiB; split it and import the"
            " parts."
        )
    check_parts(path, names_only=names_only)
    book: CalamineWorkbook = _calamine(
        path, lambda: CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    )
    if not book.sheet_names:
        raise empty_file(path.name)
    return book


def _calamine(path: Path, read: Any) -> Any:
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # calamine's own panics are no Exception
        hint = "save it again"
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            hint = "save it without a password"
        raise InputError(
            f"{path.name} cannot be read as a workbook ({first_line(error)}); {hint}."
        ) from None


def _columns(
    sheet: Any, path: Path
) -> tuple[list[list[str]], list[list[bool]], tuple[tuple[str, ...], ...]]:
    """The cells as columns of text, where they are typed, and the first lines."""
    n_columns, n_lines = sheet.total_width, sheet.total_height
    if n_columns * n_lines > MAX_GRID_CELLS:
        raise InputError(
            f"{path.name} reaches over {n_lines:,} rows and {n_columns:,} columns, more than can"
            " be read; delete what stands far outside the table, or export it as CSV."
        )
    columns: list[list[str]] = []
    typed: list[list[bool]] = []
    block: list[Sequence[Any]] = []

    def turn() -> None:
        for position, cells in enumerate(zip(*block, strict=True)):
            if position == len(columns):
                columns.append([])
                typed.append([])
            columns[position] += [v if type(v) is str else _text(v) for v in cells]
            typed[position] += [type(v) is not str for v in cells]
        block.clear()

    for row in _calamine(path, sheet.iter_rows):
        block.append(row)
        if len(block) == _BLOCK:
            turn()
    turn()
    n_top = min(N_TOP, len(columns[0])) if columns else 0
    top = tuple(tuple(column[i] for column in columns) for i in range(n_top))
    return columns, typed, top


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value)


def _first_filled(columns: Sequence[Sequence[str]], begin: int) -> int | None:
    """The first line from `begin` on with a cell that is filled."""
    lines = range(begin, len(columns[0]))
    return next((i for i in lines if any(column[i].strip() for column in columns)), None)


def is_workbook(head: bytes, path: Path) -> bool:
    """Whether a file is a workbook by what it holds, whatever its name says."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return True
    if not head.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(path) as parts:
            names = parts.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True  # so that the sentence is about a damaged workbook
    return any(name.startswith("xl/") or name == "content.xml" for name in names)
