"""A ledger in parts that never need each other, for more invoices than memory holds."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from payrisk.arrays import Flags, Ints
from payrisk.errors import InputError, LedgerError
from payrisk.ledger.facts.rules import SettleRules
from payrisk.ledger.facts.tables import TABLES, Column, Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.stored.canonical_bytes import ARROW, stored_columns, to_arrow, to_pandas
from payrisk.ledger.stored.grouping import EVERYBODY, customer_groups, fact_owners

__all__ = ["customer_groups", "part_numbers", "read_part", "split_ledger", "write_part"]


_LONG_LISTS = ("invoice_id", "credit_id", "event_id", "application_id", "subject", "fields")
"""Columns in which hardly a text stands twice: a dictionary of them would only cost."""


def split_ledger(ledger: Ledger, n_parts: int) -> list[Tables]:
    """The ledger's tables in parts, whole groups together, rows in the order they had.

    A group's part depends on the id of its first customer alone. Entities and rates, and their
    corrections, are in every part; what names no customer is in the first. A part may hold no
    invoice, which no `Ledger` can be made of. Raises InputError for n_parts below 1.
    """
    if n_parts < 1:
        raise InputError(f"A ledger cannot be split into {n_parts} parts; give 1 or more.")
    owners = fact_owners(ledger.tables)
    names = owners.names.to_numpy(dtype=object)
    hashed = pd.util.hash_array(names, categorize=False) % np.uint64(n_parts)
    part_of = hashed.astype(np.int64)[owners.first]
    out: list[Tables] = [{} for _ in range(n_parts)]
    for name, frame in ledger.tables.items():
        home = owners.rows[name]
        part = np.where(home >= 0, np.append(part_of, 0)[home], 0)
        for number, rows in enumerate(_rows_of(part, home == EVERYBODY, n_parts)):
            out[number][name] = frame.take(rows).reset_index(drop=True)
    return out


def _rows_of(part: Ints, everywhere: Flags, n_parts: int) -> list[Ints]:
    shared, parted = np.flatnonzero(everywhere), np.flatnonzero(~everywhere)
    parted = parted[np.argsort(part[parted], kind="stable")]
    ends = np.cumsum(np.bincount(part[parted], minlength=n_parts))[:-1]
    return [np.sort(np.append(rows, shared)) for rows in np.split(parted, ends)]


def write_part(tables: Tables, folder: Path, number: int) -> None:
    """Keep checked tables as one part of a folder, in the place of an earlier part `number`."""
    place, half = _place(folder, number), folder / f".part-{number:05d}"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for name, table in TABLES.items():
        pq.write_table(
            pa.table(
                {
                    c.name: to_arrow(c, tables[name][c.name])
                    for c in stored_columns(name, tables[name])
                }
            ),
            half / f"{name}.parquet",
            compression="lz4",
            use_dictionary=[n for n in table.names if n not in _LONG_LISTS],
        )
    shutil.rmtree(place, ignore_errors=True)
    half.rename(place)


def part_numbers(folder: Path) -> list[int]:
    """The parts a folder has, in order."""
    return sorted(int(path.name.removeprefix("part-")) for path in folder.glob("part-*"))


def read_part(
    folder: Path,
    number: int,
    *,
    without: Collection[str] = (),
    rules: SettleRules | None = None,
) -> Ledger:
    """The ledger of one part, not checked again.

    without: columns ('customers.name') that are not read and seem empty. Raises LedgerError when
    the part is missing or damaged, InputError for a column that cannot be empty.
    """
    omittable = {f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns if _may_lack(c)}
    if odd := sorted(set(without) - omittable):
        raise InputError(
            f"A part cannot be read without {odd[0]}; leave out {', '.join(omittable)}."
        )
    place = _place(folder, number)
    try:
        tables = {name: _read(place, name, without) for name in TABLES}
    except (OSError, pa.ArrowException, KeyError):
        raise LedgerError(
            f"Part {number} under {folder} is missing or damaged; write the parts again."
        ) from None
    return Ledger(tables, rules)


def _place(folder: Path, number: int) -> Path:
    return folder / f"part-{number:05d}"


def _may_lack(column: Column) -> bool:
    return not column.required and column.default is None and column.name != "recorded_on"


def _read(place: Path, name: str, without: Collection[str]) -> pd.DataFrame:
    table = TABLES[name]
    path = place / f"{name}.parquet"
    has = set(pq.read_schema(path).names)
    later = {c.name for c in table.columns if c.since > 1 and c.name not in has}
    columns = [n for n in table.names if f"{name}.{n}" not in without and n not in later]
    words = [c.name for c in table.columns if c.kind == "text" and c.name in has]
    words = [word for word in words if word not in _LONG_LISTS]
    with pq.ParquetFile(path, read_dictionary=words) as file:
        stored = file.read(columns=columns, use_threads=False)
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name in columns:
            cells = stored.column(column.name).cast(ARROW[column.kind])
        else:
            cells = pa.chunked_array([pa.nulls(stored.num_rows, ARROW[column.kind])])
        values[column.name] = to_pandas(column, cells)
    return pd.DataFrame(values, copy=False)
