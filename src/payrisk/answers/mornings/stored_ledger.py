"""A ledger on disk that is read once something is asked that no prepared morning holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage


@dataclass
class StoredLedger:
    """What a ledger's manifest says of it, and its facts when they are needed.

    first_day, last_day: those on which its first and last fact were recorded.
    """

    home: Path
    sha: str
    first_day: int
    last_day: int
    n_customers: int

    @classmethod
    def of(cls, home: Path, sha: str) -> StoredLedger:
        """The ledger of this sha; raises LedgerError where there is none or none to be read."""
        entry = storage.manifest(home, sha)
        try:
            n_customers = int(entry["files"]["customers"]["rows"])
            return cls(
                home, sha, day_of(entry["first_day"]), day_of(entry["last_day"]), n_customers
            )
        except (KeyError, TypeError, ValueError, InputError):
            ledger = storage.load(home, sha)  # whose error says what is wrong, if anything is
            n_customers = len(ledger.tables["customers"])
            return cls(home, sha, ledger.first_day, ledger.last_day, n_customers)

    @classmethod
    def before_first_import(cls, home: Path) -> StoredLedger:
        """A home into which no ledger was brought yet; asked for its facts, it raises."""
        return cls(home, "", 0, 0, 0)

    @property
    def default_as_of(self) -> int:
        """The morning after the last recorded fact."""
        return self.last_day + 1

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger itself, every file verified; raises LedgerError when it is damaged."""
        return storage.load(self.home, self.sha)
