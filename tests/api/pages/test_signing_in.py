"""A key becomes a session of pages, which shows what its roles may see and then ends."""

from __future__ import annotations

import re

import pytest

from payrisk.access import KeyRing, RefusedKey, SessionSigner
from payrisk_api.permissions import PERMITTED
from support.home.door import NOW
from support.pages import assert_strict

PAGE = {"Accept": "text/html"}


@pytest.fixture
def key(tmp_path, door):
    def made(*roles):
        return KeyRing(tmp_path).create(
            "Ann Lee", frozenset(roles), None, made_at="2025-06-01T00:00:00+00:00", by="test",
            expires_at="2026-06-01T00:00:00+00:00",
        ).text  # fmt: skip

    return made


def signed_in(door, text, goes_to="/credit"):
    return door.client.post(
        "/sign-in", data={"api_key": text, "next": goes_to}, follow_redirects=False
    )


def test_a_page_leads_to_the_sign_in_and_back(door, key):
    text = key("approver")
    answer = door.client.get("/credit?band=B", headers=PAGE, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=%2Fcredit%3Fband%3DB",
    )
    page = door.client.get(answer.headers["location"])
    assert_strict(page)
    assert 'name="next" value="/credit?band=B"' in page.text
    assert "/credit/new" not in page.text
    answer = signed_in(door, text, "/credit?band=B")
    assert (answer.status_code, answer.headers["location"]) == (303, "/credit?band=B")
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
    assert "Ann Lee" in door.client.get("/credit").text


def test_a_wrong_key_opens_nothing_and_is_not_repeated(door, key):
    key("approver")
    for text in ("", "pr_x", "<script>"):
        answer = signed_in(door, text)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert_strict(answer)
        assert not text or f'value="{text}"' not in answer.text
    assert signed_in(door, key("approver"), "//evil.example").headers["location"] == "/"


def test_a_form_of_a_session_carries_its_token_and_the_holder_decides(door, key):
    signed_in(door, key("approver"))
    page = door.client.get("/credit/customers/c1")
    token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page.text)[1]
    ask = {"about": "limit", "act": "decide", "key": "page-1"}
    path = "/credit/customers/c1/ask"
    assert door.client.post(path, data=ask).status_code == 403
    sheet = door.client.post(path, data=ask | {"csrf_token": token})
    assert sheet.status_code == 200
    assert 'name="actor"' not in sheet.text
    override = {
        "outcome": "approve", "reason": "Paid us for twenty years.", "review_on": "2025-09-01",
        "csrf_token": token, "seen": re.search(r'name="seen" value="([^"]+)"', sheet.text)[1],
    }  # fmt: skip
    assert "Ann Lee" in door.client.post(f"{sheet.url.path}/override", data=override).text
    assert door.client.post("/sign-out", data={"csrf_token": token}).url.path == "/sign-in"
    assert door.client.get("/credit", headers=PAGE).url.path == "/sign-in"


def test_a_session_signed_out_is_over_wherever_its_cookie_still_lies(door, key, tmp_path):
    signed_in(door, key("approver"))
    taken = dict(door.client.cookies)
    page = door.client.get("/credit")
    token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page.text)[1]
    door.client.post("/sign-out", data={"csrf_token": token})
    door.client.cookies.clear()
    header = {"cookie": "; ".join(f"{name}={value}" for name, value in taken.items())}
    assert door.client.get("/v1/models", headers=header).status_code == 401
    # a service that starts anew knows it as well
    ring = KeyRing(tmp_path)
    with pytest.raises(RefusedKey):
        SessionSigner(tmp_path, ring).read(next(iter(taken.values())), NOW)
    signed_in(door, key("approver"))
    assert door.client.get("/v1/models").status_code == 200
    (tmp_path / "sessions_ended").write_text("damaged")
    assert door.client.get("/v1/models").status_code == 503


@pytest.mark.parametrize("role", ["treasury", "data_scientist", "auditor", "admin", "collector"])
def test_what_a_role_may_not_do_is_not_in_the_page(door, key, role):
    signed_in(door, key(role), "/")
    text = door.client.get("/").text
    for address in re.findall(r'href="(/[^"#]*)"', text):
        assert door.client.get(address).status_code == 200, address
    assert "/credit/new" not in text
    if role in ("auditor", "collector"):
        assert "Release an order" not in door.client.get("/credit/customers/c1").text


SENT = [line.removeprefix("POST ") for line in PERMITTED if line.startswith("POST /")]
FORMS = [path for path in SENT if not path.startswith(("/v1", "/mcp", "/sign-in"))]


def test_no_form_is_taken_without_the_token_of_its_session_nor_from_elsewhere(door, key):
    """Every address of a page that something is sent to, the next one too."""
    signed_in(door, key("approver", "treasury", "collector", "data_scientist", "admin"))
    assert "/import/undo" in FORMS
    for path in FORMS:
        address = re.sub(r"{[a-z_]+}", "0123456789abcdef", path)
        for sent in ({}, {"csrf_token": "0" * 64}):
            answer = door.client.post(address, data=sent, headers=PAGE, follow_redirects=False)
            assert answer.status_code == 403, path
    assert door.client.get("/credit").status_code == 200
