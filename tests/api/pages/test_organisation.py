"""Sign-in by the organisation: a provider names somebody, and only a key here lets them in."""

from __future__ import annotations

import dataclasses
import datetime as dt
import http.client
import json
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from payrisk.access import KeyRing
from payrisk_api.pages.frame import provider as provider_module

PROVIDER = Path(__file__).parents[2] / "support" / "home" / "provider.py"
PAGE = {"Accept": "text/html"}
FROM_ELSEWHERE = PAGE | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    wrong = tmp_path_factory.mktemp("provider") / "wrong.json"
    wrong.write_text("{}")
    process = subprocess.Popen(
        [sys.executable, str(PROVIDER), str(wrong)], stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process.stdout.readline().strip(), wrong
        process.kill()


@pytest.fixture
def door(opened, tmp_path, provider, monkeypatch):
    monkeypatch.setenv("PAYRISK_OIDC_ISSUER", provider[0])
    monkeypatch.setenv("PAYRISK_OIDC_CLIENT_ID", "payrisk")
    monkeypatch.setenv("PAYRISK_OIDC_CLIENT_SECRET", "a secret")
    provider[1].write_text("{}")
    door = opened()
    door.key = KeyRing(tmp_path).create(
        "Ann@example.com", frozenset({"approver"}), None, made_at="2025-06-01T00:00:00+00:00",
        by="test", expires_at="2026-06-01T00:00:00+00:00",
    ).key  # fmt: skip
    return door


def to_provider(door):
    """Go there as a browser does; the address it is sent back to."""
    begun = door.client.get(
        "/sign-in/organisation?next=/credit", headers=PAGE, follow_redirects=False
    )
    assert begun.status_code == 303
    url = urlsplit(begun.headers["location"])
    connection = http.client.HTTPConnection(url.netloc)
    connection.request("GET", f"{url.path}?{url.query}")
    address = connection.getresponse().headers["location"]
    connection.close()
    return urlsplit(address)


def back(door, url=None):
    url = url or to_provider(door)
    return door.client.get(
        f"{url.path}?{url.query}", headers=FROM_ELSEWHERE, follow_redirects=False
    )


def test_whom_the_provider_names_is_in_with_their_key_and_out_with_it(door, tmp_path):
    assert "/sign-in/organisation" in door.client.get("/sign-in", headers=PAGE).text
    url = to_provider(door)
    answer = back(door, url)
    assert (answer.status_code, answer.headers["refresh"]) == (200, "0; url=/credit")
    assert "Ann@example.com" in door.client.get("/credit", headers=PAGE).text
    assert door.client.get("/v1/me").json()["name"] == "Ann@example.com"
    door.client.cookies.clear()
    assert back(door, url).status_code == 403  # what was given to this browser is used up
    assert back(door).status_code == 200
    at = "2025-06-01T00:00:00+00:00"
    KeyRing(tmp_path).revoke(door.key.key_id, revoked_at=at, by="test", reason="left")
    assert door.client.get("/v1/me").status_code == 401
    door.client.cookies.clear()
    assert "ask an admin" in back(door).text


WRONG = (
    {"forged": True},
    {"unsigned": True},
    {"claims": {"aud": "another"}},
    {"claims": {"iss": "http://127.0.0.1:1"}},
    {"claims": {"nonce": "another"}},
    {"claims": {"exp": 1}},
    {"claims": {"email_verified": False}},
    {"claims": {"email": "eve@example.com"}},
    {"claims": {"email": ["ann@example.com"]}},
)


def test_a_token_that_is_not_ours_and_sound_lets_nobody_in(door, provider):
    for wrong in WRONG:
        provider[1].write_text(json.dumps(wrong))
        assert back(door).status_code == 403, wrong
        assert door.client.get("/v1/me").status_code == 401


def test_a_provider_that_is_none_is_told_as_such(door, provider, monkeypatch):
    asked = partial(door.client.get, "/sign-in/organisation", headers=PAGE, follow_redirects=False)
    for end in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        provider[1].write_text(json.dumps({"discovery": {end: None}}))
        assert asked().status_code == 502, end
    for keys in ([], None, "x", {"keys": 3}):
        provider[1].write_text(json.dumps({"keys": keys}))
        assert back(door).status_code == 502, keys


def test_a_provider_that_hangs_holds_up_two_at_most_and_not_for_long(door, monkeypatch):
    ours = door.client.app.state.provider
    assert provider_module.PATIENCE_SECONDS <= 3
    monkeypatch.setattr(provider_module, "PATIENCE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        door.client.app.state.provider = dataclasses.replace(ours, issuer=issuer)
        asked = partial(
            door.client.get, "/sign-in/organisation", headers=PAGE, follow_redirects=False
        )
        assert asked().status_code == 502
        with ours.turns, ours.turns:
            assert asked().status_code == 503
            door.client.app.state.provider = ours
            assert asked().status_code == 503
        assert back(door).status_code == 200
        with ours.turns, ours.turns:
            url = to_provider(door)  # its document is known: nothing is asked
            assert back(door, url).status_code == 503


def test_a_way_back_that_was_not_begun_here_leads_nowhere(door):
    url = to_provider(door)
    forged = url._replace(query=url.query.replace("state=", "state=x"))
    assert back(door, forged).status_code == 403
    door.client.cookies.clear()
    assert back(door, url).status_code == 403
    assert door.client.get("/v1/me").status_code == 401


def test_without_a_provider_there_is_no_such_page(reader):
    assert reader.client.get("/sign-in/organisation", headers=PAGE).status_code == 404
    assert reader.client.get("/sign-in/back", headers=FROM_ELSEWHERE).status_code == 404
    assert "organisation" not in reader.client.get("/sign-in", headers=PAGE).text


def test_a_sign_in_begins_one_session_and_not_for_long(door, monkeypatch):
    ours = door.client.app.state.provider
    url = to_provider(door)
    cookie = dict(door.client.cookies)
    monkeypatch.setattr(type(ours), "name", lambda *_: "Ann@example.com")  # takes any code twice
    assert back(door, url).status_code == 200
    door.client.cookies.clear()
    door.client.cookies.update(cookie)
    assert back(door, url).status_code == 403
    assert door.client.get("/v1/me").status_code == 401
    late = to_provider(door)
    service = door.client.app.state.service
    begun_at = service.now()
    monkeypatch.setattr(service, "now", lambda: begun_at + dt.timedelta(seconds=601))
    assert back(door, late).status_code == 403
