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
from payrisk.ledger.importing.reading.read import FileCount
from payrisk.ledger.importing.reading.totals.total_lines import FileTotal


@dataclass(frozen=True)
class ImportReport:
    """What came in, what became of it, and what was odd about it.

    ledger: the sha the import led to, '' when it led to none. outcome: clean, doubts, refused or
    nothing, and the reasons. accepted: why a person accepts the doubts; '' = nobody did. totals:
    as `ControlTotals.against` compares them. file_totals: the files' own totals beside what was
    read. rules: as `rule_effects` lists them.
    """

    source: str
    preset: str
    imported_on: int
    ledger: str
    outcome: str
    reasons: tuple[str, ...]
    accepted: str
    files: tuple[FileCount, ...]
    problems: tuple[Problem, ...]
    totals: pd.DataFrame
    file_totals: tuple[FileTotal, ...]
    rules: pd.DataFrame

    def rows(self) -> pd.DataFrame:
        """One row a file: rows in = accepted + left out + quarantined."""
        frame = pd.DataFrame([asdict(f) for f in self.files])
        return frame[["file", "table", "rows_in", "accepted", "left_out", "quarantined"]]

    def problem_summary(self) -> pd.DataFrame:
        """One row a kind of problem and column: how many rows, the first of them, an example."""
        return problem_summary(self.problems)

    def read_and_stated_totals(self) -> pd.DataFrame:
        """One row a file and currency: rows and money read, and the file's own total.

        Amounts in minor units; stated and difference are NA where the file has no total line.
        """
        lines = [
            {
                "file": total.file,
                "table": total.table,
                "currency": total.currency,
                "rows": total.n_rows,
                "read_amount": total.read_amount,
                "stated_amount": _or_na(total.stated_amount),
                "difference_amount": _or_na(total.difference),
            }
            for total in self.file_totals
        ]
        columns = ["file", "table", "currency", "rows"]
        amounts = ["read_amount", "stated_amount", "difference_amount"]
        return pd.DataFrame(lines, columns=[*columns, *amounts], dtype=object)

    def balances(self) -> bool:
        """Whether every amount that could be read stands in the ledger or is named as set aside.

        Amounts that could not be read are not known to be anywhere; see `unreadable_rows`.
        """
        return bool((self.totals["difference_amount"].dropna() == 0).all())

    def as_dict(self) -> dict[str, Any]:
        """The whole report as plain data, every problem on its own; amounts in minor units.

        An amount that is not known is null; `unreadable_rows` counts the rows behind it.
        """
        return {
            "source": self.source,
            "preset": self.preset,
            "imported_on": iso(self.imported_on),
            "ledger": self.ledger,
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "accepted": self.accepted,
            "files": [asdict(f) for f in self.files],
            "read": _plain(self.read_and_stated_totals()),
            "totals": _plain(self.totals),
            "rules": _plain(self.rules),
            "problems": [p.as_dict() for p in self.problems],
        }

    def write(self, home: Path) -> Path:
        """Keep the whole report under HOME/reports and return its path.

        Raises LedgerError when it cannot be written there.
        """
        ended = "refused" if self.outcome == "refused" else "rejected"
        name = f"import-{self.ledger[:8] or ended}.json"
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


def _or_na(cents: int | None) -> Any:
    return pd.NA if cents is None else cents


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them, whole numbers exact and unknown ones null."""
    return [
        {name: None if cell is pd.NA else cell for name, cell in row.items()}
        for row in table.to_dict("records")
    ]


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
