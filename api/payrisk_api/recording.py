"""A decision made ready to be kept: its id, its time and the bytes it is answered with."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from typing import Any

from payrisk.calendar import iso
from payrisk.credit import CreditDecision
from payrisk.store import DecisionRecord
from payrisk_api.answered import encoded
from payrisk_api.schemas import DecisionBody


def new_id(now: dt.datetime) -> str:
    """Make an id that sorts by its time and reveals nothing else."""
    return f"dec_{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def request_sha(body: DecisionBody, as_of: dt.date | None) -> str:
    """Hash a request by its meaning: spaces and the order of fields do not count."""
    asked: dict[str, Any] = {"as_of": as_of, "body": body.model_dump(exclude_unset=True)}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def record(decision: CreditDecision, decision_id: str, now: dt.datetime) -> DecisionRecord:
    """Make the record of a decision."""
    decided_at = now.isoformat(timespec="microseconds")
    said = {"decision_id": decision_id, "decided_at": decided_at, **decision.to_json()}
    return DecisionRecord(
        decision_id,
        decided_at,
        decision.kind,
        decision.outcome,
        iso(decision.basis.as_of),
        decision.basis.ledger_sha,
        encoded(said),
        decision.customer_id,
    )
