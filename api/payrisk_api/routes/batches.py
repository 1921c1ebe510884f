"""Many decisions in one request, each as if it was asked alone."""

from __future__ import annotations

import json
from functools import partial

from fastapi import APIRouter, Request, Response

from payrisk.errors import PayriskError
from payrisk_api.deps import AsOf, CallerDep, ServiceDep
from payrisk_api.errors import house_problem
from payrisk_api.heavy import HEAVY
from payrisk_api.keys import asked_by, own_key, request_sha
from payrisk_api.requests.batches import BatchBody
from payrisk_api.responses.batches import BatchAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/credit", tags=["credit"])


@router.post("/decisions/batch", response_model=BatchAnswer, dependencies=HEAVY)
def decide_many(
    body: BatchBody, service: ServiceDep, caller: CallerDep, query: AsOf, request: Request
) -> Response:
    """Decide up to 1,000 questions in their order; each is kept under its own key.

    A decision holds the very bytes that the question alone would have been answered; one that
    cannot be decided holds its problem, and the others go on. Sent again, what was kept is
    answered as it was.
    """
    answers, as_of = service.live.current, service.as_of(query.as_of)
    lines = []
    for question in body.questions:
        asked = question.alone()
        try:
            reply = service.recorder.decide(
                partial(answers.prepare_decision, asked.request(), as_of=as_of),
                key=own_key(caller, question.key),
                request_sha=request_sha(asked, query.as_of, **asked_by(caller)),
            )
        except PayriskError as error:
            refused = house_problem(request, error)
            lines.append(_line(question.key, refused.status_code, b"problem", bytes(refused.body)))
            continue
        if not reply.is_replayed:
            service.metrics.decisions.labels(reply.kind, reply.outcome).inc()
        lines.append(_line(question.key, 200, b"decision", reply.body))
    return json_response(b'{"decisions":[' + b",".join(lines) + b"]}")


def _line(key: str, status: int, name: bytes, body: bytes) -> bytes:
    """One line of the answer; the body stays byte for byte."""
    head = json.dumps({"key": key, "status": status}, separators=(",", ":")).encode()
    return head[:-1] + b',"' + name + b'":' + body + b"}"
