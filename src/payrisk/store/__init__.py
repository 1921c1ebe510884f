"""What must never be lost: decisions, overrides, their keys, and the audit chain."""

from __future__ import annotations

from payrisk.store.beside import named_ledgers, reserved_beside, verified
from payrisk.store.decisions import DecisionStore
from payrisk.store.records import (
    Applied,
    Claim,
    DecisionRecord,
    Kept,
    KeyInFlight,
    KeyReused,
    OverrideRecord,
    Reservation,
    Reserved,
    Stale,
    Summary,
    UnknownDecision,
)
from payrisk.store.verifying import Fault, Verified
from payrisk.store.writer import StoreBusy

__all__ = [
    "Applied",
    "Claim",
    "DecisionRecord",
    "DecisionStore",
    "Fault",
    "Kept",
    "KeyInFlight",
    "KeyReused",
    "OverrideRecord",
    "Reservation",
    "Reserved",
    "Stale",
    "StoreBusy",
    "Summary",
    "UnknownDecision",
    "Verified",
    "named_ledgers",
    "reserved_beside",
    "verified",
]
