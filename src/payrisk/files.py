"""Tables as people and programs read them: plain rows, JSON, CSV, Parquet and XLSX files."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from payrisk.calendar import date_of, iso_or_none
from payrisk.errors import InputError
from payrisk.money import decimal_of

DAYS = frozenset({"as_of", "close_of", "known_before"})
"""Day columns whose names do not end in `_on`."""

FORMATS = (".csv", ".parquet", ".xlsx")

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet read text as a formula."""

MAX_SHEET_ROWS = 1_048_575

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Chart:
    """Lines drawn from a sheet, beside its rows: one chart for each value of the column `each`.

    table: whose columns; across: the horizontal column; bars, lines: columns drawn so. Rows of
    one value of `each` must stand together.
    """

    table: str
    each: str
    across: str
    bars: tuple[str, ...]
    lines: tuple[str, ...] = ()


def known_format(path: Path) -> str:
    """The suffix of a path that can be written; raises InputError for any other."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            f"'{path.name}' names no known format; end it in .csv, .parquet or .xlsx."
        )
    return suffix


def write_tables(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    money: Collection[str] = (),
    chart: Chart | None = None,
) -> list[Path]:
    """Write tables by the suffix of `path` and return the files written.

    .xlsx takes one sheet a table, with typed cells; .csv and .parquet take the first table in
    `path` and each further one beside it as `<stem>-<name>`. Columns in `money` are minor units
    and come out in the decimals of the row's `currency`; `*_on` columns as dates. Text that a
    spreadsheet would run as a formula is disarmed. chart: drawn in .xlsx only. Raises
    InputError for another suffix, a folder that cannot be written, or more rows than a sheet
    holds.
    """
    writers: dict[str, Callable[[Path, dict[str, Columns]], None]] = {
        ".csv": _write_csv,
        ".parquet": _write_parquet,
        ".xlsx": lambda target, content: _write_xlsx(target, content, chart),
    }
    suffix = known_format(path)
    plain = {name: plain_columns(table, money) for name, table in tables.items()}
    if suffix == ".xlsx":
        parts = {path: plain}
    else:
        names = list(plain)
        parts = {
            path if name == names[0] else path.with_stem(f"{path.stem}-{name}"): {name: columns}
            for name, columns in plain.items()
        }
    for target, content in parts.items():
        # Written aside and renamed: a reader never meets half a file.
        aside = target.with_name(f".{target.stem}.partial{target.suffix}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            writers[suffix](aside, content)
            aside.replace(target)
        except (OSError, FileCreateError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"'{target}' cannot be written ({reason}); choose another.") from None
        finally:
            if aside.exists():
                aside.unlink()
    return list(parts)


def plain_columns(table: pd.DataFrame, money: Collection[str] = ()) -> Columns:
    """The columns by name as Python's own values; None where nothing is known.

    Columns in `money` are minor units and become Decimals of the row's `currency` (without such
    a column they stay as they are); day numbers become dates in the columns that end in `_on` or
    are in DAYS. A cell that holds several values becomes a list.
    """
    currencies = table["currency"].tolist() if "currency" in table else None
    columns: Columns = {}
    for position, name in enumerate(map(str, table.columns)):
        cells = [_plain(cell) for cell in table.iloc[:, position].tolist()]
        if _holds_days(name):
            cells = [_dated(cell) for cell in cells]
        if name in money and currencies is not None:
            cells = [
                None if cell is None else decimal_of(cell, currency)
                for cell, currency in zip(cells, currencies, strict=True)
            ]
        columns[name] = cells
    return columns


def plain_rows(table: pd.DataFrame, money: Collection[str] = ()) -> list[dict[str, Any]]:
    """The rows as JSON knows them: `plain_columns` with dates and decimals written as text.

    >>> plain_rows(pd.DataFrame({"due_on": [10], "share": [float("nan")]}))
    [{'due_on': '1970-01-11', 'share': None}]
    """
    columns = {
        name: [_written(cell) for cell in cells]
        for name, cells in plain_columns(table, money).items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def plain_value(value: Any, name: str = "") -> Any:
    """A value as JSON knows it: null for a number that is none or infinite.

    name: of a field; a day number becomes an ISO date where it ends in `_on` or is in DAYS.
    Mappings and sequences are made plain throughout.

    >>> plain_value({"due_on": 10, "rate": float("inf"), "parts": (1, 2)})
    {'due_on': '1970-01-11', 'rate': None, 'parts': [1, 2]}
    """
    if type(value) is str or value is None:  # most of a decision: told apart at once
        return value
    if type(value) is dict or isinstance(value, Mapping):
        return {str(key): plain_value(part, str(key)) for key, part in value.items()}
    plain = _plain(value)
    if isinstance(plain, list):
        return [plain_value(part) for part in plain]
    return iso_or_none(plain) if _holds_days(name) and isinstance(plain, int) else plain


def json_bytes(document: Any) -> bytes:
    """A document of plain values as JSON, the same bytes each time.

    >>> json_bytes({"a": 0.1, "b": "é"}).decode()
    '{"a":0.1,"b":"é"}'
    """
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()


def _holds_days(name: str) -> bool:
    return name.endswith("_on") or name in DAYS


def _plain(cell: Any) -> Any:
    if hasattr(cell, "tolist"):
        cell = cell.tolist()
    if isinstance(cell, list | tuple):
        return [_plain(item) for item in cell]
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _dated(cell: Any) -> Any:
    if isinstance(cell, list):
        return [_dated(item) for item in cell]
    return date_of(int(cell)) if isinstance(cell, int | float) else cell


def _written(cell: Any) -> Any:
    if isinstance(cell, list):
        return [_written(item) for item in cell]
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if hasattr(cell, "isoformat"):
        return cell.isoformat().removesuffix("T00:00:00")
    return cell


def _write_csv(path: Path, tables: dict[str, Columns]) -> None:
    (columns,) = tables.values()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(_disarmed(cell) if isinstance(cell, str) else cell for cell in row)


def _disarmed(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text


def _write_parquet(path: Path, tables: dict[str, Columns]) -> None:
    (columns,) = tables.values()
    pq.write_table(pa.table({name: _arrow(cells) for name, cells in columns.items()}), path)


def _arrow(cells: list[Any]) -> pa.Array:
    decimals = [cell for cell in cells if isinstance(cell, Decimal)]
    if not decimals:
        return pa.array(cells)
    scale = max(-int(cell.as_tuple().exponent) for cell in decimals)
    return pa.array(cells, type=pa.decimal128(38, scale))


def _write_xlsx(path: Path, tables: dict[str, Columns], chart: Chart | None = None) -> None:
    with xlsxwriter.Workbook(path) as book:
        cells = _Cells(book)
        for name, columns in tables.items():
            n_rows = max(map(len, columns.values()), default=0)
            if n_rows > MAX_SHEET_ROWS:
                raise InputError(
                    f"A sheet holds {MAX_SHEET_ROWS:,} rows, not {n_rows:,};"
                    " write .csv or .parquet instead."
                )
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for column, (title, values) in enumerate(columns.items()):
                sheet.write_string(0, column, title, cells.head)
                texts = [str(value) for value in values[:100] if value is not None]
                sheet.set_column(column, column, min(40, max([len(title), *map(len, texts)]) + 2))
                for row, value in enumerate(values, start=1):
                    cells.write(sheet, row, column, value)
            if chart is not None and chart.table == name:
                _draw(book, sheet, name[:31], columns, chart)


def _draw(book: Any, sheet: Any, name: str, columns: Columns, chart: Chart) -> None:
    place, values = {title: column for column, title in enumerate(columns)}, columns[chart.each]
    for turn, value in enumerate(dict.fromkeys(values)):
        first = values.index(value) + 1
        last = first + values.count(value) - 1

        def cells(title: str, first: int = first, last: int = last) -> list[Any]:
            return [name, first, place[title], last, place[title]]

        drawn = book.add_chart({"type": "column"})
        lines = book.add_chart({"type": "line"})
        for titles, onto in ((chart.bars, drawn), (chart.lines, lines)):
            for title in titles:
                head = [name, 0, place[title]]
                onto.add_series(
                    {"name": head, "categories": cells(chart.across), "values": cells(title)}
                )
        if chart.lines:
            drawn.combine(lines)
        drawn.set_title({"name": str(value), "name_font": {"size": 12}})
        drawn.set_x_axis({"num_format": "yyyy-mm-dd", "text_axis": True})
        drawn.set_size({"width": 760, "height": 320})
        sheet.insert_chart(1 + 17 * turn, len(columns) + 1, drawn)


class _Cells:
    """Writes each value as a cell of its own type; text never becomes a formula or a link."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.inert = book.add_format({"quote_prefix": True})  # stays text when edited, too
        patterns = ("#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000")
        self.amounts = [book.add_format({"num_format": pattern}) for pattern in patterns]

    def write(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self.day)
        elif isinstance(value, Decimal):
            places = -int(value.as_tuple().exponent)
            sheet.write_number(row, column, value, self.amounts[places])
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value)
        elif value is not None:
            text = str(value)
            sheet.write_string(row, column, text, self.inert if text.startswith(RISKY) else None)
