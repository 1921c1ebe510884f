"""An exported ledger says what the books say, names nobody, and its labels follow from its SQL."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from payrisk.calendar import NEVER
from payrisk.cli import run
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from payrisk_pipelines.export.label_queries import TASKS
from payrisk_pipelines.export.relational import export_relational, seed_days


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_tables(simulate(14, 24, 41).tables)[0]


@pytest.fixture(scope="module")
def folder(ledger, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("relational") / "out"
    export_relational(ledger, folder)
    return folder


def read(folder: Path, task: str, split: str) -> pd.DataFrame:
    return pd.read_parquet(folder / "tasks" / task / f"{split}.parquet")


def test_labels_are_what_the_books_say(ledger, folder):
    invoices = ledger.tables["invoices"]
    final = ledger.as_of(ledger.last_day + 1).invoices().set_index(["invoice_id", "instalment"])
    for split in ("val", "test"):
        rows = read(folder, "invoice-days-to-pay", split)
        (day,) = seed_days(ledger, TASKS[0])[split]
        places = pd.MultiIndex.from_frame(
            invoices.iloc[rows["invoice"]][["invoice_id", "instalment"]]
        )
        owed = ledger.as_of(day).open_invoices()[["invoice_id", "instalment"]]
        assert set(places) == set(owed.itertuples(index=False, name=None))
        paid = final["paid_on"].reindex(places).to_numpy(dtype=np.int64)
        assert (rows["days"].to_numpy() == np.clip(paid - day, 0, 90)).all()
        assert (rows["timestamp"] == pd.Timestamp(day, unit="D")).all()


def test_late_invoices_and_customers_are_counted_as_a_plain_reading_counts_them(ledger, folder):
    final = ledger.as_of(ledger.last_day + 1).invoices()
    settled = dict(zip(zip(final["invoice_id"], final["instalment"]), final["closed_on"]))
    customers = list(ledger.tables["customers"]["customer_id"])
    (day,) = seed_days(ledger, TASKS[1])["test"]
    owed = ledger.as_of(day).open_invoices()
    late = [
        int(settled[row.invoice_id, row.instalment] > row.due_on + 30)
        for row in owed.itertuples()
        if day <= row.due_on < day + 28
    ]
    assert sorted(read(folder, "invoice-late-30", "test")["is_late"]) == sorted(late)
    (day,) = seed_days(ledger, TASKS[2])["test"]
    worst: dict[int, int] = {}
    for row in ledger.as_of(day).open_invoices().itertuples():
        reaches = day <= row.due_on + 90 < day + 120
        is_late = settled[row.invoice_id, row.instalment] > row.due_on + 90
        place = customers.index(row.customer_id)
        worst[place] = max(worst.get(place, 0), int(reaches and is_late))
    rows = read(folder, "customer-overdue-90", "test")
    assert dict(zip(rows["customer"], rows["is_overdue"], strict=True)) == worst


def test_the_tables_alone_and_the_sql_beside_them_give_the_labels(folder):
    with sqlite3.connect(":memory:") as database:
        for path in (folder / "db").glob("*.parquet"):
            table = pd.read_parquet(path).drop(columns="recorded_at")
            table.to_sql(path.stem, database, index=False)
        database.execute("CREATE INDEX state ON states (state)")
        for place in (folder / "tasks").iterdir():
            manifest = json.loads((place / "manifest.yaml").read_text())
            for split, seeds in manifest["seeds"].items():
                days = (pd.to_datetime(seeds) - pd.Timestamp(0)).days
                pd.DataFrame({"seed_on": days}).to_sql(
                    "seeds", database, index=False, if_exists="replace"
                )
                answer = pd.read_sql_query((place / "labels.sql").read_text(), database)
                rows = read(folder, place.name, split)
                assert len(rows)
                columns = [manifest["entity_col"], manifest["target_col"]]
                assert answer[columns].equals(rows[columns].astype(answer[columns].dtypes))


def test_a_label_needs_no_day_that_a_later_split_is_asked_about(ledger):
    for task in TASKS:
        seeds = seed_days(ledger, task)
        assert max(seeds["train"]) + task.horizon_days <= seeds["val"][0]
        assert seeds["val"][0] + task.horizon_days <= seeds["test"][0]
        assert seeds["test"][0] + task.horizon_days <= ledger.last_day + 1


def test_it_points_to_rows_that_are_there_and_names_nobody(ledger, folder):
    manifest = json.loads((folder / "manifest.yaml").read_text())
    sizes = {name: table["rows"] for name, table in manifest["tables"].items()}
    for path in (folder / "db").glob("*.parquet"):
        rows = pd.read_parquet(path)
        spoken = pq.read_schema(path).metadata
        assert json.loads(spoken[b"time_col"]) == "recorded_at"
        assert rows[json.loads(spoken[b"pkey_col"])].is_unique
        for column, table in json.loads(spoken[b"fkey_col_to_pkey_table"]).items():
            assert rows[column].between(-1, sizes[table] - 1).all()
        texts = {str(v) for c in rows for v in rows[c] if isinstance(v, str)}
        for name in ("customers", "invoices", "credits"):
            facts = ledger.tables[name]
            for column in ("customer_id", "invoice_id", "credit_id", "name", "number"):
                assert texts.isdisjoint(facts.get(column, pd.Series(dtype=str)).dropna())


def test_what_is_recorded_from_a_seed_on_changes_nobody_who_is_asked(ledger, folder):
    (day,) = seed_days(ledger, TASKS[0])["test"]
    states = pd.read_parquet(folder / "db" / "states.parquet")
    known = states[states["recorded_on"] < day].groupby("invoice")["state"].max()
    owed = states.set_index("state").loc[known].query("is_open == 1")["invoice"]
    assert set(owed) == set(read(folder, "invoice-days-to-pay", "test")["invoice"])
    assert states.loc[states["is_open"] == 1, "settled_on"].eq(-1).all()
    assert not (states["settled_on"] >= NEVER).any()


def test_a_young_ledger_and_a_folder_in_use_are_refused_in_a_sentence(ledger, tmp_path, capsys):
    young = Ledger.from_tables(simulate(5, 6, 2).tables)[0]
    with pytest.raises(InputError, match="export an older ledger"):
        export_relational(young, tmp_path / "young")
    home = tmp_path / "home"
    storage.save(young, home)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").write_text("")
    assert run(["--home", str(home), "benchmark", "export", str(tmp_path / "used")]) == 2
    assert "is no empty folder" in capsys.readouterr().err
