"""Parquet: columns with their types, its declared size looked at before it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from payrisk.arrays import Flags
from payrisk.errors import InputError
from payrisk.ledger.importing.reading.containers.bounds import (
    MAX_COLUMNS,
    MAX_TABLE_CELLS,
    MAX_TEXT_BYTES,
    first_line,
)
from payrisk.ledger.importing.reading.containers.grid import Grid


def parquet_grid(path: Path) -> Grid:
    """The columns of a Parquet file; raises InputError when it is damaged or too large."""
    try:
        with pq.ParquetFile(path) as file:
            about = file.metadata
            n_bytes = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            _require_room(path, about.num_rows, about.num_columns, n_bytes)
            table = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be read as Parquet ({first_line(error)}); export it again."
        ) from None
    rows = np.arange(1, table.num_rows + 1, dtype=np.int64)
    typed = tuple(_typed(column) for column in table.columns)
    return Grid(
        path.name, tuple(table.column_names), tuple(table.columns), typed, rows, table.num_rows
    )


def _require_room(path: Path, n_rows: int, n_columns: int, n_bytes: int) -> None:
    if n_columns > MAX_COLUMNS or n_rows * n_columns > MAX_TABLE_CELLS or n_bytes > MAX_TEXT_BYTES:
        raise InputError(
            f"{path.name} declares {n_rows:,} rows, {n_columns:,} columns and {n_bytes:,} bytes,"
            " more than can be read; split it and import the parts."
        )


def _typed(column: Any) -> Flags | None:
    """Numbers, days and truth values are what they are; texts are the mapping's to read."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
    return None if is_text else np.ones(len(column), dtype=bool)
