"""A home that the code of b09fcd4 made is served, held, rolled back, challenged and made anew.

What it holds: a ledger read from files, days-to-pay in three versions (2 answers, 3 is a
candidate with other settings), default-risk and new-customer in one, a policy, decisions with an
override, two published forecasts, MLflow's store. `make_b09fcd4.py` made it.
"""

from __future__ import annotations

import json
import math
import re
import tarfile

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from payrisk import bundle
from payrisk.calendar import date_of, day_of
from payrisk.cash.published import snapshots
from payrisk.cli import run
from payrisk.registry.quiet import silence_mlflow
from payrisk_api.app import create_app
from payrisk_models import spec
from payrisk_pipelines.training import retrain as retraining
from payrisk_pipelines.training.regate import regate
from payrisk_pipelines.training.train import train
from payrisk_pipelines.versions.deployed import deployed_champion
from payrisk_pipelines.versions.finding import registry_of
from support.full import at_size
from support.home.earlier_home import HOMES, said_then

pytestmark = pytest.mark.long

COMMIT, MORNING = "b09fcd4", "2026-01-01"
NAMES = ("days-to-pay", "default-risk", "new-customer")


def folder(settings, name, version):
    return settings.home / "bundles" / name / version


def test_it_tells_no_folder_of_the_machine_that_made_it():
    folders = re.compile(rb"(?<!\w)/(?:home|root|Users|work|tmp|var)/\w")
    with tarfile.open(HOMES / f"{COMMIT}.tar.xz") as archive:
        files = {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}
    assert len(files) > 100
    assert [name for name, content in files.items() if folders.search(content)] == []


# -- it answers --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(earlier):
    settings = earlier.model_copy(update={"as_of": date_of(day_of(MORNING))})
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        yield client


def test_it_is_served_by_all_three_champions(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["models"] == {
        "days-to-pay": "2",
        "default-risk": "1",
        "new-customer": "1",
    }


def alone(risk: dict) -> float:
    """The probability before what a default in the customer's group adds to it today."""
    by_group = [c["contribution"] for c in risk["contributions"] if c["code"] == "group_default"]
    if not by_group:
        return risk["probability"]
    odds = risk["probability"] / (1 - risk["probability"]) * math.exp(-math.fsum(by_group))
    return odds / (1 + odds)


def test_curves_and_chances_are_those_that_it_gave_then(client):
    then = said_then(COMMIT)
    ids = list(dict.fromkeys(curve["invoice_id"] for curve in then["curves"]))
    now = client.post("/v1/payment-curves", json={"invoice_ids": ids}).json()
    assert len(now) == len(then["curves"]) >= 20
    for was, is_ in zip(then["curves"], now, strict=True):
        ours, theirs = is_["probability_paid_by"], was["probability_paid_by"]
        assert ours == pytest.approx(theirs, abs=1e-12, rel=0)
    for number, was in enumerate(then["risks"], start=1):
        is_ = client.get(f"/v1/credit/customers/C{number:06}").json()["risk"]
        if was is not None:
            assert alone(is_) == pytest.approx(was["probability"], abs=1e-12, rel=0)


def test_a_new_question_is_decided_by_its_models_and_its_policy(client):
    body = {"customer_id": "C000001", "order": {"amount": 100_000, "currency": "EUR"}}
    answer = client.post(
        "/v1/credit/decisions", json=body, headers={"Idempotency-Key": "asked-today"}
    )
    assert answer.status_code == 200
    assert answer.json()["model_versions"]["days-to-pay"] == "2"
    forecast = client.get("/v1/cash/forecast")
    assert forecast.status_code == 200


def test_what_was_decided_is_still_explained_and_its_chain_holds(earlier, client, command):
    listed = client.get("/v1/credit/decisions", params={"limit": 100}).json()["decisions"]
    then = [one for one in listed if one["as_of"] <= MORNING]
    assert len(then) >= 9
    overridden = []
    for one in then:
        path = f"/v1/credit/decisions/{one['decision_id']}"
        assert client.get(path).status_code == 200
        assert client.get(f"{path}/explanation").status_code == 200
        overridden += client.get(f"{path}/override").json()["overrides"]
    assert [one["actor"] for one in overridden] == ["Erika Mustermann"]
    chain, code = command(earlier, "audit", "verify")
    assert (chain["holds"], code) == (True, 0)


def test_published_forecasts_are_read_verified_and_held_against_what_came(earlier, command):
    names = snapshots.names(earlier.home)
    assert len(names) == 2
    for name in names:
        assert len(snapshots.read(earlier.home, name).invoices)
    snapshot, _ = command(earlier, "forecast", "show", names[1])
    assert [row["owner"] for row in snapshot["overrides"] if row["source"] == "user"] == ["ann"]
    actuals, code = command(earlier, "forecast", "actuals", names[0])
    assert (len(actuals["variance"]) > 0, code) == (True, 0)


# -- its recipes are today's -------------------------------------------------------------------


SINCE_ANOTHER = "new-customer"
"""Its recipe walks forward in time since (ADR 0052)."""


def test_every_champions_recipe_is_found_and_is_the_same_as_todays_but_for_one(earlier):
    for name in NAMES:
        champion = deployed_champion(earlier.home, spec(name))
        assert champion.why_not == ""
        assert champion.model is not None
        assert champion.recipe.sha == champion.bundle.manifest["recipe_sha"]
        assert (champion.recipe.sha == spec(name).sha) == (name != SINCE_ANOTHER)


def test_what_has_not_changed_is_not_trained_again(earlier, monkeypatch):
    manifest = bundle.verify(folder(earlier, "days-to-pay", "2"))
    monkeypatch.setattr(retraining, "lock_sha", lambda: manifest["lock_sha"])
    names = [name for name in NAMES if name != SINCE_ANOTHER]
    run_again = retraining.retrain(earlier, names, as_of=day_of(MORNING))
    assert {one.name: one.version.version for one in run_again.outcomes if one.version} == {
        "days-to-pay": "2",
        "default-risk": "1",
    }


def test_a_risk_is_not_judged_anew_over_curves_of_the_same_recipe(earlier):
    below = bundle.load(folder(earlier, "days-to-pay", "1"), trial_seconds=0)
    assert regate(earlier, "default-risk", below) is None


# -- it goes on --------------------------------------------------------------------------------


def test_it_is_rolled_back_and_forth(copy):
    home = ["--home", str(copy.home)]
    assert run([*home, "rollback", "days-to-pay"]) == 0
    assert bundle.champion(copy.home, "days-to-pay", trial_seconds=0).version == "1"
    aliases = {one.version: one.aliases for one in registry_of(copy).versions("days-to-pay")}
    assert "champion" in aliases["1"]
    assert "candidate" in aliases["3"]
    assert bundle.champion(copy.home, "default-risk", trial_seconds=0).version == "1"
    assert run([*home, "rollback", "days-to-pay"]) == 0
    assert bundle.champion(copy.home, "days-to-pay", trial_seconds=0).version == "2"


@at_size
def test_a_candidate_of_another_recipe_has_to_beat_the_champion(copy):
    made = train(copy, SINCE_ANOTHER)
    assert made.card.champion["version"] == "1"
    assert made.version.version == "2"
    words = [check.sentence for check in made.card.verdict.checks]
    assert any("surely better" in one for one in words)


def test_models_that_mlflow_logged_then_load_and_answer_as_then(earlier):
    with silence_mlflow():
        import mlflow

        logged = sorted(earlier.home.glob("mlartifacts/*/models/*/artifacts"))
        assert len(logged) == 5
        for path in logged:
            (golden,) = path.glob("artifacts/*/golden.jsonl")
            rows = [json.loads(line) for line in golden.read_text().splitlines()]
            model = mlflow.pyfunc.load_model(str(path))
            answers = model.predict(pd.DataFrame([row["input"] for row in rows]))
            assert list(answers) == [
                "probability_paid_by" if "days-to-pay" in str(path) else "probability"
            ]
            for row, now in zip(rows, answers.iloc[:, 0], strict=True):
                assert np.abs(np.subtract(row["output"], now)).max() <= 1e-12
