"""Tables as people and programs read them: plain rows, JSON, CSV, Parquet and XLSX files."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from xlsxwriter.exceptions import FileCreateError

from payrisk.calendar import date_of, iso_or_none
from payrisk.errors import InputError
from payrisk.files.workbooks import RISKY, Chart, CustomSheet, WatchedColumns, write_workbook
from payrisk.money import decimal_of

__all__ = [
    "DAYS",
    "FORMATS",
    "RISKY",
    "Chart",
    "CustomSheet",
    "json_bytes",
    "known_format",
    "plain_columns",
    "plain_rows",
    "plain_value",
    "write_tables",
]

ROWS_AT_ONCE = 200
"""Rows of a list that are written as JSON in one go, a millisecond's work."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

DAYS = frozenset({"as_of", "close_of", "known_before"})
"""Day columns whose names do not end in `_on`."""

FORMATS = (".csv", ".parquet", ".xlsx")


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
    front: Sequence[CustomSheet] = (),
) -> list[Path]:
    """Write tables by the suffix of `path` and return the files written.

    .xlsx takes one sheet a table, with typed cells; .csv and .parquet take the first table in
    `path` and each further one beside it as `<stem>-<name>`. Columns in `money` are minor units
    and come out in the decimals of the row's `currency`; `*_on` columns as dates. Text that a
    spreadsheet would run as a formula is disarmed. chart, and the sheets of `front` before the
    tables: in .xlsx only. Raises
    InputError for another suffix, a folder that cannot be written, or more rows than a sheet
    holds.
    """
    writers: dict[str, Callable[[Path, dict[str, WatchedColumns]], None]] = {
        ".csv": _write_csv,
        ".parquet": _write_parquet,
        ".xlsx": lambda target, content: write_workbook(target, content, chart, front),
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


def plain_columns(table: pd.DataFrame, money: Collection[str] = ()) -> WatchedColumns:
    """The columns by name as Python's own values; None where nothing is known.

    Columns in `money` are minor units and become Decimals of the row's `currency` (without such
    a column they stay as they are); day numbers become dates in the columns that end in `_on` or
    are in DAYS. A cell that holds several values becomes a list.
    """
    currencies = table["currency"].tolist() if "currency" in table else None
    columns: WatchedColumns = {}
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
    kind = type(value)  # most of a decision is plain: told apart at once
    if kind is str or value is None:
        return value
    if kind is int or kind is bool:
        return iso_or_none(value) if _holds_days(name) else value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is dict or isinstance(value, Mapping):
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
    return "".join(_json_pieces(document)).encode()


def _json_pieces(value: Any) -> Iterator[str]:
    """A document in pieces: its long lists in parts, between which other threads have their turn.

    The encoder lets nobody else in while it writes, and a document may have megabytes.
    """
    if isinstance(value, list) and len(value) > ROWS_AT_ONCE:
        for start in range(0, len(value), ROWS_AT_ONCE):
            yield "," if start else "["
            yield _ENCODER.encode(value[start : start + ROWS_AT_ONCE])[1:-1]
        yield "]"
    elif isinstance(value, dict) and _is_long(value):
        for place, (name, inner) in enumerate(value.items()):
            yield ("," if place else "{") + _ENCODER.encode({name: None})[1:-5]
            yield from _json_pieces(inner)
        yield "}"
    else:
        yield _ENCODER.encode(value)


def _is_long(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_long, value.values()))
    return isinstance(value, list) and len(value) > ROWS_AT_ONCE


@lru_cache(maxsize=1024)
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


def _write_csv(path: Path, tables: dict[str, WatchedColumns]) -> None:
    (columns,) = tables.values()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(_disarmed(cell) if isinstance(cell, str) else cell for cell in row)


def _disarmed(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text


def _write_parquet(path: Path, tables: dict[str, WatchedColumns]) -> None:
    (columns,) = tables.values()
    pq.write_table(pa.table({name: _arrow(cells) for name, cells in columns.items()}), path)


def _arrow(cells: list[Any]) -> pa.Array:
    decimals = [cell for cell in cells if isinstance(cell, Decimal)]
    if not decimals:
        return pa.array(cells)
    scale = max(-int(cell.as_tuple().exponent) for cell in decimals)
    return pa.array(cells, type=pa.decimal128(38, scale))
