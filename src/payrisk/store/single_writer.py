"""One process at a time writes to a SQLite store."""

from __future__ import annotations

from io import TextIOWrapper
from pathlib import Path

from payrisk.errors import StoreError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; SQLite's own locks remain
    fcntl = None  # type: ignore[assignment]


class SingleWriter:
    """A lock beside the database file, held as long as the process lives.

    Two processes that write or checkpoint at once can corrupt a WAL database in SQLite before
    3.51.3; a lock of the operating system is gone the moment its holder is.
    """

    def __init__(self, database: Path | None) -> None:
        """Take the lock; None (PostgreSQL) needs none. Raises StoreError when it cannot be had."""
        self._file: TextIOWrapper | None = None
        if database is None or fcntl is None:
            return
        try:
            file = Path(f"{database}.writer").open("a")  # noqa: SIM115 - held for life
        except OSError as error:
            raise StoreError(
                f"Decisions cannot be kept in {database} ({error.strerror}); let this user write"
                " there, or choose another --home."
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise StoreError(
                f"Another payrisk process writes to {database}; stop it, or ask it over its API."
            ) from None
        self._file = file

    def release(self) -> None:
        """Let the next process write."""
        if self._file is not None:
            self._file.close()
            self._file = None
