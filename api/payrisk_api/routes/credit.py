"""Credit decisions: asked once, kept for good."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from payrisk.store import DecisionRecord
from payrisk_api.answered import DecisionAnswer, answer
from payrisk_api.deps import AsOf, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.recording import record, request_sha
from payrisk_api.schemas import DecisionBody

router = APIRouter(prefix="/v1/credit", tags=["credit"])

KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Required. The same key with the same request answers with the same bytes;"
        " 1 to 255 visible ASCII characters.",
    ),
]


@router.post("/decisions", response_model=DecisionAnswer)
def decide(
    request: Request,
    body: DecisionBody,
    service: ServiceDep,
    query: AsOf,
    key: IdempotencyKey = None,
) -> Response:
    """Decide an application, an order or a limit; the answer is durable before it is sent.

    Without a verified model, on a stale ledger or for a natural person the outcome is `refer`.
    """
    is_one = len(request.headers.getlist("Idempotency-Key")) == 1
    if key is None or not is_one or not KEY.fullmatch(key):
        detail = "Send one Idempotency-Key header of 1 to 255 visible ASCII characters."
        raise ProblemError(400, "key-missing", detail)
    made: list[DecisionRecord] = []

    def decided() -> DecisionRecord:
        answers = service.live.current
        decision = answers.credit_decision(body.request(), as_of=service.as_of(query.as_of))
        made.append(record(decision, service.new_id(), service.now()))
        return made[0]

    kept = service.store.once(key, request_sha(body, query.as_of), decided)
    if kept.is_replayed:
        service.metrics.replays.inc()
        return answer(kept.body, **{"Idempotent-Replayed": "true"})
    service.metrics.decisions.labels(made[0].kind, made[0].outcome).inc()
    return answer(kept.body)


@router.get("/decisions/{decision_id}", response_model=DecisionAnswer)
def decision(
    decision_id: Annotated[str, Path(pattern=r"^dec_[0-9a-z]{1,40}$")], service: ServiceDep
) -> Response:
    """Read a decision as it was answered, byte for byte."""
    kept = service.store.get(decision_id)
    if kept is None:
        raise ProblemError(404, "unknown-decision", "No decision of this id is kept.")
    return answer(kept.body)
