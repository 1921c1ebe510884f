"""Tuning: seeded, on rows before every gate's, each trial a child run, nothing changed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from payrisk import bundle
from payrisk.calendar import day_of
from payrisk.cli import run
from payrisk.errors import InputError, ModelError
from payrisk.learning.judging.spec import Span
from payrisk.learning.measuring.splits import origins
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from payrisk_models import spec, specs
from payrisk_pipelines.training import tune as tuning
from payrisk_pipelines.training.tune import tune
from payrisk_pipelines.training.tuned import read_settings
from support.home.mlflow_store import fresh_home, quick, registry_of  # noqa: F401

TRIALS = 4
ROUNDS = Span(4, 20)


@pytest.fixture(scope="module", autouse=True)
def few_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(spec("days-to-pay").search, "rounds", ROUNDS)
        yield


@pytest.fixture(scope="module")
def made():
    return Ledger.from_tables(simulate(12, 18, 3).tables)[0]


@pytest.fixture(scope="module")
def tuned(made, tmp_path_factory):
    """A home, and what a short search found in it."""
    settings = fresh_home(tmp_path_factory.mktemp("home"))
    storage.save(made, settings.home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "STARTUP", 2)
        patch.setattr(tuning, "MOST_DAYS", 5)
        patch.setattr("payrisk.learning.measuring.replay.ENOUGH_ROWS", 0)
        yield settings, tune(settings, "days-to-pay", trials=TRIALS)


def test_no_row_of_the_gate_takes_part(made, tuned):
    _, found = tuned
    gated = origins(made.as_of(made.default_as_of))
    assert found.tuned_until < min(split.issued_from for split in gated)
    assert max(found.origins) < found.tuned_until
    past, until = tuning._past(made, made.as_of(made.default_as_of), 0)
    assert until == found.tuned_until
    for origin in past:
        assert (origin.moments.rows["issued_on"] <= until).all()
        # what became of them later is not known yet, either
        assert (origin.moments.rows["books_end_on"] <= until).all()


def test_settings_found_lie_in_the_space_and_stand_beside_the_present(tuned):
    _, found = tuned
    assert set(found.found) == set(spec("days-to-pay").search)
    assert found.found["leaves"] in (7, 15, 31, 63)
    assert ROUNDS.low <= found.found["rounds"] <= ROUNDS.high
    gap, low, high = found.difference
    assert gap == pytest.approx(found.crps[1] - found.crps[0])
    assert low <= gap <= high
    assert found.is_held_out
    assert "settings={" in found.lines
    compile(f"dict({found.lines.strip()})", "spec", "eval")


def test_every_trial_is_a_child_of_one_run(tuned):
    settings, found = tuned
    registry = registry_of(settings.home)
    experiment = registry._client.get_experiment_by_name("days-to-pay").experiment_id
    runs = registry._client.search_runs([experiment])
    parents = [one for one in runs if "mlflow.parentRunId" not in one.data.tags]
    assert [one.info.run_id for one in parents] == [found.run_id]
    children = [one for one in runs if one.data.tags.get("mlflow.parentRunId") == found.run_id]
    names = {one.info.run_name for one in children}
    assert names == {*(f"trial {at}" for at in range(TRIALS)), "found"}
    assert all("crps" in one.data.metrics for one in children)
    assert {one.data.tags["tuned_until"] for one in runs} == {children[0].data.tags["tuned_until"]}
    assert registry.versions("days-to-pay") == []


def test_a_hopeless_trial_is_given_up_half_way(made, tmp_path, monkeypatch):
    settings = fresh_home(tmp_path)
    storage.save(made, settings.home)
    hopeless, sane, startup = 1, 40, 2
    rounds = {"rounds": Span(choices=(hopeless, sane))}
    narrow = replace(spec("days-to-pay"), settings={"weight": 1.0}, search=rounds)
    monkeypatch.setattr(tuning, "spec", lambda _: narrow)
    monkeypatch.setattr(tuning, "STARTUP", startup)
    monkeypatch.setattr(tuning, "MOST_DAYS", 5)
    found = tune(settings, "days-to-pay", trials=5)
    rows = found.trials.to_dict("records")
    given_up = [row["rounds"] == hopeless and row["number"] >= startup for row in rows]
    assert 1 <= sum(given_up) < len(rows) - startup
    assert [row["state"] == "pruned" for row in rows] == given_up
    assert found.found["rounds"] == sane
    assert f"5 trials ({sum(given_up)} given up half-way)" in found.sentence
    # it is a child run as any other, and tells only of the origin it was tried on
    client = registry_of(settings.home)._client
    experiment = client.get_experiment_by_name("days-to-pay").experiment_id
    runs = {one.info.run_name: one for one in client.search_runs([experiment])}
    for row, is_given_up in zip(rows, given_up, strict=True):
        one = runs[f"trial {row['number']}"]
        assert one.data.tags["mlflow.parentRunId"] == found.run_id
        assert one.data.tags["state"] == row["state"]
        scores = [value for key, value in one.data.metrics.items() if key.startswith("crps/")]
        assert len(scores) == (1 if is_given_up else tuning.CHOOSING)
        assert one.data.metrics["crps"] == pytest.approx(sum(scores) / len(scores))


def test_the_same_seed_tries_the_same_and_the_command_tells_it(tuned, tmp_path, capsys):
    settings, found = tuned
    out = tmp_path / "settings.json"
    arguments = ["tune", "days-to-pay", "--trials", str(TRIALS), "--out", str(out), "--json"]
    assert run(["--home", str(settings.home), *arguments]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["trials"] == found.to_json()["trials"]
    assert said["settings"] == found.found
    assert json.loads(out.read_text())["settings"] == found.found
    assert day_of(said["tuned_until"]) == found.tuned_until


def test_what_cannot_be_tuned_says_so(tuned, made, tmp_path, monkeypatch):
    settings, _ = tuned
    with pytest.raises(ModelError, match="nothing to tune in 'default-risk'"):
        tune(settings, "default-risk")
    with pytest.raises(ModelError, match="too short to tune"):
        tune(settings, "days-to-pay", made.first_day + 90)
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(InputError, match=r"pip install 'payrisk\[tune\]'"):
        tune(settings, "days-to-pay")


def test_settings_kept_are_read_again_only_for_their_model(tuned, tmp_path):
    _, found = tuned
    kept = found.write(tmp_path / "settings.json")
    assert read_settings(kept, "days-to-pay") == found.found
    with pytest.raises(InputError, match="settings of 'days-to-pay'"):
        read_settings(kept, "default-risk")
    with pytest.raises(InputError, match="cannot be written"):
        found.write(tmp_path / "nowhere" / "settings.json")
    for text in ("", "[]", "{}", '{"settings": 3}'):
        kept.write_text(text)
        with pytest.raises(InputError, match="holds no settings"):
            read_settings(kept, "days-to-pay")
    kept.write_text('{"settings": {"history": 1, "nonsense": 2}}')
    with pytest.raises(InputError, match="nonsense"):
        read_settings(kept, "days-to-pay")


def test_training_takes_settings_from_a_file(tuned, tmp_path, capsys):
    settings, _ = tuned
    kept = tmp_path / "settings.json"
    kept.write_text('{"settings": {"rounds": 6, "seeds": 1, "leaves": 7}}')
    arguments = ["train", "days-to-pay", "--settings", str(kept)]
    assert run(["--home", str(settings.home), *arguments]) == 0
    capsys.readouterr()
    (version,) = registry_of(settings.home).versions("days-to-pay")
    recipe = bundle.verify(registry_of(settings.home).bundle_of("days-to-pay"))["recipe"]
    assert version.tags["recipe_sha"] == recipe["sha"] != spec("days-to-pay").sha
    assert recipe["settings"] == {"rounds": 6, "seeds": 1, "leaves": 7}


@pytest.mark.parametrize("name", specs())
def test_what_may_be_tried_is_not_fixed_where_the_gate_refits(name):
    one = spec(name)
    assert not set(one.search) & {*one.when_gated, *one.when_judged}
