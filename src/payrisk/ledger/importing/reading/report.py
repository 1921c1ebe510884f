"""The data-quality report of an import: rows, problems and money, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.calendar import iso
from payrisk.errors import LedgerError
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.merging import latest_tables
from payrisk.ledger.importing.reading.control_totals import AMOUNTS, ControlTotals
from payrisk.ledger.importing.reading.read import FileCount, SourceContents


@dataclass(frozen=True)
class ImportReport:
    """What came in, what became of it, and what was odd about it.

    ledger: the sha the import led to, '' when nothing usable came in. totals: as
    `ControlTotals.against` compares them.
    """

    source: str
    preset: str
    imported_on: int
    ledger: str
    files: tuple[FileCount, ...]
    problems: tuple[Problem, ...]
    totals: pd.DataFrame

    @classmethod
    def of(
        cls,
        reading: SourceContents,
        problems: Sequence[Problem],
        ledger: Ledger | None,
        *,
        source: str,
        preset: str,
        day: int,
        sha: str,
    ) -> ImportReport:
        """The report on a reading and on the ledger it led to (None: nothing was kept).

        problems: those met after reading. day: when the import counts as recorded.
        """
        if ledger is None:
            all_aside = ControlTotals(reading.totals.rows, reading.totals.rows)
            totals = all_aside.against({}, {})
        else:
            totals = reading.totals.against(reading.tables, latest_tables(ledger))
        met = (*reading.problems, *problems)
        return cls(source, preset, day, sha, reading.files, met, totals)

    def rows(self) -> pd.DataFrame:
        """One row a file: rows in = accepted + left out + quarantined."""
        frame = pd.DataFrame([asdict(f) for f in self.files])
        return frame[["file", "table", "rows_in", "accepted", "left_out", "quarantined"]]

    def problem_summary(self) -> pd.DataFrame:
        """One row a kind of problem and column: how many rows, the first of them, an example."""
        return problem_summary(self.problems)

    def balances(self) -> bool:
        """Whether every amount that came in stands in the ledger or is named as set aside."""
        return bool((self.totals["difference_amount"] == 0).all())

    def as_dict(self) -> dict[str, Any]:
        """The whole report as plain data, every problem on its own; amounts in minor units."""
        return {
            "source": self.source,
            "preset": self.preset,
            "imported_on": iso(self.imported_on),
            "ledger": self.ledger,
            "files": [asdict(f) for f in self.files],
            "totals": [
                {k: int(v) if k in AMOUNTS else str(v) for k, v in line.items()}
                for line in self.totals.to_dict("records")
            ],
            "problems": [p.as_dict() for p in self.problems],
        }

    def write(self, home: Path) -> Path:
        """Keep the whole report under HOME/reports and return its path.

        Raises LedgerError when it cannot be written there.
        """
        name = f"import-{self.ledger[:8] or 'rejected'}.json"
        path = home / "reports" / name
        text = json.dumps(self.as_dict(), indent=1, ensure_ascii=False)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_name(f".{name}")
            half.write_text(text, "utf-8")
            half.replace(path)
        except OSError as error:
            raise LedgerError(
                f"The report cannot be written to {path} ({error.strerror or error});"
                " free some space or choose another --home."
            ) from None
        return path


def problem_summary(problems: Sequence[Problem]) -> pd.DataFrame:
    """Problems of a kind, file and column as one row: n rows, the first row, its message."""
    columns = ["action", "code", "n", "file", "row", "column", "message"]
    frame = pd.DataFrame([p.as_dict() for p in problems], columns=columns)
    if not len(frame):
        return frame
    keys = ["action", "code", "file", "column"]
    groups = frame.groupby(keys, sort=False, as_index=False)
    out = groups.agg(n=("n", "sum"), row=("row", "first"), message=("message", "first"))
    order = {"refused": 0, "quarantined": 1, "doubted": 2, "repaired": 3, "noted": 4}
    out = out.sort_values("action", key=lambda a: a.map(order), kind="stable", ignore_index=True)
    return out[columns].astype({"row": "Int64"})
