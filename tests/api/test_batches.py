"""Batches, changes, tags: many at once as if alone, changes in order, nothing sent twice."""

from __future__ import annotations

import json

import pytest

from support.full import FULL

N = 1_000 if FULL else 60


def questions(n=N):
    """Customers and orders in turn, so that what one order takes the next one lacks."""
    for number in range(n):
        body = {"customer_id": ("c1", "c2", "c3", "c4")[number % 4]}
        if number % 3:
            body["order"] = {"amount": 10_000 + number, "currency": "EUR"}
        if number % 7 == 6:
            body = {"customer_id": "nobody"}
        yield body


def test_a_batch_is_bit_for_bit_what_its_questions_alone_are_answered(opened, tmp_path):
    alone, together = opened(), None
    singles = [alone.decide(body, f"k{i}") for i, body in enumerate(questions())]
    alone.client.__exit__(None, None, None)
    (tmp_path / "payrisk.db").rename(tmp_path / "aside.db")
    for beside in tmp_path.glob("payrisk.db-*"):
        beside.unlink()
    together = opened()
    rows = [{"key": f"k{i}", **body} for i, body in enumerate(questions())]
    answer = together.client.post("/v1/credit/decisions/batch", json={"questions": rows})
    assert answer.status_code == 200
    lines = answer.json()["decisions"]
    assert [line["key"] for line in lines] == [row["key"] for row in rows]
    for single, line in zip(singles, lines, strict=True):
        assert line["status"] == single.status_code
        if single.status_code == 200:
            assert single.content in answer.content
            assert line["decision"] == single.json()
        else:
            told = {"type", "status", "detail"}
            assert {n: line["problem"][n] for n in told} == {n: single.json()[n] for n in told}
    again = together.client.post("/v1/credit/decisions/batch", json={"questions": rows})
    for first, second in zip(lines, again.json()["decisions"], strict=True):
        assert first.get("decision") == second.get("decision")
    single = together.decide(next(questions()), "k0")
    assert single.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("n", [0, 1_001])
def test_a_batch_has_one_to_a_thousand_questions(door, n):
    rows = [{"key": f"k{i}", "customer_id": "c1"} for i in range(n)]
    answer = door.client.post("/v1/credit/decisions/batch", json={"questions": rows})
    assert answer.status_code == 422


def test_a_key_stands_for_one_question_of_a_batch(door):
    rows = [{"key": "k", "customer_id": "c1"}, {"key": "k", "customer_id": "c2"}]
    answer = door.client.post("/v1/credit/decisions/batch", json={"questions": rows})
    assert answer.status_code == 422
    assert door.client.get("/v1/changes").json()["changes"] == []


def test_changes_are_told_once_each_in_the_order_they_were_kept(door):
    decisions = [door.decide({"customer_id": f"c{i}"}).json() for i in range(1, 5)]
    told, since = [], 0
    while True:
        page = door.client.get(f"/v1/changes?since={since}&limit=3").json()
        if not page["changes"]:
            break
        told += page["changes"]
        since = page["next_since"]
    assert [change["id"] for change in told] == [d["decision_id"] for d in decisions]
    assert [change["customer_id"] for change in told] == ["c1", "c2", "c3", "c4"]
    assert {change["what"] for change in told} == {"credit.decided"}
    seqs = [change["seq"] for change in told]
    assert seqs == list(range(1, 5))
    assert door.client.get(f"/v1/changes?since={since}").json() == {
        "changes": [],
        "next_since": since,
    }


@pytest.mark.parametrize("path", ["/v1/models", "/v1/receivables/aging", "/v1/credit/policies"])
def test_who_has_the_answer_is_told_so_without_it(door, path):
    first = door.client.get(path)
    tag = first.headers["etag"]
    for named in (tag, f'"other", {tag}', f"W/{tag}"):
        again = door.client.get(path, headers={"if-none-match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = door.client.get(path, headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_the_tag_of_a_decision_stays_its_own(door):
    made = door.decide({"customer_id": "c1"})
    path = f"/v1/credit/decisions/{made.json()['decision_id']}"
    assert door.client.get(path).headers["etag"] == made.headers["etag"]
    again = door.client.get(path, headers={"if-none-match": made.headers["etag"]})
    assert again.status_code == 304
    refused = door.client.get("/v1/credit/decisions/dec_none", headers={"if-none-match": "*"})
    assert refused.status_code == 404
    assert json.loads(refused.content)["status"] == 404
