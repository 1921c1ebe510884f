"""The truth on disk: Parquet files beside the ledger they belong to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from payrisk.calendar import NEVER
from payrisk.errors import LedgerError
from payrisk.ledger.facts.tables import TEXT
from payrisk.simulate.world.texts import dates

OF_LEDGER = "ledger"
"""Name of the text file that says which ledger (sha) the truth belongs to."""


def save_truth(truth: dict[str, pd.DataFrame], home: Path, sha: str) -> Path:
    """Write the truth of the ledger `sha` to HOME/truth/*.parquet, replacing an earlier one.

    Columns ending in `_on` are dates, null where a day does not come.
    """
    folder = home / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in truth.items():
        columns = {c: dates(frame[c]) if c.endswith("_on") else frame[c] for c in frame.columns}
        arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
        pq.write_table(pa.table(arrays, names=list(columns)), folder / f"{name}.parquet")
    (folder / OF_LEDGER).write_text(sha + "\n", "utf-8")
    return folder


def load_truth(home: Path) -> dict[str, pd.DataFrame]:
    """The truth under this home, as `true_curves` reads it: days as integers, NEVER where null.

    Raises LedgerError when there is none.
    """
    files = sorted((home / "truth").glob("*.parquet"))
    if not files:
        raise LedgerError(
            f"There is no truth under {home}; it comes with 'payrisk --home {home} simulate'."
        )
    return {path.stem: _frame(pq.read_table(path)) for path in files}


def truth_sha(home: Path) -> str:
    """The sha of the ledger the kept truth belongs to; '' when there is none."""
    path = home / "truth" / OF_LEDGER
    return path.read_text("utf-8").strip() if path.is_file() else ""


def _frame(table: pa.Table) -> pd.DataFrame:
    columns = {}
    for name in table.column_names:
        values = table.column(name).combine_chunks()
        if pa.types.is_date32(values.type):
            days = values.cast(pa.int32()).cast(pa.int64())
            columns[name] = pd.Series(np.asarray(days.fill_null(NEVER)))
        elif pa.types.is_large_string(values.type) or pa.types.is_string(values.type):
            columns[name] = pd.Series(TEXT.__from_arrow__(values))
        else:
            columns[name] = values.to_pandas()
    return pd.DataFrame(columns)
