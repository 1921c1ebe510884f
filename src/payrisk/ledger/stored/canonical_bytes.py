"""A ledger's content as bytes: what its sha is made of, and its tables as Parquet."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from payrisk.calendar import NEVER
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.references import is_rising
from payrisk.ledger.facts.tables import TABLES, Column, Tables

FORMATS = (1, 2)
"""Versions of the layout that can be read; the one a ledger needs is part of its sha."""

ARROW = {
    "text": pa.string(),
    "day": pa.date32(),
    "cents": pa.int64(),
    "rate": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}
"""How each kind of column is stored."""


def sorted_by_key(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The table complete and sorted by its key, so that the order of rows never matters."""
    whole, key = complete(name, frame), list(TABLES[name].key)
    if is_rising(whole[key[0]]):
        return whole.reset_index(drop=True)
    return whole.sort_values(key, kind="stable", ignore_index=True)


def to_arrow(column: Column, values: pd.Series) -> pa.Array:
    """A column as it is stored: days as date32, what is absent as null."""
    if column.kind == "day":
        days = values.to_numpy()
        return pa.array(days.astype(np.int32), pa.int32(), mask=days == NEVER).cast(pa.date32())
    return pa.array(values, ARROW[column.kind], from_pandas=True)


def to_pandas(column: Column, stored: pa.ChunkedArray) -> Any:
    """The column that `to_arrow` stored."""
    if column.kind == "day":
        return np.asarray(stored.cast(pa.int32()).fill_null(NEVER)).astype(np.int64)
    if column.kind == "cents" and not column.required:
        return pd.Int64Dtype().__from_arrow__(stored)
    return stored.to_pandas()


def stored_columns(name: str, frame: pd.DataFrame) -> tuple[Column, ...]:
    """The columns a stored table has: those of format 1, and later ones in which a cell is filled.

    So a ledger that uses no later column keeps the bytes and the sha that format 1 gave it.
    """
    return tuple(c for c in TABLES[name].columns if c.since == 1 or _is_filled(c, frame[c.name]))


def _is_filled(column: Column, values: pd.Series) -> bool:
    if column.kind == "day":
        return bool((values.to_numpy() != NEVER).any())
    return bool(values.notna().any())


def format_of(tables: Tables) -> int:
    """The format that these tables need: the latest that a filled column of theirs has."""
    return max(c.since for name in TABLES for c in stored_columns(name, tables[name]))


def to_parquet(name: str, frame: pd.DataFrame) -> bytes:
    """A table as Parquet."""
    arrays = {c.name: to_arrow(c, frame[c.name]) for c in stored_columns(name, frame)}
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink, compression="zstd")
    return sink.getvalue()


def from_parquet(name: str, content: bytes) -> pd.DataFrame:
    """The table that `to_parquet` wrote."""
    table = pq.read_table(pa.BufferReader(content))
    columns = [c for c in TABLES[name].columns if c.since == 1 or c.name in table.column_names]
    values = {c.name: to_pandas(c, table.column(c.name)) for c in columns}
    return complete(name, pd.DataFrame(values))


def content_sha(tables: Tables, rules: dict[str, Any]) -> str:
    """The sha256 of ordered tables and rules: of their values, not of how a file holds them."""
    header = [format_of(tables), rules]
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(TABLES):
        for column in stored_columns(name, tables[name]):
            digest.update(f"\n{name}.{column.name}:{len(tables[name])}\n".encode())
            for part in _bytes(column, tables[name][column.name]):
                digest.update(part)
    return digest.hexdigest()


def _bytes(column: Column, values: pd.Series) -> tuple[bytes, ...]:
    """The values of a column as bytes in which different columns differ."""
    if not len(values):
        return ()
    empty = values.isna().to_numpy()
    if column.kind == "text":
        texts = pa.array(values, pa.large_string(), from_pandas=True).fill_null("")
        lengths = np.asarray(pc.utf8_length(texts), dtype="<i8")
        return lengths.tobytes(), "".join(texts.to_pylist()).encode(), empty.tobytes()
    kind = {"rate": "<f8", "flag": "u1"}.get(column.kind, "<i8")
    whole = values.fillna(0) if empty.any() else values
    return whole.to_numpy(dtype=kind).tobytes(), empty.tobytes()
