"""Exports whose form somebody shook are read right, doubted, or refused: never silently wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from payrisk.calendar import date_of, day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.outcome import ImportOutcome
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files
from support.exports.corrupted import corrupted
from support.full import FULL

GENERIC = load_preset("generic")
TODAY = day_of("2026-11-30")
N_BLOCKS, A_BLOCK = (20, 100) if FULL else (2, 15)
N_PROCESSES = 200 if FULL else 2
A_GIGABYTE = 1 << 30
WITH_PEAK = """
import atexit, pathlib, sys
peak = pathlib.Path(sys.argv.pop(1))
atexit.register(lambda: peak.write_text(pathlib.Path("/proc/self/status").read_text()))
from payrisk.cli import main
main()
"""
"""The command, which leaves behind how much memory it had at most: its parent's does not count."""


def told(home):
    """What the ledger holds, as the made-up rows say it."""
    frame = storage.load(home).tables["invoices"]
    return Counter(
        (
            str(r.invoice_id),
            str(r.customer_id),
            date_of(r.issued_on),
            date_of(r.due_on),
            r.amount,
            str(r.currency),
        )
        for r in frame.itertuples()
    )


def verdict(folder, seed):
    export = corrupted(seed)
    home, file = folder / "home", folder / "export.csv"
    shutil.rmtree(home, ignore_errors=True)
    file.write_bytes(export.content)
    try:
        done = import_files(home, file, GENERIC, TODAY)
    except InputError as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"
    if done.outcome != ImportOutcome.CLEAN:
        return done.outcome.value
    assert done.report.balances(), export.what
    assert told(home) == Counter(export.rows), f"silently wrong, {export.what}"
    return "read right"


@pytest.mark.parametrize("block", range(N_BLOCKS))
def test_what_somebody_shook_is_read_right_doubted_or_refused(tmp_path, block):
    verdicts = Counter(verdict(tmp_path, block * A_BLOCK + i) for i in range(A_BLOCK))
    assert verdicts["read right"]
    assert set(verdicts) <= {"read right", "refused", "doubts", "nothing"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc tells the memory")
@pytest.mark.parametrize("seed", range(N_PROCESSES))
def test_the_command_ends_with_a_sentence_in_bounded_time_and_memory(tmp_path, seed):
    """As a clerk runs it: a whole process of at most a gigabyte and ten CPU seconds."""
    export = corrupted(10_000 + seed)
    file, said = tmp_path / "export.csv", tmp_path / "said.txt"
    file.write_bytes(export.content)
    peak = tmp_path / "peak.txt"
    words = ["--home", str(tmp_path / "home"), "import", str(file), "--preset", "generic"]
    command = [sys.executable, "-c", WITH_PEAK, str(peak), *words]
    with said.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = said.read_text()
    assert process.returncode in (0, 1, 2, 3), (export.what, text[-2_000:])
    assert "Traceback" not in text, export.what
    assert "Outcome" in text or text.startswith("payrisk: "), (export.what, text[-2_000:])
    assert used.ru_utime + used.ru_stime < 10
    (line,) = [line for line in peak.read_text().splitlines() if line.startswith("VmHWM")]
    assert int(line.split()[1]) * 1_024 < A_GIGABYTE
