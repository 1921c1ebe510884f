"""The curves of past moments in one Parquet file: a row per moment and model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from payrisk.arrays import Days
from payrisk.calendar import NEVER
from payrisk.errors import InputError
from payrisk.predictions import PaymentCurves

ROWS_A_GROUP = 5_000


class CurveFile:
    """Takes the curves of one model after another into a Parquet file, or nowhere."""

    def __init__(self, path: Path | None) -> None:
        """Begin nothing yet; without a path nothing is ever written."""
        self.path = path
        self.file: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def open(self) -> None:
        """Begin the file unless it is begun; raises InputError when it cannot be written."""
        if self.path is None or self.file is not None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = pq.ParquetWriter(self.path, _SCHEMA)
        except OSError as error:
            raise InputError(
                f"'{self.path}' cannot be written ({error.strerror}); choose another."
            ) from None

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()

    def write(self, name: str, rows: pd.DataFrame, curves: PaymentCurves) -> None:
        """Write the curves of one model beside the rows they are of."""
        self.open()
        if self.file is None:
            return
        for at in range(0, len(curves), ROWS_A_GROUP):
            part = slice(at, at + ROWS_A_GROUP)
            lengths = curves.lengths[part]
            matrix = curves.matrix[part]
            columns = np.arange(matrix.shape[1])
            flat = matrix[columns < lengths[:, None]]
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
            lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat))
            self.file.write_table(_table(rows.iloc[part], lists, name))


_DATES = ("as_of", "issued_on", "due_on", "paid_on", "closed_on")
_SCHEMA = pa.schema(
    [
        ("invoice_id", pa.string()),
        ("customer_id", pa.string()),
        *((name, pa.date32()) for name in _DATES),
        ("closed_by", pa.string()),
        ("amount", pa.int64()),
        ("currency", pa.string()),
        ("probability_paid_by", pa.list_(pa.float64())),
        ("model", pa.string()),
    ]
)


def _table(rows: pd.DataFrame, lists: pa.ListArray, name: str) -> pa.Table:
    part = rows["instalment"].astype(str)
    ids = rows["invoice_id"].where(rows["instalment"] == 1, rows["invoice_id"] + "/" + part)
    columns: dict[str, Any] = {"invoice_id": ids, "customer_id": rows["customer_id"]}
    columns |= {day: _dates(rows[day].to_numpy(dtype=np.int64)) for day in _DATES}
    columns |= {key: rows[key] for key in ("closed_by", "amount", "currency")}
    columns |= {"probability_paid_by": lists, "model": [name] * len(rows)}
    arrays = [
        column
        if isinstance(column, pa.Array)
        else pa.array(column, type=field.type, from_pandas=True)
        for field, column in zip(_SCHEMA, (columns[f.name] for f in _SCHEMA), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)


def _dates(days: Days) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=days >= NEVER).cast(pa.date32())
