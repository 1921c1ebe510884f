"""An export becomes the current ledger: read, merged with what was known, checked and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from payrisk.ledger import Ledger, Problem
from payrisk.ledger.importing.merging import latest_tables, merge
from payrisk.ledger.importing.reading import Preset, SourceContents, read_source
from payrisk.ledger.importing.reading.coverage import coverage_problems
from payrisk.ledger.importing.reading.report import ImportReport
from payrisk.ledger.stored import storage

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ImportSummary:
    """What an import found, where its report is, and the ledger that is current since.

    sha: '' where nothing usable came in and the ledger stays as it was.
    """

    report: ImportReport
    path: Path
    sha: str
    is_new: bool


def import_files(
    home: Path,
    source: Path,
    how: Preset,
    day: int,
    *,
    full: bool = True,
    tell: Tell = lambda _what, _done, _of: None,
) -> ImportSummary:
    """Read a source into the ledger of a home and report on its quality.

    day: on which this import becomes known. full: whether the source claims to hold every row.
    Imports into one home take turns, so that each builds on the one before.
    Raises InputError or LedgerError where the source or the ledger cannot be read.
    """
    with storage.locked(home):
        return _imported(home, source, how, day, full=full, tell=tell)


def _imported(
    home: Path, source: Path, how: Preset, day: int, *, full: bool, tell: Tell
) -> ImportSummary:
    before = storage.current_sha(home)
    old = storage.load(home) if before else None
    tables_before = latest_tables(old) if old else None
    reading = read_source(source, how, imported_on=day, ledger_tables=tables_before, progress=tell)
    tell("checking", 0, 2)
    ledger, problems = _ledger_of(reading, old, day, full=full)
    problems += coverage_problems(ledger) if ledger else []
    tell("writing", 1, 2)
    sha = storage.save(ledger, home, replaces=before) if ledger else ""
    report = ImportReport.of(
        reading, problems, ledger, source=str(source), preset=how.name, day=day, sha=sha
    )
    return ImportSummary(report, report.write(home), sha, sha != before)


def _ledger_of(
    reading: SourceContents, old: Ledger | None, day: int, *, full: bool
) -> tuple[Ledger | None, list[Problem]]:
    """The ledger after this import; None when nothing usable came in."""
    if old is not None and reading.rows_accepted:
        tables, problems = merge(old, reading.tables, day, full=full)
        return Ledger(tables, old.rules), problems
    if old is None and len(reading.tables.get("invoices", ())):
        return Ledger.from_tables(reading.tables)
    reason = "nothing is kept: a first import needs at least one usable invoice"
    n = reading.rows_accepted
    return None, [Problem("no_invoice", reason, "refused", n=n)] if n else []
