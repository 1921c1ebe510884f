"""Credit decisions: asked once, kept for good, overridden only by a person with a reason."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from payrisk.calendar import day_of
from payrisk.credit.deciding.overriding import Override
from payrisk.credit.explaining.explanation import explain
from payrisk.errors import InputError
from payrisk.files import json_bytes
from payrisk.store import DecisionRecord, DecisionSummary, HeadroomClaim, OverrideRecord
from payrisk_api.deps import AsOf, Service, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.keys import IdempotencyKey, IfMatch
from payrisk_api.recording import asked, request_sha, reservation
from payrisk_api.requests.credit import DecisionBody, DecisionsQuery, OverrideBody
from payrisk_api.responses.credit import (
    DecisionAnswer,
    DecisionsAnswer,
    ExplainedAnswer,
    OverrideAnswer,
    OverridesAnswer,
)
from payrisk_api.responses.response_model import answer

router = APIRouter(prefix="/v1/credit", tags=["credit"])

DecisionId = Annotated[str, Path(pattern=r"^dec_[0-9a-z]{1,40}$")]


@router.post("/decisions", response_model=DecisionAnswer)
def decide(body: DecisionBody, service: ServiceDep, query: AsOf, key: IdempotencyKey) -> Response:
    """Decide an application, an order or a limit; the answer is durable before it is sent.

    Without a verified model, on a stale ledger or for a natural person the outcome is `refer`.
    What is released of an order holds headroom that no other order can take.
    """

    def decided() -> DecisionRecord | HeadroomClaim:
        answers, request, as_of = service.live.current, body.request(), service.as_of(query.as_of)
        prepared = answers.prepared(request, as_of=as_of)
        service.shadows.decision(answers, request, as_of)
        return asked(prepared, service.store, service.new_id(), service.now())

    kept = service.store.once(key, request_sha(body, query.as_of), decided)
    if kept.is_replayed:
        service.metrics.replays.inc()
        return answer(kept.body, ETag=kept.etag, **{"Idempotent-Replayed": "true"})
    service.metrics.decisions.labels(kept.kind, kept.outcome).inc()
    return answer(kept.body, ETag=kept.etag)


@router.get("/decisions", response_model=DecisionsAnswer)
def decisions(service: ServiceDep, query: Annotated[DecisionsQuery, Query()]) -> Response:
    """List decisions, newest first; a page never repeats or misses one kept before the first."""
    lines, after = service.store.page(
        None if query.cursor is None else int(query.cursor, 16),
        query.limit,
        customer_id=query.customer_id,
        kind=query.kind,
        outcome=query.outcome,
    )
    cursor = None if after is None else f"{after:x}"
    return answer({"decisions": [line_of(one) for one in lines], "next_cursor": cursor})


@router.get("/decisions/{decision_id}", response_model=DecisionAnswer)
def decision(decision_id: DecisionId, service: ServiceDep) -> Response:
    """Read a decision as it was answered, byte for byte; its ETag changes with an override."""
    kept = service.store.get(decision_id)
    if kept is None:
        raise _unknown()
    return answer(kept.body, ETag=kept.etag)


@router.get("/decisions/{decision_id}/explanation", response_model=ExplainedAnswer)
def explanation(decision_id: DecisionId, service: ServiceDep) -> Response:
    """Say why a decision was what it was, from what was kept of it: no model is asked."""
    kept = service.store.get(decision_id)
    if kept is None:
        raise _unknown()
    try:
        said = explain(json.loads(kept.body))
    except KeyError:
        detail = "This decision was kept before explanations were; read the decision itself."
        raise ProblemError(409, "unexplained", detail) from None
    return answer(said | {"overrides": _overrides(service, decision_id)})


@router.post("/decisions/{decision_id}/override", response_model=OverrideAnswer)
def override(
    decision_id: DecisionId,
    body: OverrideBody,
    service: ServiceDep,
    key: IdempotencyKey,
    if_match: IfMatch,
) -> Response:
    """Decide otherwise, as a person who says why; the decision itself stays as it was made.

    An order that is approved holds its whole amount, one that is not lets go of what it held.
    """
    now = service.now()

    def made(seen: bytes) -> OverrideRecord:
        return _override(json.loads(seen), body, service, now)

    sha = request_sha(body, None, decision_id=decision_id, if_match=if_match)
    kept = service.store.override(key, sha, decision_id, if_match, made)
    if kept.is_replayed:
        service.metrics.replays.inc()
        return answer(kept.body, ETag=kept.etag, **{"Idempotent-Replayed": "true"})
    service.metrics.overrides.labels(body.outcome).inc()
    # the tag of the decision as it stands now, so that it may be overridden again
    current = service.store.get(decision_id)
    return answer(kept.body, ETag=kept.etag if current is None else current.etag)


@router.get("/decisions/{decision_id}/override", response_model=OverridesAnswer)
def overrides(decision_id: DecisionId, service: ServiceDep) -> Response:
    """List what persons decided instead, the first one first; the last one counts."""
    kept = service.store.get(decision_id)
    if kept is None:
        raise _unknown()
    said = {"decision_id": decision_id, "overrides": _overrides(service, decision_id)}
    return answer(said, ETag=kept.etag)


def line_of(summary: DecisionSummary) -> dict[str, Any]:
    """A line of a list as it is answered."""
    said = dataclasses.asdict(summary)
    del said["seq"]
    return said


def _overrides(service: Service, decision_id: str) -> list[Any]:
    return [json.loads(one) for one in service.store.overrides(decision_id)]


def _override(
    decision: dict[str, Any], body: OverrideBody, service: Service, now: dt.datetime
) -> OverrideRecord:
    made_at = now.isoformat(timespec="microseconds")
    wanted = Override(
        decision["decision_id"],
        body.outcome,
        body.reason,
        body.actor,
        day_of(body.review_on),
        made_at,
        body.limit,
        body.terms_days,
    )
    try:
        wanted.checked(is_natural_person=decision["inputs"]["account"]["is_natural_person"])
    except InputError as error:
        raise ProblemError(422, "override-refused", str(error)) from None
    override_id = f"ovr_{service.new_id().removeprefix('dec_')}"
    order = decision["inputs"].get("order")
    is_approved = body.outcome.startswith("approve")
    return OverrideRecord(
        override_id,
        made_at,
        body.outcome,
        body.actor,
        body.review_on.isoformat(),
        json_bytes(
            {"override_id": override_id, "decided": decision["outcome"], **wanted.to_json()}
        ),
        (("reason",),),
        reservation(
            decision,
            order["amount"] if order is not None and is_approved else 0,
            days=service.live.current.policy.reservation_days,
            as_of=service.as_of(None),
        ),
    )


def _unknown() -> ProblemError:
    return ProblemError(404, "unknown-decision", "No decision of this id is kept.")
