"""A month in one command: in order, once, on after a kill, and never two at a time."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from payrisk.errors import LedgerError, ModelError
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.pointers import PointedVersion
from payrisk.simulate import simulate
from payrisk_pipelines.training import retrain as retraining
from payrisk_pipelines.training.retrain import retrain
from payrisk_pipelines.versions.promoting import promote
from support.home.mlflow_store import fresh_home, quick, registry_of  # noqa: F401

pytestmark = pytest.mark.long

AT = "2026-01-05T08:00:00+00:00"
NAMES = ["days-to-pay", "new-customer", "default-risk"]


@pytest.fixture(scope="module")
def made():
    return Ledger.from_tables(simulate(12, 10, 3).tables)[0]


@pytest.fixture(scope="module")
def home(made, tmp_path_factory):
    """A home with a ledger, everything trained once, and what was heard meanwhile."""
    settings = fresh_home(tmp_path_factory.mktemp("home"))
    storage.save(made, settings.home)
    heard = []
    found = retrain(settings, git_commit="c0ffee", tell=lambda *told: heard.append(told))
    return settings, found, heard


def versions(settings):
    return {name: len(registry_of(settings.home).versions(name)) for name in NAMES}


def test_curves_come_before_the_risk_over_them_and_nothing_is_promoted(home):
    settings, found, heard = home
    assert [one.name for one in found.outcomes] == NAMES
    order = list(dict.fromkeys(model for model, *_ in heard))
    assert order[0] == "ledger"
    assert order.index("days-to-pay") < order.index("default-risk")
    assert not (settings.home / "champions").exists()
    assert {how for _, _, how, _, _ in heard} == {"begun", "done"}


def test_each_outcome_is_a_sentence_and_each_step_has_its_cost(home):
    settings, found, _ = home
    curves, _, risk = found.outcomes
    assert curves.sentence.startswith("days-to-pay version 1 is the candidate")
    assert (curves.gate, risk.gate) == (
        curves.trained.card.verdict.outcome,
        risk.trained.card.verdict.outcome,
    )
    table = found.table()
    assert list(table.columns) == ["model", "step", "seconds", "peak_gb"]
    assert {"ledger", "days-to-pay", "default-risk"} <= set(table["model"])
    assert (table["peak_gb"] > 0).all()
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [one["name"] for one in told["models"]] == NAMES
    assert told["quality"]["is_fresh"]
    (kept,) = (settings.home / "reports" / "retrain").glob("*-1.json")
    assert json.loads(kept.read_text()) == told


def test_what_cannot_be_trained_holds_up_no_other(home):
    settings, whole, _ = home
    assert not whole.has_failed  # whatever the gates said
    found = retrain(settings, ["days-to-pay", "new-customer"], allow_undated=["shoe_size"])
    curves, applicants = found.outcomes
    assert curves.gate == "failed"
    assert curves.sentence.startswith("days-to-pay was not trained: No customer has an attribute")
    assert applicants.version.version == "1"
    assert found.has_failed


def test_a_second_run_trains_nothing_and_says_so(home):
    settings, _, _ = home
    before = versions(settings)
    again = retrain(settings, ["days-to-pay", "default-risk"])
    assert versions(settings) == before
    for one in again.outcomes:
        assert one.trained is None
        assert one.sentence.startswith(f"{one.name} version 1 was trained on this ledger")
        assert one.sentence.endswith("nothing to do.")
        assert one.gate in {"passed", "refused", "not verifiable"}
    assert not again.has_failed
    assert [one["version"] for one in again.to_json()["models"]] == ["1", "1"]
    # what the first run cost is still told
    (kept,) = (settings.home / "reports" / "retrain").glob("*-1.json")
    assert {step["model"] for step in json.loads(kept.read_text())["steps"]} >= set(NAMES)


def test_an_odd_error_of_one_is_told_and_holds_up_no_other(home, monkeypatch):
    settings, _, _ = home

    def fails(_settings, name, *_args, **_told):
        raise ValueError(f"{name} met a nan")

    monkeypatch.setattr(retraining, "train", fails)
    odd, there = retrain(settings, ["days-to-pay", "new-customer"], git_commit="c0ffee").outcomes
    assert there.version.version == odd.version.version == "1"
    odd, also = retrain(settings, ["days-to-pay", "new-customer"], anew=True).outcomes
    assert odd.sentence == "days-to-pay was not trained: ValueError: days-to-pay met a nan"
    assert also.failed


def test_a_verdict_beside_another_champion_is_out_of_date(home, made, monkeypatch):
    settings, _, _ = home
    history = made.as_of(made.default_as_of)
    sha = storage.current_sha(settings.home)
    wanted = retraining._wanted(settings, "days-to-pay", sha, history, (), None)
    digest = registry_of(settings.home).version("days-to-pay", "1").tags["bundle_digest"]
    for champion, there in (
        (None, "1"),
        (PointedVersion("1", digest), "1"),
        (PointedVersion("7", "f00"), None),
    ):
        monkeypatch.setattr(retraining.pointers, "champion", lambda *_, c=champion: c)
        found = retraining._already(settings, "days-to-pay", wanted)
        assert (found and found.version) == there


def test_another_recipe_lock_morning_or_ledger_is_trained_again(home, made, monkeypatch):
    settings, _, _ = home
    history = made.as_of(made.default_as_of)
    asked = (settings, "days-to-pay", storage.current_sha(settings.home), history, (), None)
    wanted = retraining._wanted(*asked)
    assert retraining._already(settings, "days-to-pay", wanted).version == "1"
    for key in wanted:
        other = wanted | {key: "0" * 64}
        assert retraining._already(settings, "days-to-pay", other) is None


def test_a_risk_over_other_curves_is_trained_again(home, tmp_path):
    import shutil

    settings, _, _ = home
    sha = storage.current_sha(settings.home)
    ledger = storage.load(settings.home, sha)
    asked = (settings, "default-risk", sha, ledger.as_of(ledger.default_as_of), (), None)
    before = retraining._wanted(*asked)
    promote(settings, "days-to-pay", "1", moved_at=AT, reason="tried")
    try:
        after = retraining._wanted(*asked)
        assert retraining._already(settings, "default-risk", before).version == "1"
        assert retraining._already(settings, "default-risk", after) is None
    finally:
        shutil.rmtree(settings.home / "champions")


def test_anew_trains_it_all_the_same(home):
    settings, _, _ = home
    before = versions(settings)["days-to-pay"]
    (one,) = retrain(settings, ["days-to-pay"], anew=True).outcomes
    assert one.trained.version.version == str(before + 1)
    # the same rows, the same recipe: it is the same try again, and no further one
    assert one.trained.card.window.get("recipes_tried_on_them", 1) == 1


def test_an_unknown_name_and_a_home_without_a_ledger_are_said(home, tmp_path):
    settings, _, _ = home
    with pytest.raises(ModelError, match="There is no model 'nope'; the models are"):
        retrain(settings, ["days-to-pay", "nope"])
    with pytest.raises(LedgerError, match="payrisk import"):
        retrain(fresh_home(tmp_path))


def test_a_second_run_at_the_same_time_is_turned_away(home):
    settings, _, _ = home
    with (settings.home / retraining.HELD).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ModelError, match="Another retraining is at work in .*; let it end"):
            retrain(settings, ["days-to-pay"])
    assert not retrain(settings, ["days-to-pay"]).has_failed


KILLED = """
import signal, sys
from pathlib import Path
import payrisk.bundle, pytest
from support.home.mlflow_store import learn_little
learn_little(pytest.MonkeyPatch())
payrisk.bundle._try_in_child = lambda *_: None
from payrisk.settings import Settings
from payrisk_pipelines.training.retrain import retrain

def tell(model, step, how, seconds, peak_gb):
    if model == "default-risk":
        print("reached", flush=True)
        signal.pause()

retrain(Settings.read(home=Path(sys.argv[1])), ["days-to-pay", "default-risk"], tell=tell)
"""


def test_a_run_that_was_killed_goes_on_with_the_models_it_had_not_come_to(tmp_path):
    settings = fresh_home(tmp_path)
    storage.save(Ledger.from_tables(simulate(4, 6, 3).tables)[0], settings.home)
    root = Path(__file__).resolve().parents[3]
    paths = [str(root / name) for name in ("src", "models", "pipelines", "tests")]
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(settings.home)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert child.stdout.readline() == "reached\n"
        with pytest.raises(ModelError, match="Another retraining is at work"):
            retrain(settings)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.communicate()
    found = retrain(settings, ["days-to-pay", "default-risk"])
    curves, risk = found.outcomes
    assert (curves.trained, curves.version.version) == (None, "1")
    assert risk.trained.version.version == "1"
    assert versions(settings)["days-to-pay"] == 1
