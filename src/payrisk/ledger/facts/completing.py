"""Tables made complete: every column there, typed, its empty cells filled as the table says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from payrisk.calendar import NEVER
from payrisk.ledger.facts.tables import TABLES, TEXT, Column, Tables


@cache
def _dtype(column: Column) -> Any:
    if column.kind == "text":
        return TEXT
    if column.kind == "cents":
        return np.dtype("int64") if column.required else pd.Int64Dtype()
    kinds = {"day": "int64", "rate": "float64", "count": "int64", "flag": "bool"}
    return np.dtype(kinds[column.kind])


def complete(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly the table's columns, in order, typed, empty cells filled.

    `recorded_on` absent → the day the fact happened. An attribute's `valid_on` absent → its
    recorded_on (known only from its import date). Raises KeyError for a required column that
    the frame lacks.
    """
    table = TABLES[name]
    for column in table.columns:
        if column.required and column.name not in frame.columns:
            raise KeyError(f"{name}.{column.name}")
    return _filled(name, frame) if len(frame) else _empty(name).copy()


def _filled(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    table = TABLES[name]
    out: dict[str, Any] = {}
    for column in table.columns:
        if column.name not in frame.columns:
            out[column.name] = _blank(column, len(frame))
            continue
        values, dtype = frame[column.name], _dtype(column)
        fill = NEVER if column.kind == "day" else column.default
        if values.dtype == dtype and isinstance(dtype, np.dtype) and dtype.kind in "ib":
            out[column.name] = values.array  # such cells are never empty
            continue
        if fill is not None and values.hasnans:
            values = values.where(values.notna(), fill)
        out[column.name] = (values if values.dtype == dtype else values.astype(dtype)).array
    recorded, happened = np.asarray(out["recorded_on"]), np.asarray(out[table.happened])
    if name in {"attributes", "allocations"}:
        out[table.happened] = happened = np.where(happened == NEVER, recorded, happened)
    out["recorded_on"] = np.where(recorded == NEVER, happened, recorded)
    return pd.DataFrame(out)


def _blank(column: Column, n: int) -> Any:
    """What a column reads that a frame of n rows lacks."""
    if column.kind == "text" and column.default is None:
        return TEXT.__from_arrow__(pa.nulls(n, pa.string()))
    if column.kind == "text":
        return TEXT.__from_arrow__(pa.repeat(pa.scalar(column.default, pa.string()), n))
    if column.kind == "cents":
        return pd.arrays.IntegerArray(np.zeros(n, dtype="int64"), np.ones(n, dtype=bool))
    empty = NEVER if column.kind == "day" else column.default
    return np.full(n, np.nan if empty is None else empty, dtype=_dtype(column))


def empty_tables() -> Tables:
    """Every table, with its columns and no row."""
    return {name: _empty(name).copy() for name in TABLES}


@cache
def _empty(name: str) -> pd.DataFrame:
    return _filled(name, pd.DataFrame(columns=list(TABLES[name].names)))


def with_defaults(tables: Mapping[str, pd.DataFrame]) -> Tables:
    """All tables typed and complete, absent ones empty; raises KeyError as `complete`."""
    return empty_tables() | {name: complete(name, frame) for name, frame in tables.items()}
