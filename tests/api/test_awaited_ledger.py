"""A home without a ledger: its pages lead to the import, and nothing else is answered."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import random

import pytest
from fastapi.testclient import TestClient

from payrisk.access import KeyRing
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.observing import json_log
from support.company.five_customers import small_company
from support.home.hostile_requests import call, scope_of
from support.home.taking_up import taken_up
from support.pages import assert_strict

NOW = dt.datetime(2025, 6, 2, 8, 30, tzinfo=dt.UTC)
AT_PAGE = {"Accept": "text/html"}


@pytest.fixture
def empty(tmp_path):
    app = create_app(Settings.read(home=tmp_path), now=lambda: NOW, log=json_log(io.StringIO()))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def test_every_page_leads_to_the_import_and_none_says_that_all_is_well(empty):
    for path in ("/", "/credit", "/cash", "/collecting", "/models", "/tour"):
        page = empty.get(path, headers=AT_PAGE)
        assert [step.status_code for step in page.history] == [303]
        assert page.url.path == "/import"
        assert_strict(page)
        assert "There is no ledger here yet" in page.text
    for path in ("/readyz", "/v1/credit/reviews", "/v1/models", "/v1/me"):
        answer = empty.get(path)
        assert (answer.status_code, answer.json()["type"]) == (
            503,
            "urn:payrisk:problem:no-ledger",
        )
        assert answer.headers["retry-after"]
    assert empty.get("/livez").status_code == empty.get("/admin").status_code == 200


def test_a_question_about_the_whole_server_is_no_failure(empty):
    scope = scope_of(random.Random(1), "OPTIONS", "*", 0)
    status, _, _ = asyncio.run(call(empty.app, scope, b""))
    assert status < 500 or status == 503


def test_who_may_not_import_is_told_what_is_missing(empty, tmp_path):
    ring = KeyRing(tmp_path)
    at, until = "2025-06-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"
    key = ring.create(
        "Ann Lee", frozenset({"approver"}), None, made_at=at, by="test", expires_at=until
    )
    headers = AT_PAGE | {"Authorization": f"Bearer {key.text}"}
    page = empty.get("/credit", headers=headers, follow_redirects=False)
    assert page.status_code == 503
    assert "There is no ledger here yet" in page.text


def test_the_first_ledger_is_taken_up_by_the_running_service(empty, tmp_path):
    storage.save(small_company(), tmp_path)
    taken_up(empty.app.state.service.live)
    page = empty.get("/", headers=AT_PAGE)
    assert (page.status_code, page.url.path) == (200, "/")
    assert empty.get("/readyz").json()["status"] == "degraded"
