"""The database file as it was opened: what is no longer it takes no decision."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import Engine

HEADER, STAMP_AT = 100, 60
"""SQLite keeps `user_version` in bytes 60 to 63 of the header, the most significant first
(https://www.sqlite.org/fileformat.html#user_version_number)."""


@dataclass(frozen=True)
class OpenedFile:
    """Which file a store writes to: its place on disk and a stamp written into it when opened.

    A file that is deleted or replaced while it is open goes on to take writes that nobody will
    find again, and one that is copied over in place is another store under the same name. So it
    is with the write-ahead log beside it, which holds what was committed last.

    descriptor: of the file, read through for as long as the store is open and closed after its
    connections. Closing any descriptor of a database file drops the locks that SQLite holds on
    it in this process, and the next reader beside it would take itself for the last one and
    delete the log (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """

    path: Path
    identity: tuple[int, int]
    log_identity: tuple[int, int] | None
    stamp: bytes
    descriptor: int

    @classmethod
    def with_new_stamp(cls, path: Path, writer: Engine) -> Self:
        """Write a new stamp into the file of an open engine, and remember it."""
        number = secrets.randbelow(2**31 - 1) + 1
        with writer.connect() as connection:
            cursor = connection.connection.driver_connection
            assert cursor is not None
            cursor.execute(f"PRAGMA user_version={number}")
            # the stamp is looked for in the file itself, so it may not wait in the log
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return cls(
            path,
            _identity(path),
            _identity_or_none(_log_of(path)),
            number.to_bytes(4, "big"),
            os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)),
        )

    def is_there(self) -> bool:
        """Whether the paths still lead to the very files that were opened."""
        try:
            is_same = _identity(self.path) == self.identity
            if self.log_identity is not None:
                is_same = is_same and _identity(_log_of(self.path)) == self.log_identity
            header = _first_bytes(self.descriptor)
        except OSError:
            return False
        return is_same and header[STAMP_AT : STAMP_AT + 4] == self.stamp

    def close(self) -> None:
        """Let go of the file, once no connection to it is open any more."""
        os.close(self.descriptor)


def _first_bytes(descriptor: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(descriptor, HEADER, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)  # Windows; the writer's thread alone reads here
    return os.read(descriptor, HEADER)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _identity_or_none(path: Path) -> tuple[int, int] | None:
    try:
        return _identity(path)
    except FileNotFoundError:
        return None
