"""Decisions over HTTP: kept once, replayed to the byte, refused with a problem."""

from __future__ import annotations

import json
import re

import pytest

from support.company.five_customers import champions

REVIEW = {"customer_id": "c1"}


def code(answer) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    return said["type"].removeprefix("urn:payrisk:problem:")


def test_a_decision_is_found_again_byte_for_byte(door):
    made = door.decide(REVIEW)
    assert made.status_code == 200
    found = door.client.get(f"/v1/credit/decisions/{made.json()['decision_id']}")
    assert found.content == made.content


def test_a_replay_is_the_same_bytes_and_says_so(door):
    made, again = (door.decide(REVIEW, key="k") for _ in range(2))
    assert again.content == made.content
    assert "idempotent-replayed" not in made.headers
    assert again.headers["idempotent-replayed"] == "true"


def test_a_replay_reads_the_request_by_its_meaning(door):
    made = door.decide({"customer_id": "c1", "order": {"amount": 5, "currency": "EUR"}}, key="k")
    text = '{ "order": {"currency":"EUR", "amount":5}, "customer_id":"c1" }'
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    again = door.client.post("/v1/credit/decisions", content=text, headers=headers)
    assert again.content == made.content


@pytest.mark.parametrize(
    ("body", "query"), [({"customer_id": "c3"}, {}), (REVIEW, {"as_of": "2025-06-01"})]
)
def test_a_key_used_for_another_request_is_refused(door, body, query):
    door.decide(REVIEW, key="k")
    answer = door.decide(body, key="k", **query)
    assert (answer.status_code, code(answer)) == (422, "key-reused")


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 256])
def test_a_missing_key_is_refused(door, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = door.client.post("/v1/credit/decisions", json=REVIEW, headers=headers)
    assert (answer.status_code, code(answer)) == (400, "key-missing")


def test_two_keys_are_none(door):
    both = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = door.client.post("/v1/credit/decisions", json=REVIEW, headers=both)
    assert (answer.status_code, code(answer)) == (400, "key-missing")


def test_the_words_to_group_by_are_those_of_the_command_line(door):
    asked = door.client.get("/v1/cash/forecast?by=month&group=entity,customer").json()
    assert (asked["by"], asked["group"]) == ("month", "entity,customer")
    assert {"entity_id", "customer_id"} <= set(asked["buckets"][0])
    aged = door.client.get("/v1/receivables/aging?by=customer,entity").json()
    assert {"entity_id", "customer_id"} <= set(aged["lines"][0])
    for wrong in ("by=entity", "group=entity_id", "group=", "group=entity;customer"):
        answer = door.client.get(f"/v1/cash/forecast?{wrong}")
        assert (answer.status_code, code(answer)) == (422, "invalid")


def test_an_unknown_customer_is_not_found_and_leaves_the_key_free(door):
    answer = door.decide({"customer_id": "c9"}, key="k")
    assert (answer.status_code, code(answer)) == (404, "unknown-customer")
    assert door.decide(REVIEW, key="k").status_code == 200


def test_a_day_before_the_books_is_a_conflict(door):
    answer = door.decide(REVIEW, as_of="2020-01-01")
    assert (answer.status_code, code(answer)) == (409, "unknown-day")


def test_an_unknown_decision_is_not_found(door):
    for name in ("dec_999", "dec_"):
        answer = door.client.get(f"/v1/credit/decisions/{name}")
        assert answer.status_code in (404, 422)


def test_without_a_champion_decisions_refer_and_the_rest_says_why(opened):
    door = opened({})
    answer = door.decide(REVIEW)
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "refer"
    assert answer.json()["reasons"][0]["code"] == "no_model"
    for asked in (
        door.client.get("/v1/cash/forecast"),
        door.client.post("/v1/payment-curves", json={"invoice_ids": ["A"]}),
    ):
        assert (asked.status_code, code(asked)) == (503, "no-champion")
    assert door.client.get("/v1/receivables/aging").status_code == 200
    assert door.client.get("/readyz").json()["status"] == "degraded"


def test_a_model_that_refuses_leads_to_a_person(opened):
    class Refusing:
        def risks(self, *_args):
            from payrisk.errors import ModelError

            raise ModelError("out of range")

    fitted = champions()
    fitted["default-risk"] = type(fitted["default-risk"])(Refusing())
    answer = opened(fitted).decide(REVIEW)
    assert answer.json()["reasons"][0]["code"] == "model_refused"
    assert answer.json()["outcome"] == "refer"


def test_a_defect_is_a_problem_that_names_nothing_and_decides_nothing(opened):
    class Broken:
        def risks(self, *_args):
            raise KeyError("secret of c1")

    fitted = champions()
    fitted["default-risk"] = type(fitted["default-risk"])(Broken())
    door = opened(fitted)
    answer = door.decide(REVIEW, key="k")
    assert (answer.status_code, code(answer)) == (500, "defect")
    assert "secret" not in answer.text + door.log.getvalue()
    assert '"defect": "KeyError"' in door.log.getvalue()
    assert door.client.app.state.service.store.count() == 0


def test_the_log_and_the_counters_name_no_customer(door):
    door.decide({"customer_id": "c1"}, key="KEY-SECRET")
    door.client.get("/v1/receivables/aging?by=customer&as_of=2025-06-01")
    door.client.get("/v1/credit/decisions/dec_1")
    door.client.get("/PATH-SECRET?q=QUERY-SECRET")
    lines = [json.loads(line) for line in door.log.getvalue().splitlines()]
    assert [line["route"] for line in lines] == [
        "/v1/credit/decisions",
        "/v1/receivables/aging",
        "/v1/credit/decisions/{decision_id}",
        "unknown",
    ]
    assert {"at", "request_id", "method", "status", "ms"} <= set(lines[0])
    said = door.log.getvalue() + door.client.get("/metrics").text
    assert not re.search(r"SECRET|\bc1\b|One GmbH", said)
    assert 'payrisk_decisions_total{kind="limit_review",outcome="approve"} 1.0' in said


def test_only_this_machine_is_answered(door):
    for host in ("evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:8000"):
        answer = door.client.get("/livez", headers={"Host": host})
        assert (answer.status_code, code(answer)) == (421, "misdirected")
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert door.client.get("/livez", headers={"Host": host}).status_code == 200


def test_no_page_of_another_site_starts_anything(door):
    own = {"Host": "127.0.0.1:8000"}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "made-up"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9000"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
    ):
        for path in ("/livez", "/docs", "/v1/cash/forecast", "/nothing"):
            answer = door.client.get(path, headers=own | headers)
            assert (answer.status_code, code(answer)) == (403, "cross-site")
        body = {"customer_id": "c3"}
        answer = door.client.post("/v1/credit/decisions", json=body, headers=own | headers)
        assert (answer.status_code, code(answer)) == (403, "cross-site")
    twice = [("Host", "127.0.0.1:8000"), ("Origin", "http://127.0.0.1:8000"), ("Origin", "null")]
    assert door.client.get("/livez", headers=twice).status_code == 403
    for headers in (
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"},
    ):
        assert door.client.get("/livez", headers=own | headers).status_code == 200


def test_a_large_body_is_refused(door):
    answer = door.client.post(
        "/v1/payment-curves",
        content=b'{"invoice_ids":["' + b"x" * 1_000_001 + b'"]}',
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, code(answer)) == (413, "too-large")


def test_a_large_body_that_does_not_say_so_is_refused(door):
    answer = door.client.post(
        "/v1/payment-curves",
        content=(b"x" * 65_536 for _ in range(20)),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, code(answer)) == (413, "too-large")


def test_an_invoice_due_in_a_thousand_years_makes_no_endless_curve(door):
    quote = {
        "customer_id": "c1",
        "issued_on": "2025-06-02",
        "due_on": "2199-01-01",
        "amount": 1,
        "currency": "EUR",
    }
    answer = door.client.post("/v1/payment-curves", json={"invoices": [quote]})
    assert (answer.status_code, code(answer)) == (422, "invalid")
