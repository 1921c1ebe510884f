"""The import log of a home: a line for every import, whatever became of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from payrisk.errors import InputError, LedgerError

NAME = "imports.jsonl"
UNDONE = "undone"
"""The outcome of a line that takes an import back."""


def file_shas(paths: Iterable[Path]) -> dict[str, str]:
    """The sha256 of each file by its name; raises InputError for one that cannot be read."""
    out = {}
    for path in dict.fromkeys(paths):
        try:
            with path.open("rb") as file:
                out[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror or error}).") from None
    return out


def append(home: Path, line: Mapping[str, Any]) -> None:
    """Add one import to HOME/reports/imports.jsonl, on disk before this returns.

    Raises LedgerError when it cannot be written.
    """
    path = home / "reports" / NAME
    text = json.dumps(line, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise LedgerError(
            f"The import log {path} cannot be written ({error.strerror or error});"
            " free some space or choose another --home."
        ) from None


def lines(home: Path) -> list[dict[str, Any]]:
    """Every line of the log, the oldest first; raises LedgerError when it cannot be read."""
    path = home / "reports" / NAME
    try:
        written = path.read_text("utf-8").splitlines() if path.exists() else []
    except OSError as error:
        raise LedgerError(
            f"The import log {path} cannot be read ({error.strerror or error})."
        ) from None
    return [json.loads(line) for line in written]


def import_day_of(home: Path, sha: str) -> str:
    """The ISO day on which content with this sha256 was taken into the ledger.

    "" for what never was, or was undone since.
    """
    for entry in reversed(lines(home)):
        if sha in entry["files"].values():
            if entry["outcome"] == UNDONE:
                return ""
            if entry["outcome"] in ("clean", "doubts"):
                return str(entry["day"])
    return ""
