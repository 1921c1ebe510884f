"""Hostile requests to a service in this process: bodies, addresses and headers that lie."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

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


FIRST_DAY, DAYS = dt.date(2023, 1, 1), 4_900


def any_day(rng: random.Random) -> str:
    """A day from two years before the first fact of the small company to ten years on."""
    return (FIRST_DAY + dt.timedelta(rng.randrange(DAYS))).isoformat()


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


def mutated(rng: random.Random, body: Any) -> bytes:
    """A body with a value, a name or some bytes of it replaced."""
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


async def call(
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


def scope_of(rng: random.Random, method: str, path: str, number: int) -> dict[str, Any]:
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
