"""A promoted version that cannot be taken up is told by every door, and taken up once it can."""

from __future__ import annotations

import shutil
import time

import pytest
from fastapi.testclient import TestClient

from payrisk import bundle
from payrisk.answers import Answers
from payrisk.settings import Settings
from payrisk_api.app import create_app
from payrisk_api.deps import LiveAnswers
from support.company.five_customers import Fitted, champions
from support.home.small_home import small_home

NAME = "days-to-pay"
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def home(tmp_path):
    """Two versions of the curves, the first promoted."""
    found = small_home(tmp_path / "home").home
    shutil.copytree(bundle.bundle_folder(found, NAME, "1"), bundle.bundle_folder(found, NAME, "2"))
    return found


def until(true, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def all_three():
    found = champions()
    return found | {"new-customer": Fitted(found["default-risk"].model, version="3")}


def test_with_all_three_it_is_ready_and_refuses_nothing(opened):
    client = opened(all_three()).client
    said = client.get("/readyz").json()
    assert (said["status"], said["refused"]) == ("ready", {})
    assert {row["why_not"] for row in client.get("/v1/models").json()} == {None}


def test_a_version_that_stands_in_is_no_reason_to_be_silent(opened, company):
    client = opened(all_three()).client
    why = "Version 2 of days-to-pay does not load. Version 1 answers on."
    live = LiveAnswers(Answers(company, all_three(), refused={NAME: why}))
    client.app.state.service.live = live
    said = client.get("/readyz").json()
    assert (said["status"], said["refused"]) == ("degraded", {NAME: why})
    assert said["models"][NAME] == "1"
    row = client.get("/v1/models").json()[0]
    assert (row["version"], row["is_available"], row["why_not"]) == ("1", True, why)
    asked = client.post("/v1/payment-curves", json={"invoice_ids": ["G"]})
    assert asked.json()[0]["probability_paid_by"] is not None


def test_a_ledger_that_cannot_be_read_is_told_while_the_old_one_answers(opened, company):
    client = opened(all_three()).client
    moved = [1]

    def fails(_before):
        raise OSError("the disk is gone")

    live = LiveAnswers(
        Answers(company, all_three()),
        read=fails,
        signs=lambda: tuple(moved),
        initial_signs=tuple(moved),
    )
    client.app.state.service.live = live
    assert client.get("/readyz").json()["status"] == "ready"
    moved.append(2)
    live.refresh()
    said = client.get("/readyz").json()
    assert said["status"] == "degraded"
    assert "(OSError)" in said["refused"]["home"]
    assert "the disk is gone" not in said["refused"]["home"]


def test_it_is_taken_up_though_no_pointer_moves_again(home, monkeypatch):
    """The trial fails as on a machine that is too busy, and later does not."""
    is_busy = [True]
    real = bundle.load_promoted

    def promoted(home_, name, pointed, **_given):
        too_short = 1e-9 if is_busy[0] and pointed.version == "2" else 0
        return real(home_, name, pointed, trial_seconds=too_short)

    monkeypatch.setattr("payrisk.bundle.load_promoted", promoted)
    app = create_app(Settings.read(home=home))
    with TestClient(app, base_url=ADDRESS) as client:

        def said():
            return client.get("/readyz").json()

        assert said()["models"][NAME] == "1"
        bundle.set_champion(home, NAME, "2")
        until(lambda: said()["refused"])
        assert (said()["status"], said()["models"][NAME]) == ("degraded", "1")
        assert "Version 1 answers on" in client.get("/v1/models").json()[0]["why_not"]
        is_busy[0] = False
        until(lambda: said()["models"][NAME] == "2")
        assert said()["refused"] == {}
