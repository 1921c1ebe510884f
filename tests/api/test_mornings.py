"""Every route on mornings from the day before the first fact to ten years after the last."""

from __future__ import annotations

import re

import pytest

from payrisk.calendar import date_of, day_of
from support.company.five_customers import AS_OF

pytestmark = pytest.mark.long

CUSTOMERS = ("c1", "c2", "c3", "c4", "c5", "nobody")
BODIES = [{"customer_id": name} for name in CUSTOMERS] + [
    {"customer_id": "c1", "order": {"amount": 900_000, "currency": "EUR", "order_id": "o1"}},
    {"customer_id": "c1", "order": {"amount": 900_000, "currency": "USD", "order_id": "o2"}},
]


def mornings(company):
    first, last = company.first_day, company.last_day
    ages = (-1, 0, 1, 2, 31, 32, 91, 181, 365, 366, 367, 400, 730, 3650)
    days = {first - 1, first, first + 1, (first + last) // 2, AS_OF, *(last + age for age in ages)}
    return [date_of(day).isoformat() for day in sorted(days)]


def answered(response):
    """A well-formed answer or a problem that says what to do; never a failure of ours."""
    assert response.status_code < 500, (response.url, response.text[:400])
    if response.status_code >= 400:
        assert response.json()["detail"]
    return response


def test_every_page_answers_or_says_why_not(door, company):
    paths = door.client.get("/openapi.json").json()["paths"]
    reads = [path for path, verbs in paths.items() if "get" in verbs]
    assert len(reads) > 10
    for path in reads:
        url = re.sub(r"\{[^}]*\}", "c1", path)
        for day in mornings(company):
            answered(door.client.get(url, params={"as_of": day}))


@pytest.mark.parametrize("body", BODIES)
def test_every_decision_answers_and_none_is_approved_on_a_stale_ledger(door, company, body):
    n_decided = 0
    for day in mornings(company):
        response = answered(door.decide(body, as_of=day))
        if response.status_code == 200 and day_of(day) - company.last_day > 31:
            decision = response.json()
            n_decided += 1
            assert not decision["outcome"].startswith("approve"), (day, decision["outcome"])
    assert n_decided >= 7 or body["customer_id"] == "nobody"


def test_curves_and_forecasts_answer_or_say_why_not(door, company):
    quote = {"invoice_id": "Q", "customer_id": "c1", "amount": 5_000, "currency": "EUR"}
    for day in mornings(company):
        issued = {"issued_on": day, "due_on": day}
        bodies = ({"invoice_ids": ["A", "none"]}, {"invoices": [quote | issued]})
        for body in bodies:
            answered(door.client.post("/v1/payment-curves", json=body, params={"as_of": day}))
