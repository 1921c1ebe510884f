"""Formats of stored ledgers: later columns are kept where they are used, earlier bytes stay."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from payrisk.calendar import NEVER
from payrisk.errors import LedgerError
from payrisk.ledger import Ledger
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.stored import storage
from payrisk.ledger.stored.canonical_bytes import content_sha, from_parquet, to_parquet
from support.ledgers.messy import messy_tables

LATER = {
    "text": "2026",
    "day": 20_000,
    "cents": 1_900,
    "rate": 0.9,
}


def _ledger(**invoices: object) -> Ledger:
    tables = messy_tables(5)
    return Ledger.from_tables(tables | {"invoices": tables["invoices"].assign(**invoices)})[0]


def _named(tables: Tables, since: int) -> list[tuple[str, str, str]]:
    return [(n, c.name, c.kind) for n in tables for c in TABLES[n].columns if c.since == since]


def test_a_ledger_that_uses_no_later_column_is_stored_as_format_1_was(tmp_path: Path) -> None:
    ledger = _ledger()
    storage.save(ledger, tmp_path)
    assert storage.manifest(tmp_path)["format"] == 1
    bare = {
        n: f[[c.name for c in TABLES[n].columns if c.since == 1]] for n, f in ledger.tables.items()
    }
    for name, frame in bare.items():
        stored = from_parquet(name, to_parquet(name, ledger.tables[name]))
        assert len(_later_columns(to_parquet(name, ledger.tables[name]))) == 0
        pd.testing.assert_frame_equal(stored[list(frame)], frame.reset_index(drop=True))


def _later_columns(content: bytes) -> set[str]:
    later = {c.name for t in TABLES.values() for c in t.columns if c.since > 1}
    return later & set(pq.read_schema(io.BytesIO(content)).names)


@pytest.mark.parametrize(("name", "column", "kind"), _named(messy_tables(5), 2))
def test_each_later_column_survives_storage_and_tells_in_the_sha(
    tmp_path: Path, name: str, column: str, kind: str
) -> None:
    tables = messy_tables(5) | {"customers": pd.DataFrame({"customer_id": ["c0"]})}
    plain = Ledger.from_tables(tables)[0]
    filled = plain.tables[name].copy()
    filled[column] = pd.Series(
        [LATER[kind], *[NEVER if kind == "day" else None] * (len(filled) - 1)]
    ).astype(filled[column].dtype)
    ledger = Ledger(plain.tables | {name: filled})
    sha = storage.save(ledger, tmp_path)
    assert storage.manifest(tmp_path)["format"] == 2
    assert sha != content_sha(plain.tables, storage.manifest(tmp_path)["rules"])
    pd.testing.assert_frame_equal(storage.load(tmp_path).tables[name], filled)


def test_a_format_of_a_later_payrisk_is_refused_in_a_sentence(tmp_path: Path) -> None:
    sha = storage.save(_ledger(), tmp_path)
    manifest = tmp_path / "ledgers" / sha / "manifest.json"
    entry = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(entry | {"format": 99}), "utf-8")
    with pytest.raises(LedgerError, match="format 99.*later payrisk"):
        storage.load(tmp_path)
