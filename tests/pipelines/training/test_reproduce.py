"""The same ledger, lock and seed give the same files; what differs is named."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.errors import ModelError
from payrisk.learning.judging.judge_default import landmarks_of
from payrisk.learning.new_customer.own_applications import own_applications
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from payrisk_models import spec
from payrisk_pipelines.training.build_lock import lock_sha
from payrisk_pipelines.training.reproduce import reproduce
from payrisk_pipelines.training.shipping import (
    RollUpCurves,
    ship_applicants,
    ship_curves,
    ship_risk,
)
from support.home.mlflow_store import fresh_home, quick  # noqa: F401


def keep(settings, chosen, shipped, facts):
    folder = bundle.bundle_folder(settings.home, chosen.name, "1")
    bundle.write(
        folder,
        name=chosen.name,
        model=shipped.model,
        golden=shipped.golden,
        card={"of": "then"},
        card_text="then",
        facts={**facts, "recipe": chosen.to_json(), **shipped.facts},
        cash_papers=shipped.cash_papers,
    )
    bundle.set_champion(settings.home, chosen.name, "1")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Version 1 of every model on the ledger of a small company, days-to-pay promoted first."""
    made = fresh_home(tmp_path_factory.mktemp("home"))
    ledger = Ledger.from_tables(simulate(12, 12, 3).tables)[0]
    sha = storage.save(ledger, made.home)
    history = ledger.as_of(ledger.default_as_of)
    facts = {
        "ledger_sha": sha,
        "as_of": iso(history.as_of),
        "seed": 0,
        "git_commit": "",
        "lock_sha": lock_sha(),
    }
    curves, risk, newcomer = (spec(n) for n in ("days-to-pay", "default-risk", "new-customer"))
    keep(made, curves, ship_curves(curves, ledger, history), facts)
    over = RollUpCurves.of(made.home, risk)
    keep(
        made,
        risk,
        ship_risk(risk, over, history, landmarks_of(risk, over.recipe, ledger, history)),
        facts,
    )
    table = own_applications(history, newcomer.rule, newcomer.horizon_days)
    keep(made, newcomer, ship_applicants(newcomer, table), facts)
    return made


@pytest.mark.parametrize("name", ["days-to-pay", "default-risk", "new-customer"])
def test_a_version_is_reproduced_byte_for_byte(settings, name):
    found = reproduce(settings, name)
    assert found.different == []
    assert set(found.then) >= {"features.json", "golden.jsonl"}
    assert (found.is_same_lock, found.lock) == (True, {})
    assert set(found.table()["is"]) == {"same"}


def test_the_command_ends_with_0_and_tells_every_file(settings, capsys):
    assert run(["--home", str(settings.home), "reproduce", "new-customer/1"]) == 0
    said = capsys.readouterr().out
    assert "golden.jsonl" in said
    assert "files are the same, byte for byte. The lock is the same." in said


def test_another_recipe_is_found_out_and_ends_with_1(settings, capsys):
    folder = bundle.bundle_folder(settings.home, "days-to-pay", "1")
    told = bundle.verify(folder)
    loaded = bundle.load(folder, trial_seconds=0)
    lines = (folder / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    golden = [json.loads(line)["input"] for line in lines]
    bundle.write(
        bundle.bundle_folder(settings.home, "days-to-pay", "2"),
        name="days-to-pay",
        model=loaded.model,
        golden=pd.DataFrame(golden),
        card={},
        card_text="",
        facts={key: told[key] for key in ("ledger_sha", "as_of")}
        | {"recipe": told["recipe"] | {"settings": {"rounds": 7}}, "lock_sha": "0" * 64},
        cash_papers=loaded.cash_papers,
    )
    assert run(["--home", str(settings.home), "reproduce", "days-to-pay/2", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["is_reproduced"]
    assert said["is_same_lock"] is False
    files = said["files"]
    assert files["features.json"]["then"] == files["features.json"]["now"]
    assert files["golden.jsonl"]["then"] != files["golden.jsonl"]["now"]


def test_what_a_risk_is_over_is_resolved_and_must_be_the_same(settings, tmp_path):
    told = bundle.verify(bundle.bundle_folder(settings.home, "default-risk", "1"))["over"]
    assert (told["name"], told["version"]) == ("days-to-pay", "1")
    curves = bundle.verify(bundle.bundle_folder(settings.home, "days-to-pay", "1"))
    assert told["digest"] == curves["digest"]


def test_what_is_not_there_is_said(settings):
    with pytest.raises(ModelError, match="no run or model 'nope'"):
        reproduce(settings, "nope")
    with pytest.raises(ModelError, match="days-to-pay"):
        reproduce(settings, "days-to-pay/99")
