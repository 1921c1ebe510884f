"""The latest imports of a home, as its log tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from payrisk.calendar import day_of
from payrisk.ledger.importing.log import NAME

LATEST_IMPORTS = 10
DOUBTS_DAYS = 14
"""How long what was imported with doubts, or refused, is a matter of today."""


def latest_imports(home: Path) -> list[dict[str, Any]]:
    """Lines of HOME/reports/imports.jsonl, the newest first."""
    path = home / "reports" / NAME
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [json.loads(line) for line in lines[: -LATEST_IMPORTS - 1 : -1]]


def doubtful_imports(home: Path, as_of: int) -> list[dict[str, Any]]:
    """Those of the last days that were not clean and that no clean one followed."""
    lines: list[dict[str, Any]] = []
    for line in latest_imports(home):
        if line["outcome"] == "clean" or day_of(line["day"]) < as_of - DOUBTS_DAYS:
            break
        lines.append(line)
    return lines
