"""Pins: the chain vouches for ledgers and published forecasts, which lie outside the store."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pytest

from payrisk import cli
from payrisk.cash.published import snapshots
from payrisk.errors import StoreError
from payrisk.ledger.stored import storage
from payrisk.store import DecisionStore, pin_faults, verify_store
from payrisk.store.vouching.pinning import keep_pins
from support.company.five_customers import small_company

AT = "2026-01-01T08:00:00+00:00"
MANIFEST = {"as_of": "2026-01-01", "model_version": "1", "horizon_days": 7}


@pytest.fixture
def home(tmp_path):
    storage.save(small_company(), tmp_path)
    publish(tmp_path, 1_000)
    return tmp_path


def publish(home, cents):
    tables = {name: pd.DataFrame({"cents": [cents]}) for name in snapshots.TABLES}
    return snapshots.publish(home, MANIFEST, tables).name


def url(home):
    return f"sqlite:///{home}/payrisk.db"


def forged(home, name):
    """A forecast of other figures whose manifest agrees with them, under the same name."""
    folder = home / "forecasts" / name
    manifest = json.loads((folder / "manifest.json").read_text())
    for file, entry in manifest["files"].items():
        pd.DataFrame({"cents": [9_999]}).to_parquet(folder / "new")
        (folder / "new").replace(folder / file)
        entry["sha256"] = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    (folder / "manifest.json").chmod(0o600)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_whatever_is_new_is_pinned_once_and_the_chain_holds(home):
    with DecisionStore(url(home)) as store:
        first = store.pins.pin(home, AT)
        assert [name.partition(":")[0] for name in first] == ["forecast", "ledger"]
        assert store.pins.pin(home, AT) == []
        name = publish(home, 2_000)
        assert store.pins.pin(home, AT) == [f"forecast:{name}"]
        again = {f"forecast:{name}": b"of another process that looked at the same time"}
        store.forget(lambda connection: keep_pins(connection, again, AT))
        changes = store.changes(0, 10)
        assert {change.what for change in changes} == {"home.pinned"}
        assert store.verify().holds
    assert verify_store(url(home)).n_links == 3
    assert pin_faults(url(home), home) == []


def test_a_forecast_that_agrees_with_itself_alone_is_found_and_not_answered(home, capsys):
    name = snapshots.names(home)[0]
    with DecisionStore(url(home)) as store:
        store.pins.pin(home, AT)
        store.pins.require(home, name)
        forged(home, name)
        snapshots.read(home, name)  # nothing in the folder says it
        with pytest.raises(StoreError, match="audit chain"):
            store.pins.require(home, name)
    assert [fault.subject for fault in pin_faults(url(home), home)] == [f"forecast:{name}"]
    assert cli.run(["--home", str(home), "audit", "verify"]) == 1
    assert "is not the one that the audit chain vouches for" in capsys.readouterr().out
    (home / "forecasts" / name / "manifest.json").unlink()
    assert len(pin_faults(url(home), home)) == 1


def test_a_ledger_is_held_against_its_pin_and_may_be_pruned(home):
    with DecisionStore(url(home)) as store:
        store.pins.pin(home, AT)
    folder = home / "ledgers" / storage.current_sha(home)
    table = folder / "invoices.parquet"
    content = table.read_bytes()
    table.chmod(0o600)
    table.write_bytes(content[:-1])
    assert [fault.subject.partition(":")[0] for fault in pin_faults(url(home), home)] == ["ledger"]
    table.write_bytes(content)
    folder.rename(home / "elsewhere")
    assert pin_faults(url(home), home) == []
