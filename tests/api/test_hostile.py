"""Hostile requests: no failure of ours, no echo of what was sent, always a problem."""

from __future__ import annotations

import asyncio
import json
import random

from payrisk_api.responses.problem import ProblemDocument
from support.full import FULL
from support.home.hostile_requests import BODIES, CANARY, call, mutated, scope_of

N = 200_000 if FULL else 2_000


def test_no_hostile_body_fails_or_is_echoed(door):
    rng = random.Random(20250602)

    async def attack() -> dict[int, int]:
        seen: dict[int, int] = {}
        for number in range(N):
            path, body = rng.choice(BODIES)
            raw = mutated(rng, body)
            scope = scope_of(rng, "POST", path, number)
            status, headers, answer = await call(door.client.app, scope, raw)
            seen[status] = seen.get(status, 0) + 1
            assert status < 500, (number, raw[:300])
            if status >= 400:
                assert headers[b"content-type"] == b"application/problem+json"
                ProblemDocument.model_validate_json(answer)
                assert CANARY.encode() not in answer, (number, answer)
            else:
                json.loads(answer)
        return seen

    seen = asyncio.run(attack())
    assert {200, 400, 422} <= set(seen)


def test_no_hostile_query_or_address_fails_or_is_echoed(door):
    rng = random.Random(7)
    for body in ({"customer_id": "c1"}, {"customer_id": "c2"}, BODIES[0][1]):
        assert door.decide(body).status_code == 200
    addresses = (
        "/v1/cash/forecast", "/v1/receivables/aging", "/v1/models", "/v1/credit/decisions/dec_1",
        "/v1/receivables/kpis", "/v1/receivables/documents", "/v1/receivables/roll-rates",
        "/v1/receivables/customer-changes", "/v1/receivables/kpis/who-moved-dso",
        f"/v1/credit/decisions/{CANARY}", f"/{CANARY}", "/v1/credit/decisions/\x00", "/..", "//",
        "/v1/credit/decisions", "/v1/credit/decisions/dec_1/explanation", "/v1/credit/reviews",
        "/v1/credit/decisions/dec_1/override", f"/v1/credit/decisions/{CANARY}/explanation",
        "/v1/credit/customers/c1", f"/v1/credit/customers/{CANARY}", "/v1/credit/customers/%00",
        "/v1/credit/customers/", "/v1/credit/policies", "/v1/credit/customers/c1\xff",
    )  # fmt: skip
    queries = (
        "", f"as_of={CANARY}", "as_of=2025-06-02&as_of=2025-06-01", "horizon=1e3",
        "horizon=99999999999999999999", f"by={CANARY}",
        f"group={CANARY}", "by=day&group=country",
        "close_of=2025-03-01&as_of=2025-03-01", "close_of=1900-01-01", "as_of=1990-01-01",
        "%ff%fe=%00", "&&&=", "horizon=1", "cursor=-1", "cursor=ffffffffffffffff", "limit=0",
        f"cursor={CANARY}", f"customer_id={CANARY}", "customer_id=%00", "kind=none", "limit=1e9",
        f"bucket={CANARY}", "base=ZZZ", "buckets=9,1", "since=2025-01-01&until=2025-03-01",
        "outcome=refer&limit=200", f"band={CANARY}", "band=A", "scores=-1", "scores=200",
    )  # fmt: skip

    async def attack() -> set[int]:
        seen = set()
        for _ in range(N // 4):
            scope = scope_of(
                rng,
                rng.choice(("GET", "GET", "GET", "PUT", "HEAD", "OPTIONS", "BREW")),
                rng.choice(addresses),
                0,
            )
            scope["query_string"] = rng.choice(queries).encode()
            status, headers, answer = await call(door.client.app, scope, b"")
            seen.add(status)
            assert status < 500, scope
            if status >= 400:
                assert headers[b"content-type"] == b"application/problem+json"
                assert CANARY.encode() not in answer
        return seen

    assert {200, 404, 405, 409, 422} <= asyncio.run(attack())
