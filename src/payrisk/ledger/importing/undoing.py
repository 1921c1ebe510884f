"""An import undone: the ledger from before it answers again, and the log says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk.ledger.importing import log
from payrisk.ledger.importing.log import UNDONE
from payrisk.ledger.stored import storage


def undoable_import(home: Path) -> dict[str, Any] | None:
    """The line of the last import, where it made the ledger in service and the former is kept."""
    lines = log.lines(home)
    if not lines:
        return None
    last = lines[-1]
    before, after = last["ledger_before"], last["ledger_after"]
    is_undoable = (
        last["outcome"] != UNDONE
        and before not in ("", after)
        and after == storage.current_sha(home)
        and before in storage.kept_shas(home)
    )
    return last if is_undoable else None


def undo_import(home: Path, day: int, reason: str = "") -> dict[str, Any]:
    """Let the ledger from before the last import answer again; the line that the log keeps of it.

    day: on which it is undone. The undone ledger stays kept under its name, and its files may be
    imported again. Raises InputError where there is nothing to undo, LedgerError for a former
    ledger that is not whole.
    """
    with storage.import_lock(home):
        last = undoable_import(home)
        if last is None:
            raise InputError(
                "There is no import to undo: the ledger in service was not made by the last one,"
                " it was the first, or the ledger before it was removed."
            )
        before, after = last["ledger_before"], last["ledger_after"]
        storage.go_back(home, before, replaces=after)
        line: dict[str, Any] = {
            "day": iso(day), "source": last["source"], "files": last["files"],
            "preset": last["preset"], "outcome": UNDONE, "reasons": [], "accepted": reason,
            "ledger_before": after, "ledger_after": before,
        }  # fmt: skip
        log.append(home, line)
    return line
