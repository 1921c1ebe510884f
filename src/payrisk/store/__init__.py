"""What must never be lost: decisions, overrides, their keys, and the audit chain."""

from __future__ import annotations

from payrisk.store.decisions import DecisionStore
from payrisk.store.read_only import (
    KeptDecisions,
    named_ledgers,
    read_decisions,
    read_held_headroom,
    verify_store,
)
from payrisk.store.reading import DecisionSummary
from payrisk.store.refusals import KeyInFlight, ReusedKey, StaleDecision, UnknownDecision
from payrisk.store.verifying import StoreFault, VerificationReport
from payrisk.store.writer import StoreBusy

__all__ = [
    "DecisionStore",
    "DecisionSummary",
    "KeptDecisions",
    "KeyInFlight",
    "ReusedKey",
    "StaleDecision",
    "StoreBusy",
    "StoreFault",
    "UnknownDecision",
    "VerificationReport",
    "named_ledgers",
    "read_decisions",
    "read_held_headroom",
    "verify_store",
]
