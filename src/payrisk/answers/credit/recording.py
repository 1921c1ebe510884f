"""Recording a decision: made once a key, where no other order can take its headroom."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

from payrisk.answers.credit.prepared_decision import PreparedDecision
from payrisk.calendar import iso, iso_or_none
from payrisk.credit import CreditDecision
from payrisk.credit.applicant.application import PERSONAL
from payrisk.credit.deciding.delegation import Delegation, authority_question
from payrisk.credit.deciding.overriding import Override, disputing_colleagues
from payrisk.credit.deciding.records import (
    ApplicationRecord,
    DecisionRecord,
    DurableReply,
    HeadroomClaim,
    HeadroomQuestion,
    HeldHeadroom,
    OverrideRecord,
    Reservation,
)
from payrisk.files import json_bytes

PERSONAL_PLACES = tuple(("inputs", "application", name) for name in PERSONAL)
"""Where a decision's body holds what may name a person."""


class DecisionStorage(Protocol):
    """Where decisions are kept; `payrisk.store.DecisionStore` is one, and says what it raises."""

    def decide_once(
        self, key: str, request_sha: str, decide: Callable[[], DecisionRecord | HeadroomClaim]
    ) -> DurableReply:
        """The decision of this key: decided and kept now, or the one kept before."""
        ...

    def override(
        self,
        key: str,
        request_sha: str,
        decision_id: str,
        if_match: str,
        override: Callable[[bytes], OverrideRecord],
    ) -> DurableReply:
        """The override of this key, made from the decision's body if that is as the caller saw."""
        ...

    def held_headroom(self, question: HeadroomQuestion) -> HeldHeadroom:
        """What other orders hold, for an answer that takes none of it."""
        ...


class DecisionStamp(NamedTuple):
    """The id and the time a decision is recorded under."""

    decision_id: str
    decided_at: dt.datetime


@dataclass(frozen=True)
class DecisionRecorder:
    """Records what is decided: each key once, whatever asks and however often.

    now: the clock, in UTC. new_id: makes the ids of decisions; by default they sort by their
    time and reveal nothing else. delegation: who may decide what, None where it is not said.
    """

    memory: DecisionStorage
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str] | None = None
    delegation: Callable[[], Delegation | None] = lambda: None

    def decide(
        self, prepare: Callable[[], PreparedDecision], *, key: str, request_sha: str
    ) -> DurableReply:
        """Decide a question and keep the decision, or give back what its key stands for.

        prepare: asks the books and the models, as `Answers.prepare_decision`; it is called only
        once the key is claimed. What it and the memory raise passes through.
        """
        return self.memory.decide_once(key, request_sha, partial(self._record_or_claim, prepare))

    def override(
        self, override: Override, *, if_match: str, key: str, request_sha: str, until: int
    ) -> DurableReply:
        """Keep what a person decides instead, if the decision is as they saw it (`if_match`).

        An order that is approved holds its whole amount until the day `until`, one that is not
        lets go of what it held. Raises OverrideRefusal (MissingConfirmation and BeyondAuthority
        by the delegation) and what the memory raises.
        """
        make = partial(self._override_record, override, until)
        return self.memory.override(key, request_sha, override.decision_id, if_match, make)

    def _record_or_claim(
        self, prepare: Callable[[], PreparedDecision]
    ) -> DecisionRecord | HeadroomClaim:
        prepared = prepare()
        return record_or_claim(prepared, self.memory, DecisionStamp(self._id(), self.now()))

    def _override_record(self, override: Override, until: int, body: bytes) -> OverrideRecord:
        decision = self.check(override, body)
        new_id = self._id() if override.proposal_id is None else override.proposal_id
        return override_record(override, decision, new_id, until)

    def check(self, override: Override, body: bytes) -> dict[str, Any]:
        """The decision of this stored body, if the override may stand; raises OverrideRefusal."""
        decision: dict[str, Any] = json.loads(body)
        is_natural_person = decision["inputs"]["account"]["is_natural_person"]
        override.validate(
            is_natural_person=is_natural_person, involved=disputing_colleagues(decision)
        )
        delegation = self.delegation()
        if delegation is not None:
            question = authority_question(decision, override, override.made_on)
            delegation.require(override, question)
        return decision

    def _id(self) -> str:
        return new_decision_id(self.now()) if self.new_id is None else self.new_id()


def new_decision_id(now: dt.datetime) -> str:
    """An id that sorts by its time and reveals nothing else."""
    return f"dec_{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def record_or_claim(
    prepared: PreparedDecision, memory: DecisionStorage, stamp: DecisionStamp
) -> DecisionRecord | HeadroomClaim:
    """What to keep for a request: its decision, or for an order its claim to headroom."""
    if prepared.request.order is None or prepared.account.customer_id is None:
        return decision_record(prepared, stamp, held_headroom(prepared, memory))
    # what it looks in is built here, not while everybody waits for the writer
    prepared.is_in_ledger("", "")
    return HeadroomClaim(prepared.headroom_question, partial(decision_record, prepared, stamp))


def held_headroom(prepared: PreparedDecision, memory: DecisionStorage) -> HeldHeadroom:
    """What other orders hold of the headroom, for an answer that takes none of it."""
    if not prepared.group:
        return HeldHeadroom()
    return memory.held_headroom(prepared.headroom_question)


def decision_record(
    prepared: PreparedDecision, stamp: DecisionStamp, held: HeldHeadroom
) -> DecisionRecord:
    """Decide, other orders holding what they hold, and make the record of it."""
    decision = prepared.decide(held)
    decided_at = stamp.decided_at.isoformat(timespec="microseconds")
    application = _application_record(prepared, stamp.decision_id)
    head = {
        "decision_id": stamp.decision_id,
        "decided_at": decided_at,
        "applicant_id": None if application is None else application.applicant_id,
    }
    order = prepared.request.order
    is_limit = order is None and decision.limit.granted is not None
    return DecisionRecord(
        decision_id=stamp.decision_id,
        decided_at=decided_at,
        kind=decision.kind,
        outcome=decision.outcome,
        as_of=iso(decision.basis.as_of),
        ledger_sha=decision.basis.ledger_sha,
        body=json_bytes(head | decision.to_json()),
        customer_id=decision.customer_id,
        order_id=None if order is None else order.order_id,
        currency=decision.limit.currency if order is None else order.currency,
        amount=_amount_at_stake(prepared, decision),
        band=decision.band or None,
        probability=None if decision.risk is None else decision.risk.probability,
        review_on=iso_or_none(decision.limit.expires_on) if is_limit else None,
        personal=PERSONAL_PLACES if application is not None else (),
        application=application,
        reservation=_reservation(prepared, decision),
    )


def override_record(
    override: Override, decision: Mapping[str, Any], override_id: str, until: int
) -> OverrideRecord:
    """The record of an override. decision: the body it overrides; until: as of the recorder."""
    override_id = f"ovr_{override_id.removeprefix('dec_').removeprefix('pro_')}"
    body = {"override_id": override_id, "decided": decision["outcome"], **override.to_json()}
    order = decision["inputs"].get("order")
    reservation = None
    if order is not None:
        reservation = Reservation(
            customer_id=decision["customer_id"],
            order_id=order["order_id"],
            currency=order["currency"],
            amount=max(
                # what is paid before it leaves needs no room, what has left holds it anyway
                order["amount"] - order.get("down_payment", 0)
                if override.outcome.startswith("approve")
                else 0,
                order.get("delivered", 0),
            ),
            until_on=iso(until),
        )
    return OverrideRecord(
        override_id=override_id,
        made_at=override.made_at,
        outcome=override.outcome,
        actor=override.actor,
        review_on=iso(override.review_on),
        body=json_bytes(body),
        personal=(("reason",),),
        reservation=reservation,
    )


def _reservation(prepared: PreparedDecision, decision: CreditDecision) -> Reservation | None:
    order, release = prepared.request.order, decision.release
    if order is None or release is None or decision.customer_id is None:
        return None
    return Reservation(
        customer_id=decision.customer_id,
        order_id=order.order_id,
        currency=order.currency,
        amount=order.headroom(release.amount),
        until_on=iso(decision.basis.as_of + prepared.policy.reservation_days),
    )


def _application_record(prepared: PreparedDecision, decision_id: str) -> ApplicationRecord | None:
    application = prepared.request.application
    if application is None:
        return None
    fields = application.fields(prepared.basis.as_of) | {"parent_id": application.parent_id}
    return ApplicationRecord(f"app_{decision_id.removeprefix('dec_')}", fields)


def _amount_at_stake(prepared: PreparedDecision, decision: CreditDecision) -> int | None:
    if prepared.request.order is not None:
        return prepared.request.order.amount
    amounts = (
        prepared.account.requested_limit,
        decision.limit.proposed,
        decision.limit.previous,
        prepared.account.exposure,
    )
    return next((amount for amount in amounts if amount is not None), None)
