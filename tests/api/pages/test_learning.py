"""Models learnt anew from a page: one run at a time, and what came of it is said there."""

from __future__ import annotations

import json

from api.pages.test_frame import HTML, assert_strict


def test_learning_goes_on_by_itself_once_and_says_how_it_ended(door):
    before = door.client.get("/models", headers=HTML)
    assert_strict(before)
    assert 'action="/models/learning"' in before.text
    begun = door.client.post("/models/learning", headers=HTML, follow_redirects=False)
    assert (begun.status_code, begun.headers["location"]) == (303, "/models")
    desk = door.client.app.state.learning
    if not desk.latest.is_over:
        meanwhile = door.client.get("/models", headers=HTML)
        assert_strict(meanwhile)
        assert "It learns since" in meanwhile.text
        assert 'action="/models/learning"' not in meanwhile.text
        assert door.client.post("/models/learning", headers=HTML).status_code == 409
    desk.latest.process.wait(60)
    ended = door.client.get("/models", headers=HTML)
    assert_strict(ended)
    # the small company of this door lies in no home, which the command says
    assert "There is no ledger under" in ended.text
    assert 'action="/models/learning"' in ended.text


def test_what_was_learnt_waits_on_today_and_may_be_promoted_though_its_bundle_is_not_here(
    door, tmp_path
):
    models = [{"name": "days-to-pay", "gate": "passed", "sentence": "x", "version": "7"}]
    (tmp_path / "pages").mkdir(exist_ok=True)
    (tmp_path / "pages" / "learnt.json").write_text(
        json.dumps({"as_of": "2025-06-01", "models": models})
    )
    for path in ("/", "/models"):
        assert "days-to-pay 7" in door.client.get(path, headers=HTML).text
    asked = {"act": "promote", "version": "7"}
    refused = door.client.post("/models/days-to-pay/answers", data=asked, headers=HTML)
    assert refused.status_code == 409
    assert "There is no version 7 of days-to-pay here" not in refused.text


def test_a_note_of_what_was_learnt_that_is_no_note_takes_no_page_down(door, tmp_path):
    (tmp_path / "pages").mkdir(exist_ok=True)
    for as_of, version in (("<script>", "7"), ("2025-06-01", 7), (5, "7")):
        models = [{"name": "days-to-pay", "gate": "passed", "version": version}]
        learnt = json.dumps({"as_of": as_of, "models": models})
        (tmp_path / "pages" / "learnt.json").write_text(learnt)
        for path in ("/", "/models"):
            assert door.client.get(path, headers=HTML).status_code == 200
