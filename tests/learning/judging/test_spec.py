from __future__ import annotations

import json
from dataclasses import replace

import pytest

from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.judging.spec import ModelSpec, as_json
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from payrisk_models import spec, specs
from support.ledgers.messy import START, messy_ledger


def tells(history, **settings):
    return settings


def tells_too(history, **settings):
    return settings


ONE = ModelSpec(
    name="one",
    purpose="To be told.",
    head="curves",
    gates=(),
    fit=tells,
    settings={"rounds": 5, "names": ("a", "b")},
    when_judged={"has_money": False},
    when_gated={"has_money": False, "rounds": 4},
    when_sketched={"rounds": 2, "sampling": {"issues": 10}},
)


def test_settings_reach_the_fit_and_each_purpose_has_its_own():
    history = object()
    assert ONE.full(history) == {"rounds": 5, "names": ("a", "b")}
    assert ONE.judged(history) == ONE.full(history) | {"has_money": False}
    assert ONE.gated(history) == ONE.full(history) | {"has_money": False, "rounds": 4}
    assert ONE.sketch(history) == ONE.full(history) | {"rounds": 2, "sampling": {"issues": 10}}


def test_only_a_recipe_that_reads_undated_attributes_is_told_of_them():
    read = ONE.backdating(frozenset({"sector"}))
    assert read.full(object())["backdated"] == {"sector"}
    assert "backdated" not in ONE.full(object())


@pytest.mark.parametrize(
    "other",
    [
        {"fit": tells_too},
        {"settings": {"rounds": 6, "names": ("a", "b")}},
        {"settings": {"rounds": 5}},
        {"inputs": ("customer__settled__n__all",)},
        {"backdated": frozenset({"sector"})},
        {"seed": 1},
        {"head": "risk"},
    ],
)
def test_another_recipe_has_another_sha(other):
    assert replace(ONE, **other).sha != ONE.sha


@pytest.mark.parametrize(
    "other",
    [
        {"settings": {"names": ["a", "b"], "rounds": 5}},
        {"name": "two"},
        {"purpose": "Something else."},
        {"gates": spec("days-to-pay").gates},
        {"when_gated": {"rounds": 1}},
        {"limits": ("none",)},
        {"horizon_days": 9},
    ],
)
def test_what_gives_the_same_model_has_the_same_sha(other):
    assert replace(ONE, **other).sha == ONE.sha


def test_a_risk_is_told_of_what_its_rule_and_horizon_are():
    risk = spec("default-risk")
    others = [
        replace(risk, horizon_days=90),
        replace(risk, rule=replace(DefaultRule(), days=30)),
        replace(risk, over="another"),
    ]
    assert len({one.sha for one in (risk, *others)}) == 4


def test_an_inputs_definition_is_part_of_the_recipe():
    told = replace(ONE, inputs=("customer__settled__n__all",)).told()["inputs"]
    (definition,) = told.values()
    assert len(definition) >= 16


@pytest.mark.parametrize("name", specs())
def test_every_recipe_survives_json(name):
    told = spec(name).told()
    assert json.loads(json.dumps(told)) == told
    assert spec(name).sha == spec(name).sha


def test_plain_values_are_as_json_gives_them_back():
    assert as_json({"a": (1, 2), "b": {"c": (3,)}}) == {"a": [1, 2], "b": {"c": [3]}}
    assert as_json(()) == []


def test_settings_that_went_through_json_fit_the_same_bits():
    one = spec("days-to-pay")
    one = replace(one, settings={"names": one.inputs[:6], "rounds": 3, "seeds": 1})
    back = replace(one, settings=json.loads(json.dumps(one.told()))["settings"])
    ledger = Ledger.from_tables(simulate(8, 8, 3).tables)[0]
    history = ledger.as_of(ledger.default_as_of)
    assert one.sketch(history).to_files().keys() - {"model.json"}  # trees, not the fallback
    assert back.sha == one.sha
    assert back.sketch(history).to_files() == one.sketch(history).to_files()


def test_a_risk_fits_no_curves():
    with pytest.raises(ModelError, match="says no payment curves"):
        spec("default-risk").full(messy_ledger(5, 20).as_of(START + 100))


def test_what_fits_is_named_by_a_word_wherever_it_is():
    assert replace(ONE, fit=fit_shrunk_ecdf).told()["fit"] == "shrunk-ecdf"
