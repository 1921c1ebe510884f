"""Readers beside a store that is then gone without a word: what was acknowledged is there."""

from __future__ import annotations

import os
import subprocess
import sys

from payrisk.store import verify_store
from proofs.probing import CannotRun, Probe, ProofRun, Tally

WRITING = """
import os, subprocess, sys
from payrisk.store import DecisionStore
from support.company.records import review
path, n, is_broken, reading = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "broken", sys.argv[4]
with DecisionStore(f"sqlite:///{path}") as store:
    for number in range(n + 1):
        store.decide_once(f"k{number}", "0" * 64, lambda number=number: review(str(number)))
        if is_broken:
            store._writer._file = None  # nobody looks whether the log is still there
            os.close(os.open(path, os.O_RDONLY))  # lets go of every lock on the file
        if number < n:
            subprocess.run([sys.executable, "-c", reading, path], check=True)
    os._exit(0)
"""
READING = """
import sys
from payrisk.store import verify_store
assert verify_store(f"sqlite:///{sys.argv[1]}").holds
"""
READING_PLAINLY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("select count(*) from decisions").fetchone()
connection.close()
"""


def _read_beside(run: ProofRun, state: str, reading: str) -> Tally:
    if not hasattr(os, "fork"):
        raise CannotRun("a process cannot be ended as POSIX does")
    path = run.folder / "payrisk.db"
    command = [sys.executable, "-c", WRITING, str(path), str(run.count), state, reading]
    subprocess.run(command, check=True)
    n_lost = run.count + 1 - verify_store(f"sqlite:///{path}").n_decisions
    return Tally(
        run.count,
        n_lost,
        f"{run.count:,} readers beside {run.count + 1:,} acknowledged decisions: {n_lost} lost",
    )


def read_beside(run: ProofRun) -> Tally:
    """Read as `payrisk audit verify` does between decisions, then end the process."""
    return _read_beside(run, "whole", READING)


def read_beside_unlocked(run: ProofRun) -> Tally:
    """The same where the store has let go of its locks, as it once did."""
    return _read_beside(run, "broken", READING_PLAINLY)


BESIDE = Probe(
    "beside", 50, 2, read_beside, read_beside_unlocked, "a store without its locks", twin_count=2,
    ci=0, tests="tests/store/test_readers_beside.py",
)  # fmt: skip
