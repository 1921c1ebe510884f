"""Whoever reads the store beside the service leaves what it acknowledged where it is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from payrisk.errors import StoreError
from payrisk.store import DecisionStore, verify_store
from support.company.records import review


def decided(store, n):
    for place in range(n):
        name = f"{n}_{place}"
        store.decide_once(f"key-{name}", "0" * 64, lambda name=name: review(name))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed as POSIX does")
def test_what_was_acknowledged_after_a_reader_beside_survives_a_crash(tmp_path):
    database = tmp_path / "payrisk.db"
    url = f"sqlite:///{database}"
    child = os.fork()
    if not child:
        try:
            with DecisionStore(url) as store:
                decided(store, 2)
                read = f"from payrisk.store import verify_store; verify_store({url!r})"
                for _ in range(2):  # a command beside the service, as `payrisk decisions list`
                    subprocess.run([sys.executable, "-c", read], check=True)
                decided(store, 3)
                os._exit(0 if database.with_name("payrisk.db-wal").exists() else 3)
        finally:
            os._exit(4)  # no connection is closed, as after kill -9
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert verify_store(url).n_decisions == 5


def test_a_log_that_is_deleted_under_the_service_takes_no_decision(tmp_path):
    database = tmp_path / "payrisk.db"
    with DecisionStore(f"sqlite:///{database}") as store:
        decided(store, 1)
        database.with_name("payrisk.db-wal").unlink()
        with pytest.raises(StoreError, match="moved, deleted or replaced"):
            decided(store, 2)
