"""Personal data at rest: sealed by the first key of a file that lies outside the home, if any."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from payrisk.errors import PayriskError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

MARK = "sealed:1:"
"""How a sealed text begins; what has no mark is in the clear."""


class UnreadablePersonalData(PayriskError):
    """Personal data that the keys at hand do not open."""


class PersonalKeys:
    """The keys of personal data: the first seals, each opens what it sealed.

    Fernet of `cryptography`: AES-128-CBC under HMAC-SHA256. The file has a key a line, as
    `add_new_key` makes them, and lies outside the home. Without a file everything stays as it is
    written. Sealing the same text twice gives two texts.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read nothing yet. path: None where personal data is kept in the clear."""
        self._path = path

    @property
    def has_keys(self) -> bool:
        """Whether personal data is sealed."""
        return self._path is not None

    def seal(self, text: str) -> str:
        """A text as it is kept; raises UnreadablePersonalData where the keys cannot be read."""
        if self._path is None:
            return text
        return MARK + self._keys.encrypt(text.encode()).decode("ascii")

    def open(self, text: str) -> str:
        """A text that was kept, sealed or not.

        Raises UnreadablePersonalData where no key at hand opens it.
        """
        if not text.startswith(MARK):
            return text
        if self._path is None:
            raise UnreadablePersonalData(
                "Personal data is sealed here: set PAYRISK_PERSONAL_KEYS to the file of its keys."
            )
        from cryptography.fernet import InvalidToken

        try:
            return self._keys.decrypt(text.removeprefix(MARK).encode()).decode()
        except InvalidToken:
            raise UnreadablePersonalData(
                f"No key of {self._path} opens what is kept; put the key back that sealed it."
            ) from None

    @cached_property
    def _keys(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        assert self._path is not None
        try:
            lines = [line for line in self._path.read_text("ascii").split() if line]
            return MultiFernet([Fernet(line) for line in lines])
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it holds no keys"
            raise UnreadablePersonalData(
                f"The keys of personal data at {self._path}: {why}."
            ) from None


def add_new_key(path: Path) -> None:
    """Put a new key before the others of a file, which is made where there is none."""
    from cryptography.fernet import Fernet

    before = path.read_bytes() if path.exists() else b""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key() + b"\n" + before)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
