"""Amounts as people write them: a text is money, a whole number minor units, nothing else."""

from __future__ import annotations

import pytest

APPLICATION = {"name": "Muster GmbH", "currency": "EUR", "is_natural_person": False}


def order(amount, currency="EUR"):
    return {"customer_id": "c1", "order": {"amount": amount, "currency": currency}}


@pytest.mark.parametrize(
    ("amount", "currency", "cents"),
    [("50000.00", "EUR", 5_000_000), ("50000", "EUR", 5_000_000), (5_000_000, "EUR", 5_000_000),
     ("1.5", "EUR", 150), ("50000", "JPY", 50_000), ("1.234", "KWD", 1_234)],
)  # fmt: skip
def test_an_order_says_its_amount_either_way(door, amount, currency, cents):
    answer = door.decide(order(amount, currency))
    assert answer.status_code == 200, answer.text
    assert answer.json()["inputs"]["order"]["amount"] == cents


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("50.000,00", "EUR"), ("50,000.00", "EUR"), ("1.234", "EUR"), ("50.000", "EUR"),
     ("1.5", "JPY"), ("", "EUR"), ("1e5", "EUR"), ("0x10", "EUR"), (" 5", "EUR"), ("٥", "EUR"),
     (50.5, "EUR"), ("NaN", "EUR"), ("-5", "EUR"), ("0", "EUR"), ("9" * 16, "EUR"),
     ("5", "XXQ")],
)  # fmt: skip
def test_what_may_be_read_in_two_ways_is_refused(door, amount, currency):
    answer = door.decide(order(amount, currency))
    assert answer.status_code == 422
    assert "order" in answer.text


def test_an_application_and_its_what_ifs_do_so_too(door):
    said = APPLICATION | {"requested_limit": "20000.00", "monthly_sales": "10000"}
    body = {"application": said, "what_ifs": [{"requested_limit": "100.50"}]}
    written = door.client.post("/v1/credit/applications/preview", json=body)
    as_cents = APPLICATION | {"requested_limit": 2_000_000, "monthly_sales": 1_000_000}
    body = {"application": as_cents, "what_ifs": [{"requested_limit": 10_050}]}
    counted = door.client.post("/v1/credit/applications/preview", json=body)
    assert written.status_code == counted.status_code == 200
    assert written.json() == counted.json()


def test_a_quote_does_so_too(door):
    quote = {"customer_id": "c1", "issued_on": "2025-06-02", "due_on": "2025-06-16"}
    answers = [
        door.client.post(
            "/v1/payment-curves", json={"invoices": [quote | {"amount": a, "currency": "EUR"}]}
        ).json()
        for a in ("50.00", 5_000)
    ]
    assert answers[0] == answers[1]


def test_an_answer_says_back_what_was_asked_for(door):
    assert door.decide(order("50000.00")).json()["requested"] == "50,000.00 EUR"
    asked = {"application": APPLICATION | {"requested_limit": 2_000_000}}
    assert door.decide(asked).json()["requested"] == "20,000.00 EUR"
    assert door.decide({"customer_id": "c1"}).json()["requested"] is None


@pytest.mark.parametrize(
    ("limit", "cents"), [("1234.50", 123_450), (123_450, 123_450), ("1.234", None), ("-1", None)]
)
def test_an_override_takes_its_limit_in_the_currency_of_the_decision(door, limit, cents):
    made = door.decide({"customer_id": "c1"})
    answer = door.client.post(
        f"/v1/credit/decisions/{made.json()['decision_id']}/override",
        json={
            "outcome": "approve",
            "reason": "Known since school, pays on the day.",
            "actor": "Erika Musterfrau",
            "review_on": "2025-12-01",
            "limit": limit,
        },
        headers={"Idempotency-Key": f"limit-{limit}", "If-Match": made.headers["ETag"]},
    )
    assert answer.status_code == (422 if cents is None else 200), answer.text
    assert cents is None or answer.json()["limit"] == cents


def _money_fields(schema, name=""):
    """Every integer of the document that is money, by its path."""
    if schema.get("format") == "minor-units":
        yield name
    for key in ("properties", "$defs"):
        for field, part in schema.get(key, {}).items():
            yield from _money_fields(part, f"{name}.{field}")
    for key in ("anyOf", "allOf"):
        for part in schema.get(key, ()):
            yield from _money_fields(part, name)
    if isinstance(schema.get("items"), dict):
        yield from _money_fields(schema["items"], name)


AMOUNTS = {
    "OrderBody": ("amount", "delivered", "made_to_order", "down_payment"),
    "SecurityBody": ("amount",),
    "ApplicationBody": ("requested_limit", "monthly_sales", "turnover", "net_worth"),
    "OverrideBody": ("limit",),
    "LimitAnswer": ("need", "capacity", "headroom", "granted", "proposed", "previous"),
    "ReleaseAnswer": ("amount", "room", "secured"),
    "ExposureAnswer": ("open", "orders", "reserved", "unapplied", "total", "limit"),
}


@pytest.mark.parametrize("name", AMOUNTS)
def test_whole_numbers_of_money_say_that_they_are_minor_units_in_the_document(door, name):
    schema = door.client.get("/openapi.json").json()["components"]["schemas"][name]
    assert {f".{field}" for field in AMOUNTS[name]} <= set(_money_fields(schema))


def test_the_page_for_people_says_so_too(door):
    page = door.client.get("/docs").text
    assert "<td>minor-units from 0" in page
    assert "decimal-amount" in page
