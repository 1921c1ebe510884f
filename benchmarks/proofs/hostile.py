"""Hostile bodies, and twins of one request at once, against the service in this process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError

from payrisk_api.responses.problem import ProblemDocument
from proofs.broken import forget_keys
from proofs.probing import Probe, ProofRun, Tally
from support.company.five_customers import champions, small_company
from support.home.door import opened_door
from support.home.hostile_requests import BODIES, CANARY, any_day, call, mutated, scope_of

TWINS = 50
BODY = b'{"customer_id": "c1"}'


@contextlib.contextmanager
def service(run: ProofRun) -> Iterator[Any]:
    """The application over the small company, running."""
    door = opened_door(run.folder, small_company(), champions())
    try:
        yield door.client.app
    finally:
        door.client.__exit__(None, None, None)


def is_answered(status: int, headers: dict[bytes, bytes], answer: bytes) -> bool:
    """Whether this is an answer, or a refusal that is a problem and repeats nothing."""
    if status >= 500 and status != 503:
        return False
    if status < 400:
        return True
    try:
        ProblemDocument.model_validate_json(answer)
    except ValueError:
        return False
    is_problem = headers.get(b"content-type") == b"application/problem+json"
    return is_problem and CANARY.encode() not in answer


async def _attack(app: Any, run: ProofRun) -> Tally:
    draw = random.Random(run.seed)
    statuses: Counter[int] = Counter()
    failures = 0
    for number in range(run.count):
        path, body = draw.choice(BODIES)
        content = mutated(draw, body)
        scope = scope_of(draw, "POST", path, number)
        if draw.random() < 0.5:
            scope["query_string"] = f"as_of={any_day(draw)}".encode()
        try:
            status, headers, answer = await call(app, scope, content)
        except Exception:
            # a server answers 500 to what escapes the application
            status, headers, answer = 500, {}, b""
        statuses[status] += 1
        failures += not is_answered(status, headers, answer)
    n_failed = sum(n for status, n in statuses.items() if status >= 500 and status != 503)
    told = ", ".join(f"{status}: {n:,}" for status, n in sorted(statuses.items()))
    return Tally(
        run.count,
        failures,
        f"{n_failed:,} at or above 500 but 503, {failures - n_failed:,} refusals that are no"
        f" problem or repeat what was sent ({told})",
    )


def bodies(run: ProofRun) -> Tally:
    """Mutated bodies at mornings from two years before the first fact to ten years on."""
    with service(run) as app:
        return asyncio.run(_attack(app, run))


def bodies_plainly_refused(run: ProofRun) -> Tally:
    """The same where the framework words refusals itself, as it does out of the box."""
    with service(run) as app:
        app.add_exception_handler(RequestValidationError, request_validation_exception_handler)
        app.middleware_stack = app.build_middleware_stack()
        return asyncio.run(_attack(app, run))


async def _twins(app: Any, run: ProofRun) -> Tally:
    n_keys = -(-run.count // TWINS)
    failures = 0
    for number in range(n_keys):
        scope: dict[str, Any] = {
            "method": "POST",
            "path": "/v1/credit/decisions",
            "raw_path": b"/v1/credit/decisions",
            "query_string": b"",
            "headers": [
                (b"host", b"127.0.0.1"),
                (b"content-type", b"application/json"),
                (b"idempotency-key", f"twin-{run.seed}-{number}".encode()),
            ],
        }
        answers = await asyncio.gather(*(call(app, dict(scope), BODY) for _ in range(TWINS)))
        kept = {answer for status, _, answer in answers if status == 200}
        failures += len(kept) != 1
        failures += sum(status not in (200, 409) for status, _, _ in answers)
        failures += len({json.loads(answer)["decision_id"] for answer in kept}) > 1
    n_decisions = app.state.service.store.count()
    return Tally(
        n_keys * TWINS,
        failures + abs(n_decisions - n_keys),
        f"{n_keys:,} keys × {TWINS} at once: {n_decisions:,} decisions, {failures} keys or answers"
        " that differ",
    )


def twins(run: ProofRun) -> Tally:
    """Twins of one request, fifty at once, key after key."""
    with service(run) as app:
        return asyncio.run(_twins(app, run))


def twins_forgotten(run: ProofRun) -> Tally:
    """The same over a store that forgets its keys."""
    with service(run) as app:
        forget_keys(app.state.service.store)
        return asyncio.run(_twins(app, run))


HOSTILE = Probe(
    "hostile", 1_000_000, 1_000, bodies, bodies_plainly_refused,
    "the framework's own wording of a refusal", twin_count=100,
    ci=200, lacks="20,000 over sockets, and answers that take longer than a second",
)  # fmt: skip
TWIN_REQUESTS = Probe(
    "twins", 100_000, 500, twins, twins_forgotten, "a store that forgets keys", twin_count=50,
    ci=100,
)  # fmt: skip
