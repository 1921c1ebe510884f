"""What a check of the store says: the faults, and what no key at hand opens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreFault:
    """A row that is not what was written. seq: of the link that shows it, None without one."""

    seq: int | None
    subject: str
    what: str


@dataclass(frozen=True)
class VerificationReport:
    """What was checked, the newest link's hash and whatever does not hold.

    n_unopened: records whose sealed data no key at hand opens, which are no faults; unopened: why.
    """

    n_links: int
    n_decisions: int
    n_erased: int
    head: str
    faults: tuple[StoreFault, ...] = ()
    n_unopened: int = 0
    unopened: str = ""

    @property
    def holds(self) -> bool:
        """Whether all could be checked and nothing was tampered with."""
        return not self.faults and not self.n_unopened
