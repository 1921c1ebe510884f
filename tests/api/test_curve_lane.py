"""The lane for kept curves says what the documented route says, and nothing else passes it."""

from __future__ import annotations

import json

import pytest

from payrisk_api import curve_lane
from support.company.five_customers import AS_OF

PATH = "/v1/payment-curves"
JSON = {"Content-Type": "application/json"}
BY_THE_ROUTE = {"late_after": 0}
"""What a query says that says what is meant without it: the lane takes none."""


@pytest.fixture
def taken(reading_door, monkeypatch):
    """How often the lane answered, over a morning whose curves lie in memory."""
    service = reading_door.client.app.state.service
    service.live.current.prepare_morning(AS_OF, with_curves=True)
    assert service.live.current.has_curves(AS_OF)
    answers, real = [], curve_lane.answered_curves

    def answered(*asked):
        answers.append(real(*asked))
        return answers[-1]

    monkeypatch.setattr(curve_lane, "answered_curves", answered)
    return answers


def asked(reader, content, **more):
    answer = reader.client.post(PATH, content=content, headers=JSON, **more)
    headers = {n: v for n, v in answer.headers.items() if n != "x-request-id"}
    problem = answer.json()
    if isinstance(problem, dict):
        problem.pop("request_id")
        return answer.status_code, problem, headers | {"content-length": ""}
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("ids", [["C"], ["A"], ["none"], ["C", "A", "C", "none"]])
def test_it_answers_with_the_bytes_of_the_route(reader, taken, ids):
    content = json.dumps({"invoice_ids": ids})
    by_lane = asked(reader, content)
    assert len(taken) == 1
    assert by_lane == asked(reader, content, params=BY_THE_ROUTE)
    assert len(taken) == 1
    assert (by_lane[0], len(json.loads(by_lane[1]))) == (200, len(ids))


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"invoice_ids": ["C"] * 5}),
        json.dumps({"invoice_ids": []}),
        json.dumps({"invoice_ids": [7]}),
        json.dumps({"invoice_ids": ["C"], "why": True}),
        json.dumps({"invoices": []}),
        json.dumps(["C"]),
        '{"invoice_ids": ["C"]',
        "[" * 900,
        "",
    ],
)
def test_whatever_else_is_asked_is_the_routes(reader, taken, content):
    assert asked(reader, content) == asked(reader, content, params=BY_THE_ROUTE)
    assert taken == []


def test_another_kind_of_body_and_another_morning_are_the_routes(reader, taken):
    content = json.dumps({"invoice_ids": ["C"]})
    for kind in ("text/plain", "application/json; charset=utf-8"):
        reader.client.post(PATH, content=content, headers={"Content-Type": kind})
    reader.client.post(PATH, content=content, headers=JSON, params={"as_of": "2025-05-01"})
    assert taken == []


def test_it_is_logged_and_counted_as_the_route_is(reader, taken):
    reader.client.post(PATH, content='{"invoice_ids": ["C"]}', headers=JSON)
    assert len(taken) == 1
    line = json.loads(reader.log.getvalue().splitlines()[-1])
    assert (line["route"], line["status"]) == (PATH, 200)
    reader.client.post(PATH, content='{"invoice_ids": ["C"]}', headers=JSON, params=BY_THE_ROUTE)
    assert json.loads(reader.log.getvalue().splitlines()[-1])["route"] == PATH
