"""Sessions that were ended before their time: HOME/sessions_ended, until they would have been."""

from __future__ import annotations

import os
import re
from pathlib import Path

from payrisk.access.key_ring import UnreadableKeys, file_lock, file_stamp
from payrisk.sealed import write_atomically

FILE = "sessions_ended"
LINE = re.compile(r"([0-9a-f]{32}) ([0-9]{1,12})", re.ASCII)


class EndedSessions:
    """The marks of sessions whose holder signed out, read anew the moment the file moves.

    A mark is a session's nonce, which tells nothing of the session and is no part of its
    signature's secret. Those that would be over by now are left out at the next write.
    """

    def __init__(self, home: Path) -> None:
        """Look nowhere yet."""
        self._path = home / FILE
        self._mark: tuple[int, int, int] | None = None
        self._until: dict[str, int] = {}

    def has(self, nonce: str) -> bool:
        """Whether the session of this mark was ended; raises UnreadableKeys."""
        return nonce in self._read()

    def end(self, nonce: str, until: int, now: int) -> bool:
        """End a session that would last until a second since 1970; False if it was ended before.

        Raises UnreadableKeys.
        """
        try:
            with file_lock(self._path.with_name(f"{FILE}.lock")):
                if self.has(nonce):
                    return False
                counting = {n: u for n, u in self._read().items() if u > now} | {nonce: until}
                text = "".join(f"{n} {u}\n" for n, u in sorted(counting.items()))
                write_atomically(self._path, text.encode())
                return True
        except OSError as error:
            raise UnreadableKeys(f"{self._path} cannot be written ({error.strerror}).") from None

    def _read(self) -> dict[str, int]:
        mark = file_stamp(self._path)
        if mark == self._mark:
            return self._until
        lines: list[str] = []
        if mark is not None:
            try:
                lines = self._path.read_text("ascii").splitlines()
            except (OSError, ValueError):
                lines = ["?"]
        matches = [LINE.fullmatch(line) for line in lines]
        if None in matches:
            raise UnreadableKeys(
                f"{self._path} cannot be read; delete it and {self._path.parent}{os.sep}"
                "session_secret, then all sign in anew."
            )
        self._until = {match[1]: int(match[2]) for match in matches if match is not None}
        self._mark = mark
        return self._until
