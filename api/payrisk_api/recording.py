"""A decision made ready to be kept: its id, its time, what is personal and what it reserves."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from payrisk.answers import PreparedDecision
from payrisk.calendar import iso, iso_or_none
from payrisk.credit import CreditDecision
from payrisk.credit.applicant.application import PERSONAL
from payrisk.files import json_bytes
from payrisk.store import (
    ApplicationRecord,
    DecisionRecord,
    DecisionStore,
    HeadroomClaim,
    HeldHeadroom,
    Reservation,
    reserved_beside,
)

PLACES = tuple(("inputs", "application", name) for name in PERSONAL)
"""Where a decision's body holds what may name a person."""


def new_id(now: dt.datetime, kind: str = "dec") -> str:
    """Make an id that sorts by its time and reveals nothing else."""
    return f"{kind}_{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def request_sha(body: BaseModel, as_of: dt.date | None, **more: str) -> str:
    """Hash a request by its meaning: spaces and the order of fields do not count."""
    asked: dict[str, Any] = {"as_of": as_of, "body": body.model_dump(exclude_unset=True), **more}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def asked(
    prepared: PreparedDecision, store: DecisionStore, decision_id: str, now: dt.datetime
) -> DecisionRecord | HeadroomClaim:
    """What to keep for a request: its decision, or for an order its claim to headroom."""
    request, account = prepared.request, prepared.account
    if request.order is None or account.customer_id is None:
        return record(prepared, held(prepared, store), decision_id, now)
    # what it looks in is built here, not while everybody waits for the writer
    prepared.is_in_ledger("")
    return HeadroomClaim(
        account.customer_id,
        prepared.group,
        request.order.order_id,
        iso(prepared.basis.as_of),
        prepared.is_in_ledger,
        lambda reserved: record(prepared, reserved, decision_id, now),
    )


def held(prepared: PreparedDecision, store: DecisionStore) -> HeldHeadroom:
    """What other orders hold of the headroom, for an answer that takes none of it."""
    return store.reserved(**_asking(prepared)) if prepared.group else HeldHeadroom()


def held_beside(prepared: PreparedDecision, url: str) -> HeldHeadroom:
    """The same, from a store that another process may be writing to; nothing without a store."""
    return reserved_beside(url, **_asking(prepared)) if prepared.group else HeldHeadroom()


def _asking(prepared: PreparedDecision) -> dict[str, Any]:
    order = prepared.request.order
    return {
        "customer_id": prepared.account.customer_id,
        "group": prepared.group,
        "as_of": iso(prepared.basis.as_of),
        "is_in_ledger": prepared.is_in_ledger,
        "but": None if order is None else order.order_id,
    }


def record(
    prepared: PreparedDecision, reserved: HeldHeadroom, decision_id: str, now: dt.datetime
) -> DecisionRecord:
    """Decide and make the record of it."""
    decision = prepared.decide(reserved.own, reserved.others)
    decided_at = now.isoformat(timespec="microseconds")
    applied = _applied(prepared, decision_id)
    applicant_id = None if applied is None else applied.applicant_id
    said = {"decision_id": decision_id, "decided_at": decided_at, "applicant_id": applicant_id}
    order = prepared.request.order
    is_limit = order is None and decision.limit.granted is not None
    return DecisionRecord(
        decision_id,
        decided_at,
        decision.kind,
        decision.outcome,
        iso(decision.basis.as_of),
        decision.basis.ledger_sha,
        json_bytes(said | decision.to_json()),
        decision.customer_id,
        order_id=None if order is None else order.order_id,
        currency=decision.limit.currency if order is None else order.currency,
        amount=_at_stake(prepared, decision),
        band=decision.band or None,
        probability=None if decision.risk is None else decision.risk.probability,
        review_on=iso_or_none(decision.limit.expires_on) if is_limit else None,
        personal=PLACES if applied is not None else (),
        applied=applied,
        reservation=_reservation(prepared, decision),
    )


def reservation(
    decision: Mapping[str, Any], amount: int, *, days: int, as_of: int
) -> Reservation | None:
    """What the order of a kept decision shall hold from now on; None where there is no order."""
    order = decision["inputs"].get("order")
    if order is None:
        return None
    return Reservation(
        decision["customer_id"],
        order["order_id"],
        order["currency"],
        amount,
        iso(as_of + days),
    )


def _reservation(prepared: PreparedDecision, decision: CreditDecision) -> Reservation | None:
    order, release = prepared.request.order, decision.release
    if order is None or release is None or decision.customer_id is None:
        return None
    until = decision.basis.as_of + prepared.policy.reservation_days
    return Reservation(
        decision.customer_id, order.order_id, order.currency, release.amount, iso(until)
    )


def _applied(prepared: PreparedDecision, decision_id: str) -> ApplicationRecord | None:
    application = prepared.request.application
    if application is None:
        return None
    fields = application.fields(prepared.basis.as_of) | {"parent_id": application.parent_id}
    return ApplicationRecord(f"app_{decision_id.removeprefix('dec_')}", fields)


def _at_stake(prepared: PreparedDecision, decision: CreditDecision) -> int | None:
    order = prepared.request.order
    if order is not None:
        return order.amount
    measures = (
        prepared.account.requested_limit,
        decision.limit.proposed,
        decision.limit.previous,
        prepared.account.exposure,
    )
    return next((one for one in measures if one is not None), None)
