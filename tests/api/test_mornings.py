"""Every route on mornings from the day before the first fact to ten years after the last."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from payrisk.calendar import date_of, day_of
from support.company.five_customers import AS_OF
from support.full import FULL

pytestmark = pytest.mark.long

CUSTOMERS = ("c1", "c2", "c3", "c4", "c5", "nobody")
BODIES = [{"customer_id": name} for name in CUSTOMERS] + [
    {"customer_id": "c1", "order": {"amount": 900_000, "currency": "EUR", "order_id": "o1"}},
    {"customer_id": "c1", "order": {"amount": 900_000, "currency": "USD", "order_id": "o2"}},
]


STALE = (32, 366, 3650, *((91, 181, 365, 367, 400, 730) if FULL else ()))
"""Ages of a ledger at which nobody is approved."""


def mornings(company):
    first, last = company.first_day, company.last_day
    ages = (-1, 0, 31, *STALE, *((1, 2) if FULL else ()))
    days = {first - 1, first, (first + last) // 2, AS_OF, *(last + age for age in ages)}
    return [date_of(day).isoformat() for day in sorted(days)]


def answered(response):
    """A well-formed answer or a problem that says what to do; never a failure of ours."""
    assert response.status_code < 500, (response.url, response.text[:400])
    if response.status_code >= 400:
        assert response.json()["detail"]
    return response


def test_every_question_answers_or_says_why_not_and_none_is_approved_on_a_stale_ledger(
    door, company
):
    paths = door.client.get("/openapi.json").json()["paths"]
    reads = [re.sub(r"\{[^}]*\}", "c1", path) for path, verbs in paths.items() if "get" in verbs]
    assert len(reads) > 10
    n_decided = Counter()
    # day by day: a morning that was read answers every question of it
    for day in mornings(company):
        for url in reads:
            answered(door.client.get(url, params={"as_of": day}))
        for number, body in enumerate(BODIES):
            response = answered(door.decide(body, as_of=day))
            if response.status_code == 200 and day_of(day) - company.last_day > 31:
                decision = response.json()
                n_decided[number] += 1
                assert not decision["outcome"].startswith("approve"), (day, decision["outcome"])
        for body in curve_questions(day):
            answered(door.client.post("/v1/payment-curves", json=body, params={"as_of": day}))
    known = [number for number, body in enumerate(BODIES) if body["customer_id"] != "nobody"]
    assert min(n_decided[number] for number in known) >= len(STALE) - 2


def curve_questions(day):
    """Invoices of the ledger and one that is not in it, and a quoted one of that day."""
    quote = {"invoice_id": "Q", "customer_id": "c1", "amount": 5_000, "currency": "EUR"}
    return (
        {"invoice_ids": ["A", "none"]},
        {"invoices": [quote | {"issued_on": day, "due_on": day}]},
    )
