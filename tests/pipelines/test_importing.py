"""Imports at once: they take turns, so that none loses what another brought."""

from __future__ import annotations

import multiprocessing

import pytest

from payrisk.errors import PayriskError
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files
from support.full import FULL
from support.ledgers.by_hand import invoice, ledger

pytestmark = pytest.mark.long

HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency\n"
N_IMPORTS = 150 if FULL else 8
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["payrisk_pipelines.importing", "pyarrow.csv", "pyarrow.parquet"])


def bring(home, source, gate, outcomes):
    """One import, begun when all stand at the gate."""
    gate.wait(600)
    try:
        done = import_files(home, source, load_preset("generic"), 20500, full=False)
        outcomes.put((source.stem, done.sha))
    except PayriskError as error:
        outcomes.put((source.stem, str(error)))


def load_often(home, gate, outcomes):
    """Reads beside the imports: always a whole ledger."""
    gate.wait(600)
    outcomes.put(("reader", max(len(storage.load(home).tables["invoices"]) for _ in range(20))))


def run_at_once(jobs):
    processes = [PROCESSES.Process(target=job, args=arguments) for job, *arguments in jobs]
    for process in processes:
        process.start()
    for process in processes:
        process.join(900)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def test_none_of_many_imports_at_once_is_lost(tmp_path):
    home = tmp_path / "home"
    storage.save(ledger(invoices=[invoice("first")]), home)
    gate, outcomes = PROCESSES.Barrier(N_IMPORTS + 1), PROCESSES.Queue()
    jobs = [(load_often, home, gate, outcomes)]
    for i in range(N_IMPORTS):
        source = tmp_path / f"s{i}.csv"
        source.write_text(HEAD + f"I{i},c{i % 5},2025-01-01,2025-01-31,10.00,EUR\n", "utf-8")
        jobs.append((bring, home, source, gate, outcomes))
    run_at_once(jobs)
    told = dict(outcomes.get(timeout=60) for _ in jobs)
    shas = {sha for name, sha in told.items() if name != "reader"}
    assert shas <= set(storage.kept_shas(home))
    assert len(shas) == N_IMPORTS
    invoices = set(storage.load(home).tables["invoices"]["invoice_id"])
    assert invoices == {"first", *(f"I{i}" for i in range(N_IMPORTS))}


def test_a_turn_ends_when_its_holder_fails(tmp_path):
    with pytest.raises(PayriskError, match="no file or folder"):
        import_files(tmp_path, tmp_path / "nothing.csv", load_preset("generic"), 20500)
    (tmp_path / "s.csv").write_text(HEAD + "I,c,2025-01-01,2025-01-31,10.00,EUR\n", "utf-8")
    assert import_files(tmp_path, tmp_path / "s.csv", load_preset("generic"), 20500).is_new
