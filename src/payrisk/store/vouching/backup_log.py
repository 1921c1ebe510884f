"""The backups that were taken of a home: a line each, written once the copy was verified."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from payrisk.calendar import day_of

NAME = "backups.jsonl"


def note_backup(home: Path, line: Mapping[str, Any]) -> None:
    """Add a line to HOME/reports/backups.jsonl, on disk before this returns."""
    path = home / "reports" / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def backup_age(backups: Sequence[Mapping[str, Any]], today: int) -> int | None:
    """How many days ago the newest was taken, on a day; None where there is none."""
    return today - day_of(backups[0]["taken_at"][:10]) if backups else None


def noted_backups(home: Path) -> list[dict[str, Any]]:
    """The lines, the newest first: taken_at, file, n_files, n_bytes, n_decisions, head, missing.

    n_unopened: records whose sealed data no key at hand opened, so that it was not checked.
    """
    path = home / "reports" / NAME
    written = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in written][::-1]
