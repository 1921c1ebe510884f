"""What was decided: outcome, limit, terms, reasons and everything the answer stood on."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from payrisk.calendar import NEVER, date_of
from payrisk.credit.application import Kind
from payrisk.credit.limits import Limit
from payrisk.predictions import DefaultRisk, Reason

Outcome = Literal["approve", "approve_with_protection", "refer", "decline"]
Protection = Literal["none", "shorter_terms", "deposit", "guarantee", "insurance", "prepay"]

PROTECTIONS: tuple[Protection, ...] = (
    "none",
    "shorter_terms",
    "deposit",
    "guarantee",
    "insurance",
    "prepay",
)
"""From the mildest to the strictest."""

Ask = Literal["shorter_terms", "deposit", "guarantee", "insurance", "prepay", "refer", "decline"]


@dataclass(frozen=True)
class RedFlag:
    """Something that speaks against open credit, where it comes from and when it was true."""

    code: str
    text: str
    asks_for: Ask
    source: str
    dated_on: int


@dataclass(frozen=True)
class Terms:
    """Days to pay granted, and what protects us."""

    days: int
    protection: Protection


@dataclass(frozen=True)
class Release:
    """What happens to an order: released, released in part, or held. Minor units."""

    action: Literal["release", "release_in_part", "hold"]
    amount: int
    currency: str


@dataclass(frozen=True)
class Basis:
    """What an answer stands on: the morning, the ledger and the models in service.

    ledger_last_on: day of the ledger's last fact. model_versions: champion name → version.
    why_no_risk: code of the reason why no default risk could be had; None when there is one.
    """

    as_of: int
    ledger_sha: str
    ledger_last_on: int
    model_versions: dict[str, str]
    why_no_risk: str | None = None


@dataclass(frozen=True)
class CreditDecision:
    """The house's answer to a CreditRequest, replayable from what it names.

    `reasons`: at most four, first what bound the outcome, then what raised the risk. `limit`
    and `terms` are granted only when the outcome is an approval. `expected_profit` is null
    until margins are known to the policy.
    """

    kind: Kind
    customer_id: str | None
    outcome: Outcome
    limit: Limit
    terms: Terms | None
    release: Release | None
    reasons: tuple[Reason, ...]
    flags: tuple[RedFlag, ...]
    risk: DefaultRisk | None
    basis: Basis
    policy_id: str
    policy_sha: str
    inputs: dict[str, Any]
    expected_profit: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values: days as ISO dates, absent days as null, money in minor units."""
        risk = None
        if self.risk is not None:
            risk = {
                "probability": self.risk.probability,
                "horizon_days": self.risk.horizon_days,
                "is_in_default": self.risk.is_in_default,
                "n_invoices_seen": self.risk.n_invoices_seen,
            }
        return {
            "kind": self.kind,
            "customer_id": self.customer_id,
            "outcome": self.outcome,
            "limit": dataclasses.asdict(self.limit),
            "terms": None if self.terms is None else dataclasses.asdict(self.terms),
            "release": None if self.release is None else dataclasses.asdict(self.release),
            "reasons": [_dated(one) for one in self.reasons],
            "flags": [_dated(one) for one in self.flags],
            "risk": risk,
            "expected_profit": self.expected_profit,
            "as_of": _iso(self.basis.as_of),
            "ledger_sha": self.basis.ledger_sha,
            "ledger_last_on": _iso(self.basis.ledger_last_on),
            "model_versions": self.basis.model_versions,
            "policy_id": self.policy_id,
            "policy_sha": self.policy_sha,
            "inputs": _plain("inputs", self.inputs),
        }


def _iso(day: int | None) -> str | None:
    date = None if day is None or day == NEVER else date_of(day)
    return None if date is None else date.isoformat()


def _dated(one: Reason | RedFlag) -> dict[str, Any]:
    plain = _plain("", dataclasses.asdict(one))
    assert isinstance(plain, dict)
    return plain


def _plain(name: str, value: Any) -> Any:
    if name.endswith("_on") and isinstance(value, int):
        return _iso(value)
    if isinstance(value, dict):
        return {key: _plain(key, one) for key, one in value.items()}
    return list(value) if isinstance(value, tuple) else value
