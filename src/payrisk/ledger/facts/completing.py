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
    out: dict[str, Any] = {}
    for column in table.columns:
        if column.name in frame.columns:
            values = frame[column.name]
        elif column.required:
            raise KeyError(f"{name}.{column.name}")
        else:
            out[column.name] = _blank(column, len(frame))
            continue
        fill = NEVER if column.kind == "day" else column.default
        if fill is not None and values.hasnans:
            values = values.where(values.notna(), fill)
        out[column.name] = values.astype(_dtype(column)).array
    done = pd.DataFrame(out)
    recorded, happened = done["recorded_on"].to_numpy(), done[table.happened].to_numpy()
    if name in {"attributes", "allocations"}:
        happened = np.where(happened == NEVER, recorded, happened)
        done[table.happened] = happened
    done["recorded_on"] = np.where(recorded == NEVER, happened, recorded)
    return done


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
    return complete(name, pd.DataFrame(columns=list(TABLES[name].names)))


def with_defaults(tables: Mapping[str, pd.DataFrame]) -> Tables:
    """All tables typed and complete, absent ones empty; raises KeyError as `complete`."""
    return empty_tables() | {name: complete(name, frame) for name, frame in tables.items()}
