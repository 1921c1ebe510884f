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
    find again, and one that is copied over in place is another store under the same name.
    """

    path: Path
    device_and_inode: tuple[int, int]
    stamp: bytes

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
        status = path.stat()
        return cls(path, (status.st_dev, status.st_ino), number.to_bytes(4, "big"))

    def is_there(self) -> bool:
        """Whether the path still leads to the very file that was opened."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                header = file.read(HEADER)
        except OSError:
            return False
        same_place = (status.st_dev, status.st_ino) == self.device_and_inode
        return same_place and header[STAMP_AT : STAMP_AT + 4] == self.stamp
