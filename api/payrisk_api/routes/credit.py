"""Credit decisions: asked once, kept for good, overridden only by a person with a reason."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from payrisk.access import Caller
from payrisk.answers.desk.decision_table import MONEY, decision_table
from payrisk.calendar import day_of, iso
from payrisk.credit.deciding.delegation import MissingConfirmation
from payrisk.credit.deciding.overriding import BeyondAuthority, Override, OverrideRefusal
from payrisk.credit.deciding.records import DurableReply
from payrisk.credit.explaining.clearance import clearance_of
from payrisk.credit.explaining.explanation import explain_decision
from payrisk.credit.explaining.person_data import language_for
from payrisk.credit.explaining.person_sheet import person_sheet
from payrisk.errors import InputError
from payrisk.files import write_tables
from payrisk.store import DecidedDays, DecisionSummary
from payrisk_api.deps import AsOf, CallerDep, Service, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.keys import IdempotencyKey, IfMatch, asked_by, own_key, request_sha
from payrisk_api.naming import named_lines
from payrisk_api.requests.credit import DecisionBody, DecisionsQuery
from payrisk_api.requests.customers import PersonSheetQuery
from payrisk_api.requests.overriding import OverrideBody
from payrisk_api.responses.credit import (
    DecisionAnswer,
    DecisionsAnswer,
    ExplainedAnswer,
    OverrideAnswer,
    OverridesAnswer,
)
from payrisk_api.responses.customers import PersonSheetAnswer
from payrisk_api.responses.response_model import FILES, json_response, sent_file

router = APIRouter(prefix="/v1/credit", tags=["credit"])

MOST_IN_A_FILE = 1_000_000
DecisionId = Annotated[str, Path(pattern=r"^dec_[0-9a-z]{1,40}$")]


@router.post("/decisions", response_model=DecisionAnswer)
def decide(
    body: DecisionBody,
    service: ServiceDep,
    caller: CallerDep,
    query: AsOf,
    key: IdempotencyKey,
) -> Response:
    """Decide an application, an order or a limit; the answer is durable before it is sent.

    Without a verified model, on a stale ledger or for a natural person the outcome is `refer`.
    What is released of an order holds headroom that no other order can take.
    """
    answers, request, as_of = service.live.current, body.request(), service.as_of(query.as_of)
    prepare = partial(answers.prepare_decision, request, as_of=as_of)
    sha = request_sha(body, query.as_of, **asked_by(caller))
    reply = service.recorder.decide(prepare, key=own_key(caller, key), request_sha=sha)
    if reply.is_replayed:
        return replayed(service, reply)
    service.shadows.decision(answers, request, as_of)
    service.metrics.decisions.labels(reply.kind, reply.outcome).inc()
    return json_response(reply.body, ETag=reply.etag)


@router.get("/decisions", response_model=DecisionsAnswer, responses=FILES)
def decisions(service: ServiceDep, query: Annotated[DecisionsQuery, Query()]) -> Response:
    """List decisions, newest first; a page never repeats or misses one kept before the first.

    A file holds all that fit the filters, with names, however many a page would show.
    """
    before = None if query.cursor is None else int(query.cursor, 16)
    days = DecidedDays(query.since, query.until)
    limit = query.limit if query.format == "json" else MOST_IN_A_FILE
    equal = {"customer_id": query.customer_id, "kind": query.kind, "outcome": query.outcome}
    lines, after = service.store.page(before, limit, days, **equal)
    rows = [summary_row(line) for line in lines]
    if query.format != "json":
        table = decision_table(named_lines(service, rows))
        stem = "-".join(["decisions", *(day.isoformat() for day in days if day)])
        return sent_file(
            query.format, stem, lambda path: write_tables(path, {"decisions": table}, MONEY)
        )
    cursor = None if after is None else f"{after:x}"
    return json_response({"decisions": rows, "next_cursor": cursor})


@router.get("/decisions/{decision_id}", response_model=DecisionAnswer)
def decision(decision_id: DecisionId, service: ServiceDep) -> Response:
    """Read a decision as it was answered, byte for byte; its ETag changes with an override."""
    reply = kept_decision(service, decision_id)
    return json_response(reply.body, ETag=reply.etag)


@router.get("/decisions/{decision_id}/explanation", response_model=ExplainedAnswer)
def explanation(decision_id: DecisionId, service: ServiceDep) -> Response:
    """Say why a decision was what it was, from what was kept of it: no model is asked."""
    decision = json.loads(kept_decision(service, decision_id).body)
    try:
        body = explain_decision(decision)
    except KeyError:
        detail = "This decision was kept before explanations were; read the decision itself."
        raise ProblemError(409, "unexplained", detail) from None
    instead = _overrides(service, decision_id)
    clearance = clearance_of(decision, instead, iso(service.as_of(None)))
    told = None if clearance is None else clearance.to_json()
    return json_response(body | {"overrides": instead, "clearance": told})


@router.get("/decisions/{decision_id}/sheet", response_model=PersonSheetAnswer)
def sheet(
    decision_id: DecisionId, service: ServiceDep, query: Annotated[PersonSheetQuery, Query()]
) -> Response:
    """Tell a natural person what was decided of it, why, on which data, and how to contest it."""
    decision = json.loads(kept_decision(service, decision_id).body)
    instead = _overrides(service, decision_id)
    language = query.language or language_for(decision)
    try:
        told = person_sheet(decision, instead, language, contact=query.contact)
    except InputError as error:
        raise ProblemError(422, "refused", str(error)) from None
    return json_response(told.to_json())


@router.post("/decisions/{decision_id}/override", response_model=OverrideAnswer)
def override(
    decision_id: DecisionId,
    body: OverrideBody,
    service: ServiceDep,
    caller: CallerDep,
    key: IdempotencyKey,
    if_match: IfMatch,
) -> Response:
    """Decide otherwise, as a person who says why; the decision itself stays as it was made.

    An order that is approved holds its whole amount, one that is not lets go of what it held.
    """
    override = override_of(body, service, caller, decision_id)
    sha = request_sha(body, None, decision_id=decision_id, if_match=if_match, **asked_by(caller))
    with refusing_overrides():
        reply = service.recorder.override(
            override,
            if_match=if_match,
            key=own_key(caller, key),
            request_sha=sha,
            until=reserved_until(service),
        )
    if reply.is_replayed:
        return replayed(service, reply)
    service.metrics.overrides.labels(body.outcome).inc()
    # the tag of the decision as it stands now, so that it may be overridden again
    decision = service.store.get(decision_id)
    return json_response(reply.body, ETag=reply.etag if decision is None else decision.etag)


@router.get("/decisions/{decision_id}/override", response_model=OverridesAnswer)
def overrides(decision_id: DecisionId, service: ServiceDep) -> Response:
    """List what persons decided instead, the first one first; the last one counts."""
    reply = kept_decision(service, decision_id)
    body = {"decision_id": decision_id, "overrides": _overrides(service, decision_id)}
    return json_response(body, ETag=reply.etag)


def override_of(
    body: OverrideBody, service: Service, caller: Caller, decision_id: str
) -> Override:
    """What a person decides instead, by their key or, without keys, by the name they state."""
    return Override(
        decision_id=decision_id,
        outcome=body.outcome,
        reason=body.reason,
        actor=deciding_actor(caller, body.actor),
        review_on=day_of(body.review_on),
        made_at=service.now().isoformat(timespec="microseconds"),
        limit=_overriding_limit(body, service, decision_id),
        terms_days=body.terms_days,
        key_id=caller.key_id or None,
    )


@contextlib.contextmanager
def refusing_overrides() -> Iterator[None]:
    """Say of an override that cannot stand what it lacks, and whether a second person helps."""
    try:
        yield
    except MissingConfirmation as error:
        raise ProblemError(409, "second-person-needed", str(error)) from None
    except BeyondAuthority as error:
        raise ProblemError(403, "beyond-authority", str(error)) from None
    except OverrideRefusal as error:
        raise ProblemError(422, "override-refused", str(error)) from None


def reserved_until(service: Service) -> int:
    """The day until which an order that is approved now holds its headroom."""
    return service.as_of(None) + service.live.current.policy.reservation_days


def deciding_actor(caller: Caller, stated: str | None) -> str:
    """Who decides: the key's holder, and only without keys whoever the body names."""
    if caller.is_named:
        if stated not in (None, caller.name):
            detail = "Whoever holds the key decides; leave out the actor."
            raise ProblemError(422, "actor-is-key-holder", detail)
        return caller.name
    if stated is None:
        detail = "Name the person who overrides the decision as its actor."
        raise ProblemError(422, "override-refused", detail)
    return stated


def summary_row(summary: DecisionSummary) -> dict[str, Any]:
    """A line of a list as it is answered."""
    line = dataclasses.asdict(summary)
    del line["seq"]
    return line


def _overrides(service: Service, decision_id: str) -> list[Any]:
    """As they were answered, and which of their keys were revoked since."""
    keys = service.ring.keys()
    overrides = [json.loads(body) for body in service.store.overrides(decision_id)]
    for override in overrides:
        used = {override.get("key_id"), override.get("confirming_key_id")} - {None}
        revoked = sorted(key for key in used if key in keys and keys[key].revoked_at)
        if revoked:
            override["revoked_keys"] = revoked
    return overrides


def replayed(service: Service, reply: DurableReply) -> Response:
    """The answer that a key stood for already."""
    service.metrics.replays.inc()
    return json_response(reply.body, ETag=reply.etag, **{"Idempotent-Replayed": "true"})


def _overriding_limit(body: OverrideBody, service: Service, decision_id: str) -> int | None:
    """The limit of an override, which is in the currency of the decision it overrides."""
    if not isinstance(body.limit, str):
        return body.limit
    decision = json.loads(kept_decision(service, decision_id).body)
    currency = (decision["inputs"].get("order") or decision["limit"])["currency"]
    try:
        return body.limit_in(currency)
    except ValueError as error:
        raise ProblemError(422, "override-refused", f"{error}.") from None


def kept_decision(service: Service, decision_id: str) -> DurableReply:
    """The decision of this id as it was answered; raises ProblemError where none is kept."""
    reply = service.store.get(decision_id)
    if reply is None:
        raise ProblemError(404, "unknown-decision", "No decision of this id is kept.")
    return reply
