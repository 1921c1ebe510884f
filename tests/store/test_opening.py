"""Opening a store: migrated quickly, alone, or refused with a sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from payrisk.errors import StoreError
from payrisk.store import DecisionStore, StoreBusy, named_ledgers
from payrisk.store.schema import HEAD, metadata
from payrisk.store.upgrading import migration_folder, migration_of


def test_the_code_knows_the_newest_migration():
    assert migration_folder().get_current_head() == HEAD


def test_the_migrations_make_the_tables_the_code_uses(url):
    DecisionStore(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert migration_of(connection) == HEAD
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_store_of_a_newer_payrisk_is_refused(url):
    DecisionStore(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="newer payrisk"):
        DecisionStore(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://here/there", "SQLite or PostgreSQL"),
        ("sqlite://", "needs? a file"),
        ("no url at all", "PAYRISK_DATABASE_URL"),
        ("sqlite:////proc/none/payrisk.db", "PAYRISK_DATABASE_URL"),
        ("postgresql://nobody@127.0.0.1:1/none", "PAYRISK_DATABASE_URL"),
    ],
)
def test_a_url_that_cannot_be_used_is_a_sentence(url, said):
    with pytest.raises(StoreError, match=said) as refused:
        DecisionStore(url)
    assert "\n" not in str(refused.value)


def test_sqlite_has_one_writing_process_at_a_time(tmp_path):
    url = f"sqlite:///{tmp_path}/payrisk.db"
    with DecisionStore(url), pytest.raises(StoreError, match="Another payrisk process"):
        DecisionStore(url)
    DecisionStore(url).close()


def test_alembic_is_imported_only_when_there_is_something_to_migrate(tmp_path):
    program = textwrap.dedent(
        f"""
        import sys
        from payrisk.store import DecisionStore
        DecisionStore("sqlite:///{tmp_path}/payrisk.db").close()
        print("alembic" in sys.modules)
        """
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["True", "False"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "payrisk.db.writer").mkdir()
    with pytest.raises(StoreError, match=r"Decisions cannot be kept in .*choose another --home"):
        DecisionStore(f"sqlite:///{tmp_path}/payrisk.db")


def moved_away(file: Path) -> None:
    file.rename(file.with_suffix(".aside"))


def deleted(file: Path) -> None:
    file.unlink()


def replaced_by_a_copy(file: Path) -> None:
    copy = file.with_suffix(".copy")
    shutil.copy(file, copy)
    copy.replace(file)


def written_over_by_another(file: Path) -> None:
    other = file.with_suffix(".other")
    DecisionStore(f"sqlite:///{other}").close()
    file.write_bytes(other.read_bytes())


def cut_off(file: Path) -> None:
    os.truncate(file, 0)


@pytest.mark.parametrize(
    "pull", [moved_away, deleted, replaced_by_a_copy, written_over_by_another, cut_off]
)
def test_a_store_that_is_pulled_away_takes_no_decision_that_would_be_lost(tmp_path, pull):
    file = tmp_path / "payrisk.db"
    store = DecisionStore(f"sqlite:///{file}")
    store.check_writable()
    pull(file)
    for _ in range(2):
        with pytest.raises(StoreError):
            store.check_writable()
    store.close()


def test_a_store_that_was_put_back_goes_on(tmp_path):
    file = tmp_path / "payrisk.db"
    with DecisionStore(f"sqlite:///{file}") as store:
        moved_away(file)
        with pytest.raises(StoreBusy, match="moved, deleted or replaced"):
            store.check_writable()
        file.with_suffix(".aside").rename(file)
        store.check_writable()


def test_a_damaged_file_is_called_damaged_and_names_the_file(tmp_path):
    file = tmp_path / "payrisk.db"
    file.write_bytes(b"no database at all" * 400)
    for open_ in (DecisionStore, named_ledgers):
        with pytest.raises(StoreError, match="is damaged or no store") as refused:
            open_(f"sqlite:///{file}")
        assert str(file) in str(refused.value)
        assert "PAYRISK_DATABASE_URL" not in str(refused.value)
