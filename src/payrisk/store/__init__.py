"""What must never be lost: decisions, the keys they were asked with, and the audit chain."""

from __future__ import annotations

from payrisk.store.decisions import (
    DecisionRecord,
    DecisionStore,
    Kept,
    KeyInFlight,
    KeyReused,
    named_ledgers,
)
from payrisk.store.writer import StoreBusy

__all__ = [
    "DecisionRecord",
    "DecisionStore",
    "Kept",
    "KeyInFlight",
    "KeyReused",
    "StoreBusy",
    "named_ledgers",
]
