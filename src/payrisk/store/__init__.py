"""What must never be lost: decisions, overrides, their keys, and the audit chain."""

from __future__ import annotations

from payrisk.store.action_memory import ActionStore, KeptActions, action_sha, read_actions
from payrisk.store.decisions import DecisionStore
from payrisk.store.proposing.proposals import Proposal
from payrisk.store.read_only import (
    KeptDecisions,
    named_ledgers,
    pin_faults,
    read_decisions,
    read_held_headroom,
    verify_store,
)
from payrisk.store.reading import DecidedDays, DecisionSummary
from payrisk.store.refusals import (
    ClaimedByAnother,
    KeyInFlight,
    ReusedKey,
    StaleDecision,
    UnknownAction,
    UnknownDecision,
)
from payrisk.store.vouching.report import StoreFault, VerificationReport
from payrisk.store.writer import StoreBusy

__all__ = [
    "ActionStore",
    "ClaimedByAnother",
    "DecidedDays",
    "DecisionStore",
    "DecisionSummary",
    "KeptActions",
    "KeptDecisions",
    "KeyInFlight",
    "Proposal",
    "ReusedKey",
    "StaleDecision",
    "StoreBusy",
    "StoreFault",
    "UnknownAction",
    "UnknownDecision",
    "VerificationReport",
    "action_sha",
    "named_ledgers",
    "pin_faults",
    "read_actions",
    "read_decisions",
    "read_held_headroom",
    "verify_store",
]
