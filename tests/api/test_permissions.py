"""Every route × role × state of a credential, from the OpenAPI document; and who is named then."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI

from payrisk.access import ROLES, KeyRing
from payrisk_api.guarding.allowance import RequestAllowance
from payrisk_api.guarding.personal_reads import PERSONAL
from payrisk_api.permissions import PERMITTED, PUBLIC, PermissionTable, served_routes
from support.company.records import review
from support.home.credentials import (
    NOW,
    asked,
    credentials,
    key_of,
)


def documented_routes(app: FastAPI) -> set[str]:
    paths = app.openapi()["paths"]
    return {f"{method.upper()} {path}" for path in paths for method in paths[path]}


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path)


def test_the_table_is_the_routes_that_are_served_and_no_other(door):
    app = door.client.app
    assert set(PERMITTED) == set(served_routes(app.routes))
    assert documented_routes(app) <= set(PERMITTED)


def test_a_route_without_a_line_in_the_table_is_not_served(door):
    async def forgotten() -> str:
        return "everybody's"

    app = door.client.app
    table = PermissionTable()
    app.get("/v1/forgotten")(forgotten)
    assert "GET /v1/forgotten" in set(served_routes(app.routes))
    with pytest.raises(LookupError, match="GET /v1/forgotten"):
        table.require_all(app.routes)
    with pytest.raises(LookupError):
        app.build_middleware_stack()


def test_every_route_lets_in_just_the_roles_of_the_table(door, ring):
    texts = {role: key_of(ring, role).text for role in ROLES}
    wrong = []
    for line, roles in PERMITTED.items():
        for role, text in texts.items():
            status = asked(door, line, authorization=f"Bearer {text}").status_code
            is_let_in = status not in (401, 403)
            if is_let_in != (roles == PUBLIC or role in roles):
                wrong.append((line, role, status))
    assert wrong == []
    assert len(PERMITTED) * len(ROLES) > 180


def test_no_state_of_a_credential_but_a_good_one_opens_any_route(door, ring):
    wrong = []
    for state, headers in credentials(door, ring).items():
        for line, roles in PERMITTED.items():
            answer = asked(door, line, **headers)
            if (answer.status_code == 401) == (roles == PUBLIC):
                wrong.append((state, line, answer.status_code))
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"].startswith("Bearer")
                assert answer.headers["content-type"] == "application/problem+json"
        # a path that is no route tells nothing either
        assert asked(door, "GET /v1/none", **headers).status_code == 401
        assert asked(door, "DELETE /v1/models", **headers).status_code == 401
    assert wrong == []


def test_a_session_opens_what_its_key_does_and_changes_only_by_its_own_form(door, ring):
    issued = key_of(ring, "approver")
    access = door.client.app.state.access
    cookie = access.sessions.begin(issued.text, NOW, is_secure=False)
    assert cookie.startswith("payrisk-session=v1.")
    assert "HttpOnly; SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert access.sessions.begin(issued.text, NOW, is_secure=True).startswith("__Host-payrisk=")
    pair = cookie.partition(";")[0]
    assert asked(door, "GET /v1/credit/decisions", cookie=pair).status_code == 200
    assert asked(door, "GET /v1/cash/forecast", cookie=pair).status_code == 403
    session = access.sessions.read(pair, NOW, is_secure=False)
    csrf = access.sessions.signer.csrf_token(session)
    headers = {"cookie": pair, "idempotency-key": "k1"}

    def decide(**more):
        return door.client.post(
            "/v1/credit/decisions", json={"customer_id": "c1"}, headers=headers | more
        )

    assert decide().json()["type"].endswith("form-refused")
    assert decide(**{"x-csrf-token": "0" * 64}).status_code == 403
    assert decide(**{"x-csrf-token": csrf}).status_code == 200


@pytest.mark.parametrize("field", ["right", "wrong", ""])
def test_the_field_of_a_form_is_read_and_its_body_handed_on_whole(door, ring, field):
    access = door.client.app.state.access
    pair = access.sessions.begin(key_of(ring, "approver").text, NOW, is_secure=False)
    pair = pair.partition(";")[0]
    session = access.sessions.read(pair, NOW, is_secure=False)
    csrf = access.sessions.signer.csrf_token(session) if field == "right" else field
    answer = door.client.post(
        "/v1/credit/decisions",
        data={"csrf_token": csrf, "more": "1"},
        headers={"cookie": pair, "idempotency-key": "k"},
    )
    if field == "right":  # a form is no JSON: so says the route, once the door has let it through
        assert answer.json()["type"].endswith("problem:invalid")
    else:
        assert answer.json()["type"].endswith("form-refused")


def test_a_role_that_is_missing_is_refused_before_the_body_is_understood(door, ring):
    text = key_of(ring, "auditor").text
    answer = door.client.post(
        "/v1/credit/decisions", content=b"{", headers={"authorization": f"Bearer {text}"}
    )
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("role-missing")


def test_without_keys_everything_is_as_it_was_and_the_first_key_closes_it(door, ring):
    assert asked(door, "GET /v1/models").status_code == 200
    assert asked(door, "GET /v1/me").json()["name"] is None
    issued = key_of(ring, "treasury", entities=frozenset({"DE01"}))
    assert asked(door, "GET /v1/models").status_code == 401
    answer = asked(door, "GET /v1/me", authorization=f"Bearer {issued.text}").json()
    assert answer == {
        "name": "Ann Lee",
        "key_id": issued.key.key_id,
        "roles": ["treasury"],
        "entities": ["DE01"],
    }


def test_keys_that_cannot_be_read_let_nobody_in(door, ring, tmp_path):
    text = key_of(ring, "auditor").text
    (tmp_path / "keys.json").write_text("{")
    answer = asked(door, "GET /v1/models", authorization=f"Bearer {text}")
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("keys-unreadable")
    assert answer.headers["retry-after"] == "1"
    assert asked(door, "GET /livez").status_code == 200


def override_by(door, text, actor=None, key="o1"):
    headers = {"authorization": f"Bearer {text}"}
    decided = door.client.post(
        "/v1/credit/decisions",
        json={"customer_id": "c1"},
        headers=headers | {"idempotency-key": f"d-{key}"},
    )
    body = {"outcome": "decline", "reason": "They told us to wait.", "review_on": "2025-08-01"}
    if actor is not None:
        body["actor"] = actor
    return door.client.post(
        f"/v1/credit/decisions/{decided.json()['decision_id']}/override",
        json=body,
        headers=headers | {"idempotency-key": key, "if-match": decided.headers["etag"]},
    )


def test_with_a_key_its_holder_decides_and_no_name_of_the_body_counts(door, ring):
    text = key_of(ring, "approver").text
    assert override_by(door, text).json()["actor"] == "Ann Lee"
    assert override_by(door, text, "Ann Lee", "o2").json()["actor"] == "Ann Lee"
    refused = override_by(door, text, "Bob Ray", "o3")
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("actor-is-key-holder")


def test_two_keys_share_neither_answers_nor_idempotency_keys(door, ring):
    first, second = (key_of(ring, "approver", holder=name).text for name in ("Ann", "Bob"))

    def decide(text):
        headers = {"authorization": f"Bearer {text}", "idempotency-key": "same"}
        return door.client.post(
            "/v1/credit/decisions", json={"customer_id": "c1"}, headers=headers
        )

    assert decide(first).status_code == 200
    assert decide(first).headers["idempotent-replayed"] == "true"
    other = decide(second)
    assert (other.status_code, "idempotent-replayed" in other.headers) == (200, False)
    assert decide(second).content == other.content != decide(first).content


def test_what_a_release_before_kept_under_a_bare_key_is_answered_to_its_holder_alone(door, ring):
    store = door.client.app.state.service.store
    kept = store.decide_once("bare", "sha", lambda: review("1"))
    again = store.decide_once("ann bare", "sha", lambda: review("2"))
    assert (again.is_replayed, again.body) == (True, kept.body)
    assert not store.decide_once("bob bare", "other", lambda: review("3")).is_replayed


def test_a_key_that_asks_too_much_is_told_when_to_come_again(tmp_path, opened, monkeypatch):
    monkeypatch.setenv("PAYRISK_REQUESTS_PER_MINUTE", "30")
    door = opened()
    first, other = (key_of(KeyRing(tmp_path), "auditor", holder=name).text for name in ("A", "B"))
    asks = [asked(door, "GET /v1/me", authorization=f"Bearer {first}") for _ in range(4)]
    assert [answer.status_code for answer in asks] == [200, 200, 200, 429]
    assert asks[-1].headers["retry-after"] == "2"
    assert asks[-1].json()["type"].endswith("too-many")
    assert asked(door, "GET /v1/me", authorization=f"Bearer {other}").status_code == 200
    assert asked(door, "GET /livez", authorization=f"Bearer {first}").status_code == 200


def test_an_allowance_fills_evenly_and_no_further_than_a_burst():
    allowance = RequestAllowance(60)
    assert [allowance.seconds_to_wait("k", 0.0) for _ in range(8)] == [0] * 6 + [1, 1]
    assert [allowance.seconds_to_wait("k", 2.5) for _ in range(3)] == [0, 0, 1]
    assert [allowance.seconds_to_wait("k", 9_999.0) for _ in range(7)] == [0] * 6 + [1]
    assert not any(RequestAllowance(0).seconds_to_wait("k", 0.0) for _ in range(100))


def test_who_read_what_names_persons_is_written_down_or_it_is_not_told(door, ring, tmp_path):
    assert set(PERSONAL) <= set(PERMITTED)
    key = key_of(ring, "approver")
    header = {"authorization": f"Bearer {key.text}"}
    made = door.client.post(
        "/v1/credit/decisions",
        json={"customer_id": "c1"},
        headers=header | {"idempotency-key": "k"},
    )
    path = f"/v1/credit/decisions/{made.json()['decision_id']}"
    assert door.client.get(path, headers=header).status_code == 200
    assert door.client.get(f"{path}0", headers=header).status_code == 404
    reads = tmp_path / "reads" / "2025-06.jsonl"
    assert [json.loads(line) for line in reads.read_text().splitlines()] == [
        {
            "at": "2025-06-02T08:30:00+00:00",
            "key_id": key.key.key_id,
            "method": "GET",
            "path": path,
        }
    ]
    assert reads.stat().st_mode & 0o077 == 0
    collector = {"authorization": f"Bearer {key_of(ring, 'collector').text}"}
    listed = [{"customer_id": "c1", "name": "Pat Doe"}]
    for method, path_of_list, by, content in (
        ("GET", "/v1/credit/decisions", header, None),
        ("GET", "/v1/receivables/contacts", collector, None),
        ("POST", "/v1/receivables/contacts", collector, {"contacts": listed}),
    ):
        answer = door.client.request(method, path_of_list, headers=by, json=content)
        assert answer.status_code == 200, answer.text
        read = json.loads(reads.read_text().splitlines()[-1])
        assert (read["method"], read["path"]) == (method, path_of_list)
    reads.unlink()
    reads.mkdir()
    refused = door.client.get(path, headers=header)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert b"decision_id" not in refused.content


def test_neither_key_nor_holder_is_in_the_log(door, ring):
    text = key_of(ring, "approver").text
    override_by(door, text)
    asked(door, "GET /v1/models", authorization=f"Bearer {text[:-1]}")
    log = door.log.getvalue()
    assert text.rpartition("_")[2][:20] not in log
    assert "Ann Lee" not in log


def test_a_customer_id_with_slashes_falls_under_the_line_of_the_route_that_serves_it():
    table = PermissionTable()
    for start in ("/v1/credit/customers/", "/credit/customers/", "/collecting/customers/"):
        line = f"GET {start}{{customer_id}}"
        assert table.line_for("GET", f"{start}a/b") == line
        assert table.line_for("GET", f"{start}a/owed/b") == line
    owed = "GET /v1/credit/customers/{customer_id}/owed"
    assert table.line_for("GET", "/v1/credit/customers/a/b/owed") == owed
    ask = "POST /credit/customers/{customer_id}/ask"
    assert table.line_for("POST", "/credit/customers/a/b/ask") == ask
