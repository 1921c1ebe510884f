from __future__ import annotations

import json
from dataclasses import replace

import pytest

from payrisk.errors import ModelError
from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import STATIC
from payrisk.learning.judging.spec import ModelSpec, RecipeChange, as_json
from payrisk.learning.recipe_inputs import RecipeInputs
from payrisk.ledger import DefaultRule, Ledger
from payrisk.simulate import simulate
from payrisk_models import spec, specs
from support.ledgers.messy import START, messy_ledger


class Told(dict):
    """A model that is what its fit was told, and reads some features."""

    def __init__(self, settings, reads=()):
        super().__init__(settings)
        self.inputs = [DEFINED[name] for name in reads]


def tells(history, **settings):
    return Told(settings)


def tells_too(history, **settings):
    return Told(settings)


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
    assert ONE.fit_as_served(history) == {"rounds": 5, "names": ("a", "b")}
    assert ONE.fit_as_judged(history) == ONE.fit_as_served(history) | {"has_money": False}
    assert ONE.fit_for_gate(history) == ONE.fit_as_served(history) | {
        "has_money": False,
        "rounds": 4,
    }
    assert ONE.fit_sketch(history) == ONE.fit_as_served(history) | {
        "rounds": 2,
        "sampling": {"issues": 10},
    }


def test_only_a_recipe_that_reads_undated_attributes_is_told_of_them():
    read = ONE.with_backdated(frozenset({"sector"}))
    assert read.fit_as_served(object())["backdated"] == {"sector"}
    assert "backdated" not in ONE.fit_as_served(object())


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
    told = replace(ONE, inputs=("customer__settled__n__all",)).to_json()["inputs"]
    (definition,) = told.values()
    assert len(definition) >= 16


@pytest.mark.parametrize("name", specs())
def test_every_recipe_survives_json(name):
    told = spec(name).to_json()
    assert json.loads(json.dumps(told)) == told
    assert spec(name).sha == spec(name).sha


def test_plain_values_are_as_json_gives_them_back():
    assert as_json({"a": (1, 2), "b": {"c": (3,)}}) == {"a": [1, 2], "b": {"c": [3]}}
    assert as_json(()) == []


def test_settings_that_went_through_json_fit_the_same_bits():
    one = spec("days-to-pay")
    sampling = {"issues": 500, "snapshots": 500}
    one = replace(one, settings={"sampling": sampling, "rounds": 3, "seeds": 1})
    back = replace(one, settings=json.loads(json.dumps(one.to_json()))["settings"])
    ledger = Ledger.from_tables(simulate(8, 8, 3).tables)[0]
    history = ledger.as_of(ledger.default_as_of)
    assert one.fit_sketch(history).to_files().keys() - {"model.json"}  # trees, not the fallback
    assert back.sha == one.sha
    assert back.fit_sketch(history).to_files() == one.fit_sketch(history).to_files()


# -- the inputs of a recipe ----------------------------------------------------------------------

MOMENT, DAY = ("invoice__terms__days__now", "customer__settled__n__all"), ("day__month__day__now",)


def test_a_fit_is_given_the_inputs_of_its_recipe_by_grain_and_in_order():
    def fit(history, inputs):
        return Told({"inputs": inputs}, (*inputs.moment, *inputs.day))

    for names in ((*MOMENT, *DAY), (MOMENT[0], *DAY, MOMENT[1])):
        model = replace(ONE, fit=fit, settings={}, inputs=names).fit_as_served(object())
        assert model["inputs"] == RecipeInputs(MOMENT, DAY)


@pytest.mark.parametrize(
    ("reads", "words"),
    [
        (STATIC[:3], "reads .*days_late.* besides"),
        ((), "does not read customer__settled__n__all"),
        ((STATIC[0], *DAY), "reads day__month__day__now besides"),
    ],
)
def test_a_model_that_reads_anything_else_than_its_recipe_names_is_an_error(reads, words):
    one = replace(ONE, fit=lambda _, inputs: Told({}, reads), settings={}, inputs=STATIC[:1])
    with pytest.raises(ModelError, match=words):
        one.fit_as_served(object())


def test_a_fallback_that_learned_too_little_may_read_none_but_no_others():
    def fit(history, inputs, reads=()):
        model = Told({}, reads)
        model.is_young = True
        return model

    one = replace(ONE, fit=fit, settings={}, inputs=STATIC[:1])
    assert one.fit_as_served(object()) == {}
    with pytest.raises(ModelError, match="besides and does not read"):
        replace(one, settings={"reads": STATIC[1:2]}).fit_as_served(object())


def test_what_a_fit_does_not_take_is_an_error_and_not_passed_over():
    with pytest.raises(ModelError, match="does not take what its recipe tells it"):
        replace(ONE, fit=lambda history: Told({}), settings={}, inputs=STATIC[:1]).fit_as_served(
            object()
        )
    with pytest.raises(ModelError, match="does not take what its recipe tells it"):
        replace(spec("days-to-pay"), settings={"names": ["a"]}).fit_as_served(object())
    with pytest.raises(ModelError, match="no feature of the catalogue"):
        RecipeInputs.of(["no_such_feature"])
    with pytest.raises(ModelError, match="asks of no coming day"):
        replace(spec("default-risk"), inputs=DAY).risk(object(), [], object())
    with pytest.raises(ModelError, match="does not take what its recipe tells it"):
        replace(spec("default-risk"), settings={"note": 1}).risk(object(), [], object())


def test_the_daily_hazard_reads_what_its_recipe_names_and_no_more():
    ledger = Ledger.from_tables(simulate(8, 8, 3).tables)[0]
    history = ledger.as_of(ledger.default_as_of)
    few = replace(spec("days-to-pay"), inputs=(*MOMENT, *DAY), settings={"rounds": 2})
    model = few.fit_sketch(history)
    assert (model.names, model.days) == (MOMENT, DAY)
    assert len(model.curves(history, history.open_invoices()))
    none = replace(few, inputs=MOMENT).fit_sketch(history)
    assert none.days == ()
    assert len(none.curves(history, history.open_invoices()))


def test_a_change_is_named_by_inputs_and_settings_and_what_the_gate_overrides():
    other = replace(ONE, settings={"rounds": 6, "more": 1}, inputs=STATIC[:2])
    change = ONE.change_from(other)
    assert change == RecipeChange(
        tuple(sorted(STATIC[:2])), ("more", "names", "rounds"), ("rounds",)
    )
    assert not ONE.change_from(replace(ONE, seed=3, backdated=frozenset({"sector"})))
    assert not ONE.change_from(replace(ONE, settings={"rounds": 5, "names": ["a", "b"]}))


def test_a_risk_fits_no_curves():
    with pytest.raises(ModelError, match="says no payment curves"):
        spec("default-risk").fit_as_served(messy_ledger(5, 20).as_of(START + 100))


def test_what_fits_is_named_by_a_word_wherever_it_is():
    assert replace(ONE, fit=fit_shrunk_ecdf).to_json()["fit"] == "shrunk-ecdf"
