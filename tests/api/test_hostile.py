"""Hostile requests: no failure of ours, no echo of what was sent, always a problem."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from payrisk_api.responses.problem import ProblemDocument
from support.full import FULL

BODIES = (
    (
        "/v1/credit/decisions",
        {
            "application": {
                "name": "Muster GmbH",
                "currency": "EUR",
                "country": "DE",
                "is_natural_person": False,
                "requested_limit": 4_000_000,
                "monthly_sales": 2_000_000,
                "founded_on": "1990-01-01",
                "net_worth": 60_000_000,
                "bureau_score": 250.5,
                "bureau_scored_on": "2025-05-01",
                "email": "a@muster.example",
                "website": "https://muster.example",
            }
        },
    ),
    (
        "/v1/credit/decisions",
        {"customer_id": "c1", "order": {"amount": 900_000, "currency": "EUR", "order_id": "o1"}},
    ),
    ("/v1/credit/decisions", {"customer_id": "c3"}),
    (
        "/v1/credit/decisions/dec_1/override",
        {
            "outcome": "approve",
            "reason": "Paid the arrears this morning, seen on the account.",
            "actor": "Erika Mustermann",
            "review_on": "2025-12-01",
            "limit": 4_000_000,
            "terms_days": 30,
        },
    ),
    (
        "/v1/credit/applications/preview",
        {
            "application": {
                "name": "Muster GmbH",
                "currency": "EUR",
                "iban": "DE89370400440532013000",
                "registry_name": "Muster AG",
                "parent_id": "c1",
                "requested_limit": 4_000_000,
                "years_trading": 2.5,
                "negative_press_on": "2025-05-01",
            },
            "what_ifs": [{"n_references": 2, "bureau_scored_on": "2025-06-01"}, {"turnover": 7}],
        },
    ),
    ("/v1/payment-curves", {"invoice_ids": ["G", "A", "none"]}),
    (
        "/v1/payment-curves",
        {
            "invoices": [
                {
                    "invoice_id": "Q",
                    "customer_id": "c1",
                    "issued_on": "2025-06-02",
                    "due_on": "2025-06-16",
                    "amount": 5_000,
                    "currency": "EUR",
                    "country": "DE",
                }
            ]
        },
    ),
)

N = 200_000 if FULL else 2_000
CANARY = "CANARY7f3a"

VALUES = (
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "-0.0", "0.5", "1.0",
    str(2**63), str(-(2**63) - 1), str(10**30), "9" * 4_000, "9" * 6_000, "1E999999", "-1",
    "null", "true", "false", '""', '" "', "[]", "{}", "[[]]", '"\\ud800"', '"\\u0000"',
    '"\\udfff\\ud800"', '"\\u202e' + CANARY + '"', '"' + "x" * 5_000 + CANARY + '"',
    '"2025-02-30"', '"0000-00-00"', '"9999-12-31"', '"2025-06-02T00:00:00"', "20250602",
    '"' + CANARY + "'; DROP TABLE decisions--\"", '"../../' + CANARY + '"', '"%00' + CANARY + '"',
    '"=cmd|' + CANARY + '"', '{"' + CANARY + '":1}', '["' + CANARY + '"]', "[" * 20_000,
    "[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900,
)  # fmt: skip

HEADERS = (
    b"application/json",
    b"application/json",
    b"application/json",
    b"text/plain",
    b"",
    b"a/b; charset=x",
)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        found += _leaves(child, (*path, key))
    return found


def _mutated(rng: random.Random, body: Any) -> bytes:
    body = json.loads(json.dumps(body))
    marker = "@@HOLE@@"
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        where = rng.choice(_leaves(body))
        inner = body
        for step in where[:-1]:
            inner = inner[step]
        kind = rng.random()
        if kind < 0.7:
            inner[where[-1]] = marker
        elif kind < 0.8 and isinstance(inner, dict):
            inner[f"{CANARY}{rng.random()}"] = marker
        elif isinstance(inner, dict):
            del inner[where[-1]]
        if not _leaves(body):
            break
    text = json.dumps(body)
    while f'"{marker}"' in text:
        text = text.replace(f'"{marker}"', rng.choice(VALUES), 1)
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    if rng.random() < 0.2 and raw:
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(raw) + 1)
            raw[at : at + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
    return bytes(raw)


async def _call(
    app: Any, scope: dict[str, Any], body: bytes
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(
        {"type": "http", "http_version": "1.1", "scheme": "http", "root_path": "", **scope},
        receive,
        send,
    )
    parts = b"".join(one.get("body", b"") for one in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), parts


def _scope(rng: random.Random, method: str, path: str, number: int) -> dict[str, Any]:
    query = rng.choice(
        (
            "",
            "",
            "",
            f"as_of={CANARY}",
            "as_of=2025-06-02",
            "as_of=%ff",
            "as_of=1700-01-01",
            f"{CANARY}=1",
            "as_of=20250602",
        )
    )
    key = rng.choice((f"k{number}", f"k{number}", "", CANARY + " x", "\xff", "k" * 300)).encode(
        "latin-1"
    )
    return {
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", rng.choice(HEADERS)),
            (b"idempotency-key", key),
            (b"if-match", rng.choice((b"*", b'"x"', b'"\xff"', b"", CANARY.encode()))),
        ],
    }


def test_no_hostile_body_fails_or_is_echoed(door):
    rng = random.Random(20250602)

    async def attack() -> dict[int, int]:
        seen: dict[int, int] = {}
        for number in range(N):
            path, body = rng.choice(BODIES)
            raw = _mutated(rng, body)
            scope = _scope(rng, "POST", path, number)
            status, headers, answer = await _call(door.client.app, scope, raw)
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
            scope = _scope(
                rng,
                rng.choice(("GET", "GET", "GET", "PUT", "HEAD", "OPTIONS", "BREW")),
                rng.choice(addresses),
                0,
            )
            scope["query_string"] = rng.choice(queries).encode()
            status, headers, answer = await _call(door.client.app, scope, b"")
            seen.add(status)
            assert status < 500, scope
            if status >= 400:
                assert headers[b"content-type"] == b"application/problem+json"
                assert CANARY.encode() not in answer
        return seen

    assert {200, 404, 405, 409, 422} <= asyncio.run(attack())
