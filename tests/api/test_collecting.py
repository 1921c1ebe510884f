"""Actions over HTTP: recorded once a key, refused in a sentence, listed with their standing."""

from __future__ import annotations

import pytest

ROUTE = "/v1/receivables"


@pytest.fixture
def desk(opened):
    door = opened()
    door.client.app.state.service.actor = "anna"
    return door.client


def record(client, key, **body):
    answer = client.post(f"{ROUTE}/actions", json=body, headers={"Idempotency-Key": key})
    return answer.status_code, answer.json()


CALL = {"kind": "call", "customer_id": "c1", "outcome": "reached"}
PROMISE = {
    "kind": "promise",
    "customer_id": "c1",
    "amount": 5,
    "currency": "EUR",
    "refers_on": "2025-06-09",
}


def test_an_action_is_recorded_once_listed_and_taken_back(desk):
    status, kept = record(desk, "k1", **CALL, text="pays on Friday")
    assert (status, kept["actor"], kept["standing"]) == (200, "anna", "waits")
    assert (kept["happened_on"], kept["recorded_on"]) == ("2025-06-02", "2025-06-02")
    assert record(desk, "k1", **CALL, text="pays on Friday") == (200, kept)
    listed = desk.get(f"{ROUTE}/actions?customer_id=c1").json()
    assert listed["actions"] == [kept]
    assert (listed["actions_waiting"], listed["last_action_posted"]) == (1, None)
    undo = desk.post(
        f"{ROUTE}/actions/{kept['action_id']}/undo",
        json={"reason": "another customer"},
        headers={"Idempotency-Key": "k2"},
    )
    assert undo.status_code == 200, undo.text
    listed = desk.get(f"{ROUTE}/actions?kind=call").json()
    assert [row["standing"] for row in listed["actions"]] == ["undone"]
    assert listed["actions_waiting"] == 0


def test_amounts_may_be_written_either_way(desk):
    body = {"kind": "promise", "customer_id": "c1", "currency": "EUR", "refers_on": "2025-06-09"}
    _, cents = record(desk, "p1", **body, amount=12_550)
    _, text = record(desk, "p2", **body, amount="125.50")
    assert cents["amount"] == text["amount"] == "125.50"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (CALL | {"customer_id": "nobody"}, 404, "unknown-customer"),
        (CALL | {"outcome": None}, 422, "action-refused"),
        (CALL | {"happened_on": "2025-06-03"}, 422, "action-refused"),
        (PROMISE | {"invoices": ["i/" + "9" * 40]}, 422, "refused"),
        (PROMISE | {"currency": "QQQ"}, 422, "action-refused"),
        (CALL | {"kind": "undo"}, 422, "invalid"),
        (CALL | {"actor": "bob"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_a_sentence(desk, body, status, code):
    refused, document = record(desk, "k", **body)
    assert refused == status
    assert code == "invalid" or document["type"].endswith(code)
    assert desk.get(f"{ROUTE}/actions").json()["n_actions"] == 0


def test_a_claim_keeps_the_next_collector_away(desk):
    claim = {"kind": "claim", "customer_id": "c1", "refers_on": "2025-06-04"}
    assert record(desk, "c1", **claim)[0] == 200
    desk.app.state.service.actor = "bob"
    status, document = record(desk, "c2", **claim)
    assert (status, document["detail"].split()[0]) == (409, "anna")


def test_promises_are_those_of_the_books(desk):
    answer = desk.get(f"{ROUTE}/promises?as_of=2025-06-01").json()
    assert answer["n_promises"] == len(answer["promises"])
    assert answer["known_before"] == "2025-06-01"


def test_the_worklist_adds_up_to_what_is_overdue_and_says_who_waits(desk):
    answer = desk.get(f"{ROUTE}/worklist")
    assert answer.status_code == 200, answer.text
    made = answer.json()
    aged = desk.get(f"{ROUTE}/aging?by=currency&as_of=2025-06-02").json()["lines"]
    (line,) = [line for line in aged if line["currency"] == made["currency"]]
    late = sum(amount for name, amount in line.items() if name.startswith("days_"))
    assert sum(row["overdue"] for row in made["rows"] + made["waiting"]) == late
    assert made["n_waiting"] == len(made["waiting"])
    assert {row["step"] for row in made["effects"]} == {"reminder", "call", "plan"}
    assert desk.get(f"{ROUTE}/worklist?for_shortfall=2025-06-20").status_code == 422
    asked = "for_shortfall=2025-06-20&need=100000&currency=EUR"
    chance = desk.get(f"{ROUTE}/worklist?{asked}").json()["chance_need_is_reached"]
    assert 0 <= chance <= 1
