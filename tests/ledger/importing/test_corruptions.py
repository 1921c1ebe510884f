"""Exports whose form somebody shook are read right, doubted, or refused: never silently wrong."""

from __future__ import annotations

import shutil
from collections import Counter

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
