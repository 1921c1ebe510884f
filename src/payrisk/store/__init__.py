"""What must never be lost: decisions, overrides, their keys, and the audit chain."""

from __future__ import annotations

from payrisk.store.beside import named_ledgers, reserved_beside, verified
from payrisk.store.decisions import DecisionStore
from payrisk.store.records import (
    ApplicationRecord,
    DecisionRecord,
    DecisionSummary,
    DurableReply,
    HeadroomClaim,
    HeldHeadroom,
    KeyInFlight,
    OverrideRecord,
    Reservation,
    ReusedKey,
    StaleDecision,
    UnknownDecision,
)
from payrisk.store.verifying import StoreFault, VerificationReport
from payrisk.store.writer import StoreBusy

__all__ = [
    "ApplicationRecord",
    "DecisionRecord",
    "DecisionStore",
    "DecisionSummary",
    "DurableReply",
    "HeadroomClaim",
    "HeldHeadroom",
    "KeyInFlight",
    "OverrideRecord",
    "Reservation",
    "ReusedKey",
    "StaleDecision",
    "StoreBusy",
    "StoreFault",
    "UnknownDecision",
    "VerificationReport",
    "named_ledgers",
    "reserved_beside",
    "verified",
]
