"""The latest imports of a home, as its log tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from payrisk.calendar import day_of
from payrisk.languages import marked
from payrisk.ledger.importing import log

OUTCOMES = {
    "clean": (marked("understood"), "good"),
    "doubts": (marked("in doubt"), "warn"),
    "refused": (marked("refused"), "bad"),
    "nothing": (marked("nothing usable"), "bad"),
    log.UNDONE: (marked("undone"), ""),
}
LATEST_IMPORTS = 10
DOUBTS_DAYS = 14
"""How long what was imported with doubts, or refused, is a matter of today."""


def latest_imports(home: Path) -> list[dict[str, Any]]:
    """Lines of HOME/reports/imports.jsonl, the newest first."""
    return log.lines(home)[: -LATEST_IMPORTS - 1 : -1]


def doubtful_imports(home: Path, as_of: int) -> list[dict[str, Any]]:
    """Those of the last days that were not clean and that no clean one followed."""
    lines: list[dict[str, Any]] = []
    for line in latest_imports(home):
        if line["outcome"] in ("clean", log.UNDONE) or day_of(line["day"]) < as_of - DOUBTS_DAYS:
            break
        lines.append(line)
    return lines
