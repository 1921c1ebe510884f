"""Export a ledger as a relational benchmark: Parquet tables, manifests and labels at seed days."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from payrisk.arrays import Days
from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.books.settling import CLOSED_BY
from payrisk.ledger.facts.tables import TABLES
from payrisk_pipelines.export.label_queries import TASKS, LabelledTask

EVERY_DAYS, BEFORE_FIRST_SEED = 28, 180
_OWN = {
    "customers": "customer_id",
    "invoices": "invoice_id",
    "credits": "credit_id",
    "allocations": "",
    "events": "",
}
"""Exported table → its id in the ledger; '' where rows are named by nothing but their place."""
_POINTERS = {"customer": "customers", "parent": "customers", "credit": "credits"}
"""Column that points to a row of another table → that table."""
_TEXTS = {
    "customers": ("country", "sector"),
    "invoices": ("currency", "terms", "payment_method", "initiated_by"),
    "credits": ("kind", "currency"),
    "events": ("kind", "subject_kind", "stage"),
}
"""Texts that say a kind; names, numbers, reasons and free words stay at home."""


@dataclass(frozen=True)
class ExportedTable:
    """A table as it is written: its rows, its own number, and the numbers it points to.

    pointers: column → exported table. Every table's time is `recorded_at`.
    """

    rows: pd.DataFrame
    number: str
    pointers: dict[str, str]


def exported_tables(ledger: Ledger) -> dict[str, ExportedTable]:
    """The ledger's facts as first recorded; ids are numbers from 0 in the order of the ledger.

    Days are whole days since 1970-01-01 (−1 where there is none), amounts minor units, and
    `recorded_at` is the evening on which a row became known. Later corrections are rows of
    `events` of kind `changed`.
    """
    facts = ledger.tables
    out = {}
    for name, own in _OWN.items():
        frame, number = facts[name], name.removesuffix("s")
        columns: dict[str, Any] = {number: np.arange(len(frame), dtype=np.int64)}
        pointers = {
            pointer: table
            for pointer, table in _POINTERS.items()
            if f"{pointer}_id" in frame and f"{pointer}_id" != own
        }
        for pointer, table in pointers.items():
            ids = facts[table][_OWN[table]]
            columns[pointer] = _places(frame[f"{pointer}_id"], ids)
        if name == "allocations":
            columns["invoice"] = _invoice_places(frame, facts["invoices"])
            pointers["invoice"] = "invoices"
        if name == "events":
            columns |= _subjects(frame, facts)
            pointers |= {"customer": "customers", "invoice": "invoices"}
        for column in TABLES[name].columns:
            if column.kind != "text" and column.name != "instalment":
                columns[column.name] = _numbers(column.kind, frame[column.name])
            elif column.name in _TEXTS.get(name, ()):
                columns[column.name] = frame[column.name]
        columns["recorded_at"] = pd.to_datetime(frame["recorded_on"].to_numpy(), unit="D")
        out[name] = ExportedTable(pd.DataFrame(columns), number, pointers)
    out["states"] = _states(ledger)
    return out


def _states(ledger: Ledger) -> ExportedTable:
    """How the books read each invoice, a row from each evening on which that changed.

    The reading at a seed is the last row recorded before it; rows are numbered by invoice and
    evening. is_open: whether it waits for cash. closed_by: cash, credit, ...; empty while open.
    """
    t = ledger.timeline
    goes_on = (t.invoice[1:] == t.invoice[:-1]) & (t.since[1:] == t.until[:-1])
    is_last = (t.until < NEVER) & ~np.append(goes_on, False)
    row = np.concatenate([np.arange(len(t.invoice)), np.flatnonzero(is_last)])
    is_gone = np.arange(len(row)) >= len(t.invoice)
    since = np.where(is_gone, t.until[row], t.since[row])
    order = np.lexsort((since, t.invoice[row]))
    row, is_gone, since = row[order], is_gone[order], since[order]
    settled = np.where(is_gone, NEVER, t.settled_on[row])
    rows = pd.DataFrame(
        {
            "state": np.arange(len(row)),
            "invoice": t.invoice[row],
            "customer": t.customer[row],
            "due_on": _days(t.due_on[row]),
            "residual": np.where(is_gone, 0, t.residual[row]),
            "is_open": (~is_gone & (settled == NEVER) & (t.sold_on[row] == NEVER)).astype(
                np.int64
            ),
            "settled_on": _days(settled),
            "closed_by": np.where(settled < NEVER, CLOSED_BY[t.closed_by[row]], ""),
            "recorded_on": since,
            "recorded_at": pd.to_datetime(since, unit="D"),
        }
    )
    return ExportedTable(rows, "state", {"invoice": "invoices", "customer": "customers"})


def _places(ids: pd.Series, of: pd.Series) -> np.ndarray[Any, Any]:
    """(n,) the row that has each id, −1 for none."""
    return np.asarray(pd.Index(of).get_indexer(pd.Index(ids)), dtype=np.int64)


def _invoice_places(rows: pd.DataFrame, invoices: pd.DataFrame) -> np.ndarray[Any, Any]:
    key = ["invoice_id", "instalment"]
    index = pd.MultiIndex.from_frame(invoices[key])
    places = index.get_indexer(pd.MultiIndex.from_frame(rows[key]))
    return np.asarray(places, dtype=np.int64)


def _subjects(events: pd.DataFrame, facts: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Which customer or which invoice an event is about."""
    of_invoices = events.rename(columns={"subject": "invoice_id"})
    kind = events["subject_kind"].astype(str).to_numpy()
    invoice = np.where(kind == "invoice", _invoice_places(of_invoices, facts["invoices"]), -1)
    of_customers = _places(events["subject"], facts["customers"]["customer_id"])
    return {"customer": np.where(kind == "customer", of_customers, -1), "invoice": invoice}


def _numbers(kind: str, values: pd.Series) -> np.ndarray[Any, Any]:
    if kind == "day":
        return _days(values.to_numpy(dtype=np.int64))
    kind_of_number = np.float64 if kind == "rate" else np.int64
    return np.asarray(values.to_numpy(dtype=kind_of_number, na_value=0))


def _days(days: Days) -> Days:
    return np.where(days == NEVER, -1, days)


def seed_days(ledger: Ledger, task: LabelledTask) -> dict[str, list[int]]:
    """Split → the mornings on which it is asked; what a split's labels need ends before the next.

    Raises InputError for a ledger too young for one of each.
    """
    last = ledger.last_day + 1 - task.horizon_days
    val = last - task.horizon_days
    train = list(range(val - task.horizon_days, ledger.first_day + BEFORE_FIRST_SEED, -EVERY_DAYS))
    if not train:
        needed = BEFORE_FIRST_SEED + 3 * task.horizon_days
        raise InputError(
            f"The ledger spans {ledger.last_day - ledger.first_day} days and {task.name} needs"
            f" more than {needed}; export an older ledger."
        )
    return {"train": train[::-1], "val": [val], "test": [last]}


def labels(
    tables: dict[str, ExportedTable], task: LabelledTask, seeds: Sequence[int]
) -> pd.DataFrame:
    """What the task's query answers at the seeds: timestamp, entity and target."""
    with sqlite3.connect(":memory:") as database:
        for name, table in tables.items():
            table.rows.drop(columns="recorded_at").to_sql(name, database, index=False)
        pd.DataFrame({"seed_on": seeds}).to_sql("seeds", database, index=False)
        database.execute("CREATE UNIQUE INDEX state ON states (state)")
        answer = pd.read_sql_query(task.query, database)
    timestamp = pd.to_datetime(answer.pop("seed_on").to_numpy(), unit="D")
    answer.insert(0, "timestamp", timestamp)
    return answer


def export_relational(ledger: Ledger, folder: Path) -> pd.DataFrame:
    """Write the ledger to an empty folder; one row a table and split: part, name, rows.

    Raises InputError where the folder holds something or the ledger is too young.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is no empty folder; name another one.")
    tables = exported_tables(ledger)
    seeds = {task.name: seed_days(ledger, task) for task in TASKS}
    written: list[dict[str, Any]] = []
    for name, table in tables.items():
        meta: dict[str, Any] = {"fkey_col_to_pkey_table": table.pointers, "pkey_col": table.number,
                "time_col": "recorded_at"}  # fmt: skip
        _write(table.rows, folder / "db" / f"{name}.parquet", meta)
        written.append({"part": "table", "name": name, "rows": len(table.rows)})
    for task in TASKS:
        place = folder / "tasks" / task.name
        for split, days in seeds[task.name].items():
            rows = labels(tables, task, days)
            meta = {"fkey_col_to_pkey_table": {task.entity: task.table}, "pkey_col": None,
                    "time_col": "timestamp"}  # fmt: skip
            _write(rows, place / f"{split}.parquet", meta)
            written.append({"part": task.name, "name": split, "rows": len(rows)})
        (place / "labels.sql").write_text(task.query.lstrip(), "utf-8")
        _manifest(place, _of_task(task, seeds[task.name]))
    _manifest(folder, _of_ledger(tables, ledger))
    return pd.DataFrame(written)


def _write(rows: pd.DataFrame, path: Path, meta: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(rows, preserve_index=False)
    spoken = {name: json.dumps(value) for name, value in meta.items()}
    pq.write_table(table.replace_schema_metadata(spoken), path, compression="zstd")


def _manifest(folder: Path, content: dict[str, Any]) -> None:
    """JSON, which is YAML, too."""
    text = json.dumps(content, indent=2, sort_keys=True)
    (folder / "manifest.yaml").write_text(text + "\n", "utf-8")


def _of_task(task: LabelledTask, seeds: dict[str, list[int]]) -> dict[str, Any]:
    return {
        "name": task.name,
        "description": task.about,
        "task_type": task.kind,
        "entity_col": task.entity,
        "entity_table": task.table,
        "time_col": "timestamp",
        "target_col": task.target,
        "timedelta_days": task.horizon_days,
        "seeds": {split: [iso(day) for day in days] for split, days in seeds.items()},
    }


def _of_ledger(tables: dict[str, ExportedTable], ledger: Ledger) -> dict[str, Any]:
    return {
        "tables": {
            name: {"pkey_col": t.number, "fkey_col_to_pkey_table": t.pointers,
                   "time_col": "recorded_at", "rows": len(t.rows)}
            for name, t in tables.items()
        },
        "tasks": [task.name for task in TASKS],
        "days": "whole days since 1970-01-01, -1 where there is none",
        "amounts": "minor units of the row's currency",
        "from": iso(ledger.first_day),
        "to": iso(ledger.last_day),
    }  # fmt: skip
