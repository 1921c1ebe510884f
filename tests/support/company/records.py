"""Records of decisions, orders and overrides made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from payrisk.credit.deciding.records import (
    ApplicationRecord,
    DecisionRecord,
    HeadroomClaim,
    HeadroomQuestion,
    HeldHeadroom,
    OverrideRecord,
    Reservation,
)
from payrisk.store import DecisionStore
from payrisk.store.forgetting.erasing import Erasure, erase_subject
from payrisk.store.forgetting.retention import Retention

AT = "2025-06-02T08:00:00.000000+00:00"
TODAY = "2025-06-02"


def review(name: str, **given) -> DecisionRecord:
    """A limit review of c1."""
    body = json.dumps({"decision_id": f"dec_{name}"}, separators=(",", ":")).encode()
    usual = {"kind": "limit_review", "outcome": "approve", "customer_id": "c1", "body": body}
    return DecisionRecord(
        decision_id=f"dec_{name}", decided_at=AT, as_of=TODAY, ledger_sha="a1", **(usual | given)
    )


def application(name: str, who: str = "Muster GmbH", **given) -> DecisionRecord:
    """An application whose body repeats the applicant's name in a reason."""
    said = {
        "decision_id": f"dec_{name}",
        "reasons": [{"text": f"{who} is young."}],
        "inputs": {"application": {"name": who, "turnover": 5, "email": None}},
    }
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    usual = {
        "kind": "onboarding",
        "outcome": "decline",
        "customer_id": None,
        "body": body,
        "personal": (("inputs", "application", "name"), ("inputs", "application", "email")),
        "application": ApplicationRecord(f"app_{name}", {"turnover": 5}),
    }
    return review(name, **(usual | given))


def order(
    name: str,
    amount: int,
    limit: int,
    *,
    customer: str = "c1",
    group: tuple[str, ...] = ("c1", "c2"),
    order_id: str | None = None,
    as_of: str = TODAY,
    until: str = "2025-07-02",
    seen: Callable[[str, str], bool] = lambda _customer, _order: False,
) -> HeadroomClaim:
    """An order let go as far as limit less what others hold allow, all in EUR."""

    def decide(held: HeldHeadroom) -> DecisionRecord:
        room = limit - sum(held.by_customer.values()) - sum(held.by_others.values())
        granted = max(0, min(amount, room))
        body = {"decision_id": f"dec_{name}", "released": granted, "room": room}
        return review(
            name,
            kind="order_release",
            outcome="approve" if granted == amount else "refer",
            customer_id=customer,
            order_id=order_id,
            currency="EUR",
            amount=amount,
            body=json.dumps(body, separators=(",", ":")).encode(),
            reservation=Reservation(customer, order_id, "EUR", granted, until),
        )

    question = HeadroomQuestion(customer, group, as_of, seen, order_id)
    return HeadroomClaim(question, decide)


def override(name: str, outcome: str = "approve", review_on: str = "2025-12-01", **given):
    """Make an override, whose reason is personal, of whatever body it is given."""

    def made(_body: bytes) -> OverrideRecord:
        said = {"override_id": f"ovr_{name}", "reason": "Known to Mrs Canary since school."}
        return OverrideRecord(
            f"ovr_{name}",
            AT,
            outcome,
            "erika",
            review_on,
            json.dumps(said, separators=(",", ":")).encode(),
            (("reason",),),
            **given,
        )

    return made


def erasure(store: DecisionStore, who: str, at: str, rules: Retention | None = None) -> Erasure:
    """Erase somebody as `payrisk audit erase` does."""
    asked = {"subject_or_id": who, "reason": "asked to", "erased_at": at}
    return store.forget(partial(erase_subject, **asked, retention=rules or Retention()))


def erased(store: DecisionStore, who: str, _reason: str, at: str) -> list[str]:
    """The ids of what is gone once somebody was erased."""
    return erasure(store, who, at).gone
