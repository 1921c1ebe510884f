"""Exports whose form somebody shook: read to the cent, doubted, or refused in one sentence."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from payrisk.calendar import date_of, day_of
from payrisk.errors import InputError
from payrisk.ledger.importing.outcome import ImportOutcome
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_pipelines.importing import import_files
from proofs.probing import Probe, ProofRun, Tally
from support.exports.corrupted import Export, corrupted

TODAY = day_of("2026-11-30")
WRONG = "silently wrong"


def kept(home: Path) -> Counter[tuple[object, ...]]:
    """What the ledger holds, as the made-up rows say it."""
    frame = storage.load(home).tables["invoices"]
    columns = ("invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency")
    rows = zip(*(frame[name] for name in columns), strict=True)
    return Counter(
        (str(i), str(who), date_of(since), date_of(due), int(cents), str(currency))
        for i, who, since, due, cents, currency in rows
    )


def exactly(rows: Counter[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    """The rows as they were kept."""
    return rows


def in_floats(rows: Counter[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    """The rows as a reader keeps them that takes the comma of thousands for a point."""
    return Counter(
        (*row[:4], cents // 1000 if isinstance(cents := row[4], int) and cents > 99_999 else cents,
         row[5])
        for row in rows.elements()
    )  # fmt: skip


def verdict(
    folder: Path,
    export: Export,
    read: Callable[[Counter[tuple[object, ...]]], Counter[tuple[object, ...]]],
) -> str:
    """How an export was taken."""
    home, file = folder / "home", folder / "export.csv"
    shutil.rmtree(home, ignore_errors=True)
    file.write_bytes(export.content)
    try:
        done = import_files(home, file, load_preset("generic"), TODAY)
    except InputError as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"
    except Exception as error:
        return f"broke off by {type(error).__name__}"
    if done.outcome != ImportOutcome.CLEAN:
        return str(done.outcome.value)
    is_right = done.report.balances() and read(kept(home)) == Counter(export.rows)
    return "read right" if is_right else WRONG


def _taken(
    run: ProofRun,
    read: Callable[[Counter[tuple[object, ...]]], Counter[tuple[object, ...]]],
) -> Tally:
    verdicts = Counter(
        verdict(run.folder, corrupted(run.seed * 1_000_003 + number), read)
        for number in range(run.count)
    )
    fine = {"read right", "refused", "doubts", "nothing"}
    told = ", ".join(f"{n:,} {what}" for what, n in sorted(verdicts.items()))
    return Tally(run.count, sum(n for what, n in verdicts.items() if what not in fine), told)


def shake(run: ProofRun) -> Tally:
    """Import each as it is."""
    return _taken(run, exactly)


def shake_in_floats(run: ProofRun) -> Tally:
    """The same by a reader of large amounts a thousand times too small."""
    return _taken(run, in_floats)


EXPORTS = Probe(
    "ledgers", 10_000, 100, shake, shake_in_floats, "a comma of thousands taken for a point",
    twin_count=8, ci=5,
)  # fmt: skip
