"""One morning's parts as they are kept: what each stands on, read and written by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from payrisk.answers.mornings.basis import code_sha
from payrisk.answers.mornings.parts import DecisionBasis, MorningPart, MorningParts
from payrisk.answers.mornings.records import RecordFile, files_of_documents, from_plain, to_plain
from payrisk.predictions import DefaultRisk

ACCOUNTS, RISKS, DOCUMENTS, CURVES = "accounts", "risks", "documents", "curves"
LATE_CURVES = "late_curves"
"""The parts there are. Whoever adds one names in its basis all that it is worked out from."""


@dataclass(frozen=True)
class LedgerMorning:
    """The parts of one morning of one ledger."""

    parts: MorningParts
    as_of: int
    ledger_sha: str

    def read(self, name: str, **basis: object) -> MorningPart | None:
        """The part that stands on this ledger, this code and the basis; None where none does."""
        return self.parts.read(self.as_of, name, self._basis(basis))

    def has(self, name: str, **basis: object) -> bool:
        """Whether such a part is there."""
        return self.parts.has(self.as_of, name, self._basis(basis))

    def keep(self, name: str, files: Mapping[str, bytes], **basis: object) -> bool:
        """Keep a part; whether it is there now."""
        return self.parts.keep(self.as_of, name, self._basis(basis), files)

    def _basis(self, basis: Mapping[str, object]) -> DecisionBasis:
        return {"code": code_sha(), "ledger": self.ledger_sha, **basis}


class PreparedRisks(Mapping[str, DefaultRisk]):
    """The risks of a part by customer, each read when it is asked for."""

    def __init__(self, part: MorningPart) -> None:
        """Read the index alone."""
        self._records = RecordFile(part)

    def __contains__(self, customer_id: object) -> bool:
        """Whether the risk of this customer is in it."""
        return isinstance(customer_id, str) and customer_id in self._records

    def __len__(self) -> int:
        """How many."""
        return len(self._records)

    def __iter__(self) -> Iterator[str]:
        """Every customer in it."""
        return iter(self._records)

    def __getitem__(self, customer_id: str) -> DefaultRisk:
        """The risk of a customer, to the last bit as it was worked out."""
        return from_plain(DefaultRisk, self._records[customer_id])


def risk_files(risks: Mapping[str, DefaultRisk]) -> dict[str, bytes]:
    """The files of the part of risks."""
    return files_of_documents({customer: to_plain(risk) for customer, risk in risks.items()})
