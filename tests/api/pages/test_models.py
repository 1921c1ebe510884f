"""The pages of the models: verdicts, baselines in words, versions, and who may move them."""

from __future__ import annotations

import json

import pytest

from api.pages.test_frame import HTML, assert_strict
from payrisk import pointers, sealed
from payrisk.answers.over_baselines import gains_over_baselines
from payrisk_api.pages.frame.rendering import environment
from payrisk_api.pages.models.model_words import BASELINES, GATES, MOVES, PREDICTS, UNITS


def test_each_model_in_service_has_its_page(reader):
    page = reader.client.get("/models", headers=HTML)
    assert page.status_code == 200
    assert_strict(page)
    for model in reader.client.get("/v1/models").json():
        assert model["name"] in page.text
        shown = reader.client.get(f"/models/{model['name']}", headers=HTML)
        assert shown.status_code == 200
        assert_strict(shown)


def test_a_full_card_is_written_in_plain_words():
    card = {
        "name": "days-to-pay",
        "as_of": "2025-06-01",
        "metrics": {"days-to-pay": {"crps": 2.0}, "due-date": {"crps": 4.0}},
        "intervals": {"days-to-pay": {"crps": [1.5, 2.4]}, "due-date": {"crps": [3.0, 5.0]}},
        "calibration": {"bins": [{"model": "days-to-pay", "said": 0.2, "came": 0.25, "n": 16}]},
        "verdict": {
            "outcome": "passed",
            "sentence": "Every gate was passed.",
            "checks": [{"gate": "crps", "outcome": "passed", "value": 2.0, "bound": 4.0}],
        },
        "population": {"invoices": 12, "currencies": ["EUR", "USD"]},
        "limits": ["Whole days."],
    }
    made = environment("en").get_template("models/model.html")
    text = made.blocks["content"](
        made.new_context(
            {
                "model": {
                    "name": "days-to-pay", "version": "1", "why_not": None, "warning": None,
                    "expired": False,
                },
                "card": card, "verdict": card["verdict"], "fault": "",
                "gains_over_baselines": gains_over_baselines(card),
                "bins": card["calibration"]["bins"], "pointed": "1", "former": None,
                "versions": [], "moves": [], "predicts": PREDICTS, "baselines": BASELINES,
                "gates": GATES, "move_words": MOVES, "units": UNITS, "parts": parts(),
            }
        )
    )  # fmt: skip
    page = "".join(text)
    assert "50.0% better, surely" in " ".join(page.split())
    assert "25.0%" in page


def parts():
    return (
        environment("en")
        .get_template("components/parts.html")
        .make_module({"form_token_of_session": ""})
    )


def test_a_model_that_is_not_there_is_a_page_that_says_so(reader):
    page = reader.client.get("/models/days-to-play", headers=HTML)
    assert page.status_code == 404
    assert_strict(page)


def test_a_version_that_is_not_there_is_refused_with_a_sentence(door):
    sent = door.client.post(
        "/models/days-to-pay/answers", data={"act": "promote", "version": "99"}, headers=HTML
    )
    assert sent.status_code == 409
    assert "no version 99" in sent.text


def test_nothing_can_be_rolled_back_where_nothing_answered_before(door):
    sent = door.client.post("/models/days-to-pay/answers", data={"act": "rollback"}, headers=HTML)
    assert sent.status_code == 409
    assert_strict(sent)


def test_a_rollback_moves_the_pointer_and_is_told(door, tmp_path):
    for version in ("1", "2"):
        folder = pointers.bundle_folder(tmp_path, "days-to-pay", version)
        folder.parent.mkdir(parents=True, exist_ok=True)
        sealed.seal(folder, {"card.json": b"{}"}, {})
        pointers.set_champion(tmp_path, "days-to-pay", version)
    sent = door.client.post(
        "/models/days-to-pay/answers",
        data={"act": "rollback"},
        headers=HTML,
        follow_redirects=False,
    )
    assert (sent.status_code, sent.headers["location"]) == (303, "/models/days-to-pay")
    assert pointers.champion_version(tmp_path, "days-to-pay") == "1"
    page = door.client.get("/models/days-to-pay", headers=HTML).text
    assert "rolled back" in page


def test_margins_are_of_the_first_headline_and_sure_only_where_intervals_lie_apart():
    card = {
        "name": "ours",
        "metrics": {
            "ours": {"crps": 2.0, "mae": 1.0},
            "near": {"crps": 2.5},
            "far": {"crps": 4.0},
            "lost": {"crps": float("nan")},
        },
        "intervals": {
            "ours": {"crps": [1.5, 2.4]},
            "near": {"crps": [2.3, 2.9]},
            "far": {"crps": [3.0, 5.0]},
        },
    }
    told = [(line.baseline, line.gain, line.is_sure) for line in gains_over_baselines(card)]
    assert told == [("near", pytest.approx(0.2), False), ("far", pytest.approx(0.5), True)]
    assert gains_over_baselines({"name": "ours", "metrics": {}}) == []


def test_a_page_promotes_for_its_caller_and_never_under_the_key_of_the_service(
    door, tmp_path, monkeypatch
):
    monkeypatch.setenv("PAYRISK_KEY", "pr_000000000000_" + "0" * 64)
    folder = pointers.bundle_folder(tmp_path, "days-to-pay", "7")
    folder.parent.mkdir(parents=True, exist_ok=True)
    sealed.seal(folder, {"card.json": b"{}"}, {})
    sent = door.client.post(
        "/models/days-to-pay/answers", data={"act": "promote", "version": "7"}, headers=HTML
    )
    assert sent.status_code == 409
    assert "PAYRISK_KEY" not in sent.text
    assert "pr_" not in sent.text


def test_odd_names_and_signs_are_refused_and_never_a_defect(door):
    odd = {"act": "promote", "version": "1", "reason": "a\0b"}
    for name in ("days-to-pay", "a" * 300):
        sent = door.client.post(f"/models/{name}/answers", data=odd, headers=HTML)
        assert 400 <= sent.status_code < 500
    assert door.client.get("/credit/decisions?cursor=zz", headers=HTML).status_code == 422
    call = {"jsonrpc": "2.0", "id": "\ud800", "method": "ping"}
    assert door.client.post("/mcp", content=json.dumps(call)).status_code == 200
