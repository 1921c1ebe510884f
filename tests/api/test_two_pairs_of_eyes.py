"""Two pairs of eyes over HTTP: proposed by one, confirmed by another, never by the same."""

from __future__ import annotations

import pytest

from payrisk.access import KeyRing

AT, NEXT_YEAR = "2025-06-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"
TABLE = """
[[rungs]]
title = "clerk"
people = ["Ann Lee", "Tim Roy"]
currency = "EUR"
alone_up_to = "5000.00"
together_up_to = "30000.00"
valid_from = 2025-01-01
"""


@pytest.fixture
def people(tmp_path):
    """Keys by a short name; Ann has two."""
    (tmp_path / "delegation.toml").write_text(TABLE)
    ring = KeyRing(tmp_path)
    names = {"ann": "Ann Lee", "ann2": "ann lee", "tim": "Tim Roy", "zoe": "Zoe Doe"}
    return {
        short: ring.create(
            name, frozenset({"approver"}), None, made_at=AT, by="test", expires_at=NEXT_YEAR
        )
        for short, name in names.items()
    }


class Desk:
    """What people do at one service."""

    def __init__(self, door, people) -> None:
        self.door, self.people, self.n = door, people, 0

    def ask(self, who, method, path, body=None, **headers):
        self.n += 1
        headers = {"idempotency-key": f"k{self.n}"} | headers
        headers["authorization"] = f"Bearer {self.people[who].text}"
        return self.door.client.request(method, path, json=body, headers=headers)

    def decided(self):
        answer = self.ask("ann", "POST", "/v1/credit/decisions", {"customer_id": "c1"})
        assert answer.status_code == 200
        return answer.json()["decision_id"], answer.headers["etag"]

    def override(self, who, decision, limit, way="override", **headers):
        body = {
            "outcome": "approve", "reason": "They pay in time.", "review_on": "2025-08-01",
            "limit": limit,
        }  # fmt: skip
        path = f"/v1/credit/decisions/{decision[0]}/{way}"
        return self.ask(who, "POST", path, body, **{"if-match": decision[1]} | headers)

    def confirm(self, who, proposal_id, **headers):
        path = f"/v1/credit/proposals/{proposal_id}/confirm"
        return self.ask(who, "POST", path, {}, **headers)


@pytest.fixture
def desk(door, people):
    return Desk(door, people)


def code(answer):
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_one_person_decides_within_their_rung_and_no_further(desk):
    decision = desk.decided()
    # c3 of c1's group owes 1,200.00 beside it
    assert code(desk.override("ann", decision, 400_000)) == (409, "second-person-needed")
    assert code(desk.override("ann", decision, 3_000_000)) == (403, "beyond-authority")
    assert code(desk.override("zoe", decision, 380_000)) == (403, "beyond-authority")
    answer = desk.override("ann", decision, 370_000).json()
    assert (answer["actor"], answer["key_id"]) == ("Ann Lee", desk.people["ann"].key.key_id)
    assert "confirmed_by" not in answer


def test_what_one_proposes_another_confirms_and_both_stand_by_it(desk):
    decision = desk.decided()
    proposed = desk.override("ann", decision, 2_000_000, "proposals")
    assert (proposed.status_code, proposed.json()["state"]) == (200, "waits")
    # nothing is decided yet
    before = desk.ask("ann", "GET", f"/v1/credit/decisions/{decision[0]}/override")
    assert before.json()["overrides"] == []
    waiting = desk.ask("tim", "GET", "/v1/credit/proposals?state=waits").json()["proposals"]
    assert waiting == [proposed.json()]
    proposal_id = proposed.json()["proposal_id"]
    for same in ("ann", "ann2"):
        assert code(desk.confirm(same, proposal_id)) == (403, "beyond-authority")
    assert code(desk.confirm("zoe", proposal_id)) == (403, "beyond-authority")
    confirmed = desk.confirm("tim", proposal_id, **{"idempotency-key": "c"})
    answer = confirmed.json()
    assert (answer["actor"], answer["confirmed_by"]) == ("Ann Lee", "Tim Roy")
    assert (answer["outcome"], answer["limit"]) == ("approve", 2_000_000)
    again = desk.confirm("tim", proposal_id, **{"idempotency-key": "c"})
    assert (again.content, again.headers["idempotent-replayed"]) == (confirmed.content, "true")
    assert code(desk.confirm("tim", proposal_id)) == (412, "stale")
    (row,) = desk.ask("tim", "GET", "/v1/credit/proposals").json()["proposals"]
    assert row["state"] == "confirmed"
    assert desk.door.client.app.state.service.store.verify().holds


def test_a_proposal_is_overtaken_by_whatever_was_decided_since(desk):
    decision = desk.decided()
    proposal_id = desk.override("ann", decision, 2_000_000, "proposals").json()["proposal_id"]
    waits = desk.override("ann", desk.decided(), 2_000_000, "proposals").json()
    # a later one that is over does not push it out of a short list
    assert desk.override("tim", decision, 0).status_code == 200
    assert code(desk.confirm("tim", proposal_id)) == (412, "stale")
    path = "/v1/credit/proposals?limit=1&state="
    (row,) = desk.ask("tim", "GET", f"{path}overtaken").json()["proposals"]
    assert row["proposal_id"] == proposal_id
    (row,) = desk.ask("tim", "GET", f"{path}waits").json()["proposals"]
    assert row == waits
    _, row = desk.ask("tim", "GET", "/v1/credit/proposals").json()["proposals"]
    assert row["state"] == "overtaken"
    assert code(desk.override("ann", decision, 2_000_000, "proposals")) == (412, "stale")


def test_a_proposal_is_kept_once_a_key_and_none_that_nobody_could_confirm(desk):
    decision = desk.decided()
    first, second = (
        desk.override("ann", decision, 2_000_000, "proposals", **{"idempotency-key": "p"})
        for _ in range(2)
    )
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    other = desk.override("ann", decision, 1, "proposals", **{"idempotency-key": "p"})
    assert code(other) == (422, "key-reused")
    assert code(desk.override("ann", decision, 3_000_000, "proposals")) == (
        403,
        "beyond-authority",
    )


def test_what_a_revoked_key_decided_stands_and_says_so(desk, tmp_path):
    decision = desk.decided()
    desk.override("ann", decision, 0)
    key_id = desk.people["ann"].key.key_id
    KeyRing(tmp_path).revoke(key_id, revoked_at=AT, by="test", reason="left")
    answer = desk.ask("tim", "GET", f"/v1/credit/decisions/{decision[0]}/override").json()
    (kept,) = answer["overrides"]
    assert (kept["actor"], kept["key_id"], kept["revoked_keys"]) == ("Ann Lee", key_id, [key_id])


def test_a_table_that_cannot_be_read_lets_nobody_approve(desk, tmp_path):
    decision = desk.decided()
    (tmp_path / "delegation.toml").write_text("[[rungs]]\n")
    assert desk.override("ann", decision, 0).status_code == 422
    assert desk.override("ann", decision, 1).status_code == 422


def test_a_row_of_proposals_that_was_changed_is_found(desk, tmp_path):
    decision = desk.decided()
    desk.override("ann", decision, 2_000_000, "proposals")
    store = desk.door.client.app.state.service.store
    for change in (
        "update proposals set actor = 'Tim Roy'",
        "delete from proposals",
    ):
        with store._write.begin() as connection:
            connection.exec_driver_sql(change)
        assert not store.verify().holds
