"""Two pairs of eyes from the pages: one person proposes, another one confirms."""

from __future__ import annotations

import html
import re

import pytest

from api.pages.test_credit_pages import APPLICATION, decided, post
from support.pages import assert_strict

RUNG = """
[[rungs]]
title = "clerk"
people = ["Ann Lee", "Tim Roy"]
currency = "EUR"
alone_up_to = "5000.00"
together_up_to = "30000.00"
valid_from = 2025-01-01
"""


def named_field(page, name):
    return html.unescape(re.search(rf'name="{name}" value="([^"]+)"', page.text)[1])


@pytest.fixture
def sheet(door, tmp_path):
    (tmp_path / "delegation.toml").write_text(RUNG)
    return decided(door)


def filled(page, **fields):
    return {
        "outcome": "approve", "limit": "12,000.00", "reason": "Their bank vouches for them.",
        "actor": "Ann Lee", "review_on": "2025-09-01",
        "seen": named_field(page, "seen"), "key": named_field(page, "key"), **fields,
    }  # fmt: skip


def test_what_one_may_not_decide_alone_is_proposed_shown_and_confirmed_by_another(door, sheet):
    page = door.client.get(sheet)
    alone = post(door, f"{sheet}/override", filled(page))
    assert alone.status_code == 409
    assert_strict(alone)
    assert 'class="first" formaction' in alone.text
    sent = post(door, f"{sheet}/proposals", filled(page, key="p-1"))
    assert sent.status_code == 303
    (proposal,) = door.client.get("/v1/credit/proposals").json()["proposals"]
    for path in ("/credit", "/"):
        listed = door.client.get(path)
        assert f"{sheet}#{proposal['proposal_id']}" in listed.text, path
        assert "12,000" in listed.text
    shown = door.client.get(sheet)
    assert_strict(shown)
    assert "Ann Lee proposes" in shown.text
    confirm = f"/credit/proposals/{proposal['proposal_id']}/confirm"
    assert post(door, confirm, {"actor": "ann lee", "key": "c-1"}).status_code == 403
    assert post(door, confirm, {"actor": "", "key": "c-2"}).status_code == 422
    assert post(door, confirm, {"actor": "Tim Roy", "key": "c-3"}).status_code == 303
    assert "Confirmed by" in door.client.get(sheet).text
    assert proposal["proposal_id"] not in door.client.get("/credit").text


def test_what_was_decided_meanwhile_is_read_again_before_anything_is_proposed(door, sheet):
    page = door.client.get(sheet)
    assert post(door, f"{sheet}/override", filled(page, limit="100.00")).status_code == 303
    late = post(door, f"{sheet}/proposals", filled(page, key="p-1"))
    assert late.status_code == 412
    assert "meanwhile" in late.text
    assert named_field(late, "seen") != named_field(page, "seen")
    nobodys = "/credit/proposals/pro_00000000000000000000/confirm"
    assert post(door, nobodys, {"key": "c"}).status_code == 404


def test_an_application_is_no_longer_offered_to_be_decided_by_what_cannot_be_read(door, sheet):
    page = door.client.get(sheet)
    for wrong in ({"limit": "much"}, {"reason": ""}, {"outcome": "perhaps"}):
        answer = post(door, f"{sheet}/proposals", filled(page, **wrong))
        assert answer.status_code == 422
    assert door.client.get("/v1/credit/proposals").json()["proposals"] == []
    assert APPLICATION["name"] in page.text
