"""payrisk ledger prune keeps what MLflow names, and removes nothing while it cannot be asked."""

from __future__ import annotations

import shutil

import pytest

from payrisk.cli import run
from payrisk.ledger.stored import storage
from support.home.mlflow_store import fresh_home, registry_of
from support.ledgers.by_hand import invoice, ledger

NAME = "days-to-pay"


@pytest.fixture
def home(tmp_path):
    return fresh_home(tmp_path / "home").home


def kept(home, *ids):
    """A ledger of one invoice each, the last one current; their shas."""
    return [storage.save(ledger(invoices=[invoice(one)]), home) for one in ids]


def prune(home, capsys):
    code = run(["--home", str(home), "ledger", "prune"])
    said = capsys.readouterr()
    return code, " ".join((said.out + said.err).split())


def test_the_ledgers_of_runs_and_of_versions_stay(home, capsys):
    by_version, by_run, by_deleted, by_nobody, now = kept(home, *"ABCDE")
    registry = registry_of(home)
    registry.run(NAME, "tune", {}, {}, {"ledger_sha": by_run})
    registry.run(NAME, "other", {}, {}, {"as_of": "2025-01-01"})
    gone = registry.run(NAME, "deleted", {}, {}, {"ledger_sha": by_deleted})
    client = registry._client
    client.delete_run(gone)
    client.create_registered_model(NAME)
    client.create_model_version(NAME, "s3://nowhere/1", tags={"ledger_sha": by_version})
    client.create_model_version(NAME, "s3://nowhere/2", tags={})
    shutil.rmtree(home / "mlartifacts", ignore_errors=True)
    assert registry.ledgers() == {by_version, by_run}
    code, _ = prune(home, capsys)
    assert code == 0
    assert set(storage.kept_shas(home)) == {by_version, by_run, now}
    assert {by_deleted, by_nobody}.isdisjoint(storage.kept_shas(home))


@pytest.mark.parametrize("where", ["http://me:secret@127.0.0.1:9", "sqlite:////nowhere/mlflow.db"])
def test_nothing_is_removed_while_mlflow_cannot_be_asked(home, capsys, monkeypatch, where):
    both = kept(home, "A", "B")
    with monkeypatch.context() as patch:
        patch.setenv("PAYRISK_MLFLOW_URI", where)
        code, said = prune(home, capsys)
    assert code == 2
    assert "No ledger was removed" in said
    assert "check PAYRISK_MLFLOW_URI, and run `payrisk ledger prune` again" in said
    assert "secret" not in said
    assert set(storage.kept_shas(home)) == set(both)
    code, said = prune(home, capsys)
    assert (code, storage.kept_shas(home)) == (0, both[1:])


def test_a_store_that_is_damaged_cannot_be_asked(home, capsys):
    both = kept(home, "A", "B")
    (home / "mlflow.db").write_bytes(b"no database" * 100)
    code, said = prune(home, capsys)
    assert (code, "No ledger was removed" in said) == (2, True)
    assert set(storage.kept_shas(home)) == set(both)


def test_a_home_where_nothing_was_trained_needs_no_store_and_gets_none(tmp_path, capsys):
    both = kept(tmp_path, "A", "B")
    assert prune(tmp_path, capsys)[0] == 0
    assert storage.kept_shas(tmp_path) == both[1:]
    assert not (tmp_path / "mlflow.db").exists()
