"""One file as columns of text, whether CSV, compressed CSV, XLSX or Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from payrisk.arrays import Days, Flags
from payrisk.errors import InputError
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.importing.reading.cells import Text, one_array, tidy

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls", ".ods")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_HEAD = 1 << 16  # bytes in which a header line must end


@dataclass(frozen=True)
class Sheet:
    """The rows of one file (or of one sheet of a workbook) as columns of text.

    name: for messages. header: as written. columns: one per header. rows: (n,) number of each
    row, 1 = first row of data, rows set aside counted. problems: rows that have no columns.
    typed: per column (n,) bool, where the container holds a number or date, None = nowhere.
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[Any, ...]
    rows: Days
    n_rows: int
    problems: tuple[Problem, ...] = ()
    typed: tuple[Flags | None, ...] = ()

    def find(self, name: str) -> int | None:
        """Position of a column, case, spaces and underscores aside; None when there is none."""
        key = header_key(name)
        return next((i for i, h in enumerate(self.header) if header_key(h) == key), None)

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
        return tidy(one_array(text), empty_words)


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
    return tuple(_workbook(path).sheet_names) if suffix_of(path) in _WORKBOOKS else ()


def read_sheet(
    path: Path, *, sheet: str | None = None, delimiter: str = "", skip_rows: int = 0
) -> Sheet:
    """Read a file, or one sheet of a workbook (default: its first).

    delimiter: '' = the one that the header line uses most. skip_rows: lines above the header.
    Raises InputError for a file that is absent, empty, of another kind or damaged.
    """
    suffix = suffix_of(path)
    if not path.exists():
        raise InputError(f"There is no file {path}; check the path.")
    if not suffix:
        raise InputError(
            f"{path.name} is none of the kinds that can be read ({', '.join(SUFFIXES)});"
            " export it as one of them."
        )
    try:
        if not path.stat().st_size:
            raise _empty(path)
        if suffix == ".parquet":
            return _parquet(path)
        if suffix in _WORKBOOKS:
            return _spreadsheet(path, sheet, skip_rows)
        return _csv(path, delimiter or ("\t" if suffix == ".tsv" else ""), skip_rows)
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({error.strerror or error}).") from None


def _empty(path: Path) -> InputError:
    return InputError(f"{path.name} is empty; it needs a header line and at least one row.")


def _without_blank_rows(columns: Sequence[Any], rows: Days) -> tuple[list[Any], Days]:
    """Rows in which every cell is empty are no rows: spreadsheets end in hundreds of them."""
    if not columns or not len(rows):
        return list(columns), rows
    filled = np.zeros(len(rows), dtype=bool)
    for column in columns:
        if filled.all():
            return list(columns), rows
        has = pc.is_valid(column)
        if pa.types.is_string(column.type):
            has = pc.fill_null(pc.not_equal(column, ""), False)
        filled |= np.asarray(has).astype(bool)
    if filled.all():
        return list(columns), rows
    return [column.filter(pa.array(filled)) for column in columns], rows[filled]


def _parquet(path: Path) -> Sheet:
    try:
        table = pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be read as Parquet ({_first_line(error)}); export it again."
        ) from None
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return Sheet(path.name, tuple(table.column_names), tuple(table.columns), rows, table.num_rows)


def _workbook(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except Exception as error:  # calamine raises many kinds, all of them a damaged file
        raise InputError(
            f"{path.name} cannot be read as a workbook ({_first_line(error)}); save it again."
        ) from None


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return str(value)


def _spreadsheet(path: Path, sheet: str | None, skip_rows: int) -> Sheet:
    book = _workbook(path)
    name = sheet or book.sheet_names[0]
    cells = book.get_sheet_by_name(name).to_python()[skip_rows:]
    if not cells:
        raise _empty(path)
    header = [_cell(value) for value in cells[0]]
    columns = [
        pa.chunked_array([list(map(_cell, c))], pa.string()) for c in zip(*cells[1:], strict=True)
    ]
    columns = columns or [pa.chunked_array([], pa.string()) for _ in header]
    columns, rows = _without_blank_rows(columns, np.arange(1, len(cells), dtype=np.int64))
    title = f"{path.name}:{name}" if len(book.sheet_names) > 1 else path.name
    return Sheet(title, tuple(header), tuple(columns), rows, len(rows))


def _text_of(path: Path) -> tuple[bytes, tuple[Problem, ...]]:
    """The file as UTF-8 bytes, from UTF-8, UTF-16 or, failing those, Windows-1252."""
    raw = path.read_bytes()
    if path.name.lower().endswith(".gz"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                f"{path.name} is a damaged gzip file ({_first_line(error)}); copy it again."
            ) from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace").encode(), ()
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        problem = Problem(
            "encoding", "not UTF-8, read as Windows-1252 text", "noted", file=path.name
        )
        return raw.decode("cp1252", errors="replace").encode(), (problem,)
    return raw, ()


def _delimiter(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return max(",;\t|", key=lambda sign: (bare.count(sign), sign == ","))


def _csv(path: Path, delimiter: str, skip_rows: int) -> Sheet:
    raw, problems = _text_of(path)
    for _ in range(skip_rows):
        raw = raw.partition(b"\n")[2]
    raw = raw.lstrip(b"\r\n")
    if not raw.strip():
        raise _empty(path)
    head = raw[:_HEAD].decode("utf-8", errors="ignore")
    delimiter = delimiter or _delimiter(head.splitlines()[0])
    header = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    ragged: list[Any] = []

    def keep(row: Any) -> str:
        ragged.append(row)
        return "skip"

    try:
        table = pa_csv.read_csv(
            pa.BufferReader(raw if raw.endswith(b"\n") else raw + b"\n"),
            read_options=pa_csv.ReadOptions(
                autogenerate_column_names=True, use_threads=False, block_size=1 << 24
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={f"f{i}": pa.string() for i in range(len(header))},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            f"{path.name} cannot be read as CSV ({_first_line(error)}); export it again."
        ) from None
    problems += tuple(
        Problem(
            "wrong_number_of_cells",
            f"{row.actual_columns} cells where the header has {row.expected_columns}",
            "quarantined",
            file=path.name,
            row=row.number - 1,
        )
        for row in ragged
    )
    n_all = table.num_rows - 1 + len(ragged)
    in_line = np.ones(n_all, dtype=bool)
    in_line[[row.number - 2 for row in ragged]] = False
    rows = np.flatnonzero(in_line) + 1
    columns = [column.slice(1) for column in table.columns]
    _closed_quotes(path, columns, rows)
    columns, rows = _without_blank_rows(columns, rows)
    n_rows = len(rows) + len(ragged)
    return Sheet(path.name, tuple(header), tuple(columns), rows, n_rows, problems)


def _closed_quotes(path: Path, columns: Sequence[Any], rows: Days) -> None:
    """A quote opened and never closed swallows the rest of the file: refuse it."""
    if not len(rows):
        return
    for column in columns:
        last = column[-1].as_py()
        if last.endswith("\n"):
            raise InputError(
                f"A quotation mark opened in row {rows[-1]} of {path.name} is never closed;"
                " close or double it."
            )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
