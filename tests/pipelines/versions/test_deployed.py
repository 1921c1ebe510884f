"""What answers now, read back from its bundle as an opponent that can be fitted again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from payrisk import bundle
from payrisk.errors import ModelError
from payrisk.learning.fits import EARLIER
from payrisk.learning.judging.champion import recipe_difference
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from payrisk_models import spec
from payrisk_pipelines.training.shipping import RollUpCurves
from payrisk_pipelines.versions.deployed import champion_own_settings, deployed_champion, recipe_of
from support.home.small_home import small_home

CURVES = spec("days-to-pay")
RISK = spec("default-risk")


def grown():
    """A made-up company old enough for trees."""
    ledger = Ledger.from_tables(simulate(8, 8, 3).tables)[0]
    return ledger.as_of(ledger.default_as_of)


def told_again(home, version, **facts):
    """The champion of the small home once more, as a version whose manifest tells more."""
    folder = bundle.bundle_folder(home, "days-to-pay", "1")
    said = bundle.load(folder, trial_seconds=0)
    golden = (folder / "golden.jsonl").read_text().splitlines()
    bundle.write(
        bundle.bundle_folder(home, "days-to-pay", version),
        name="days-to-pay",
        model=said.model,
        golden=pd.DataFrame([json.loads(line)["input"] for line in golden]),
        card=said.card,
        card_text="",
        facts={"as_of": "2025-01-01"} | facts,
    )
    bundle.set_champion(home, "days-to-pay", version)


def manifest(chosen):
    """As a bundle keeps it: through JSON."""
    return json.loads(json.dumps({"recipe": chosen.to_json() | {"sha": chosen.sha}}))


@pytest.mark.parametrize(
    "trained",
    [
        CURVES,
        replace(CURVES, settings={"rounds": 7, "weight": 0.5}, inputs=CURVES.inputs[:5], seed=3),
        replace(CURVES, inputs=CURVES.inputs[:4], backdated=frozenset({"sector"})),
        RISK,
        replace(RISK, horizon_days=90, rule=replace(DefaultRule(), days=30)),
        replace(spec("new-customer"), horizon_days=200),
    ],
)
def test_a_recipe_is_read_back_as_it_was_trained_whatever_todays_is(trained):
    back = recipe_of(manifest(trained), spec(trained.name))
    assert back.sha == trained.sha
    assert (back.rule, back.horizon_days) == (trained.rule, trained.horizon_days)


def test_it_is_fitted_again_to_the_same_bits():
    trained = replace(CURVES, settings={"rounds": 4, "seeds": 1, "weight": 0.5}, when_sketched={})
    history = grown()
    today = replace(CURVES, settings={"rounds": 9}, when_sketched={})
    back = recipe_of(manifest(trained), today)
    assert back.fit_as_served(history).to_files() == trained.fit_as_served(history).to_files()
    assert back.fit_as_served(history).to_files() != today.fit_as_served(history).to_files()


def test_another_fit_of_ours_is_found_and_todays_shortcuts_are_not_its():
    told = manifest(CURVES)
    told["recipe"] |= {
        "fit": EARLIER["shrunk-ecdf"],
        "settings": {},
    }
    back = recipe_of(told, CURVES)
    assert back.fit.__qualname__ == "fit_shrunk_ecdf"
    assert (back.when_gated, back.when_sketched, back.when_judged) == ({}, {}, {})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fit": "os.system"}, "is neither payrisk's"),
        ({"fit": "days_to_pay.gone"}, "is gone"),
        ({"fit": "payrisk_models.days_to_pay.gone"}, "is gone"),
        ({"fit": "payrisk.learning.gone.fit"}, "is neither payrisk's"),
        ({"inputs": {"customer__settled__n__all": "other"}}, "gone or changed"),
        ({"inputs": {"no_such_feature": "x"}}, "gone or changed"),
    ],
)
def test_a_recipe_that_cannot_be_fitted_says_why(change, sentence):
    told = manifest(CURVES)
    told["recipe"] |= change
    with pytest.raises(ModelError, match=sentence):
        recipe_of(told, CURVES)


def test_a_champion_without_a_recipe_still_stands_as_deployed(tmp_path):
    settings = small_home(tmp_path)
    found = deployed_champion(settings.home, CURVES)
    assert (found.recipe, found.identity["version"]) == (None, "1")
    assert "before bundles told their recipe" in found.why_not
    assert found.bundle.model


def test_a_champion_that_cannot_be_loaded_still_stands(tmp_path):
    assert deployed_champion(tmp_path / "empty", CURVES) is None
    settings = small_home(tmp_path / "home")
    before = deployed_champion(settings.home, CURVES)
    folder = bundle.bundle_folder(settings.home, "days-to-pay", "1")
    (folder / "model.json").write_text("damaged")
    for _ in range(2):
        found = deployed_champion(settings.home, CURVES)
        assert (found.model, found.recipe, found.identity) == (None, None, before.identity)
        assert found.why_not
        assert recipe_difference({"a": "x"}, found)["added"] == ["a"]
        shutil.rmtree(folder, ignore_errors=True)
    (settings.home / "champions" / "days-to-pay").write_text("nonsense")
    with pytest.raises(ModelError):
        deployed_champion(settings.home, CURVES)


def test_settings_that_were_given_outlive_those_of_the_spec(tmp_path):
    settings = small_home(tmp_path)
    assert champion_own_settings(tmp_path / "empty", CURVES) is None
    assert champion_own_settings(settings.home, CURVES) is None  # it does not tell its recipe
    for version, is_own, fit in (("2", True, ""), ("3", False, ""), ("4", True, "ecdf")):
        own = replace(CURVES, settings={"rounds": 7})
        recipe = own.to_json() | ({"fit": "shrunk-ecdf"} if fit else {})
        told_again(settings.home, version, recipe=recipe, has_own_settings=is_own)
        kept = {"rounds": 7} if version == "2" else None
        assert champion_own_settings(settings.home, CURVES) == kept


def test_a_risk_is_sketched_on_past_mornings_over_its_champions_own_recipe(tmp_path):
    settings = small_home(tmp_path)
    assert RollUpCurves.of(settings.home, RISK).recipe.sha == CURVES.sha  # its own is not told
    own = replace(CURVES, settings={"rounds": 7})
    told_again(settings.home, "2", recipe=own.to_json())
    over = RollUpCurves.of(settings.home, RISK)
    assert (over.recipe.sha, over.champion.version) == (own.sha, "2")
    assert over.facts["over"]["recipe"] == own.to_json()


def test_features_are_told_apart_from_the_champions(tmp_path):
    standing = deployed_champion(small_home(tmp_path).home, CURVES)
    same = {one.name: one.definition_hash for one in standing.bundle.model.inputs}
    gone = dict(list(same.items())[1:]) | {"new_feature": "x"}
    assert recipe_difference(same, None) == {}
    told = recipe_difference(gone, standing)
    assert "new_feature" in str(told)
    assert next(iter(same)) in str(told)
    assert "new_feature" not in str(recipe_difference(same, standing))
