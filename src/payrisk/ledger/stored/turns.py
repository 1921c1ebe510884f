"""Turns at a home's ledger: imports one after the other, and never two writers at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from payrisk.errors import LedgerError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there `replaces` of save remains
    fcntl = None  # type: ignore[assignment]

IMPORTING, WRITING = ".ledger.importing", ".ledger.writing"
"""The files of a home whose locks are the turns. Taken in this order, so that nobody deadlocks."""


@contextmanager
def import_lock(home: Path) -> Iterator[None]:
    """Hold the home's one turn to import: from reading the current ledger to naming the next.

    Others wait; the turn is free the moment its holder ends, however it ends. It does not nest.
    Raises LedgerError when the home cannot be written.
    """
    with _turn(home, IMPORTING):
        yield


@contextmanager
def write_lock(home: Path) -> Iterator[None]:
    """Hold the turn to write, point or prune, which takes as long as the disk does."""
    with _turn(home, WRITING):
        yield


@contextmanager
def _turn(home: Path, name: str) -> Iterator[None]:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (home / name).open("a")
    except OSError as error:
        raise LedgerError(
            f"The ledger under {home} cannot be written ({error.strerror or error}); let this user"
            " write there, or choose another --home."
        ) from None
    with file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
