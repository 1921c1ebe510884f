"""Recipes of default risk judged beside what answers now, on a small made-up company."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, wraps
from pathlib import Path

import numpy as np
import pytest

from payrisk.bundle import Bundle
from payrisk.calendar import iso
from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk import fit
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.judge_default import JUDGED_LANDMARKS, DefaultJudge, landmarks_of
from payrisk.learning.judging.opponent import DEPLOYED, RECIPE
from payrisk.ledger import DefaultRule, Ledger
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_models import spec
from payrisk_pipelines.training.regate import regate

pytestmark = pytest.mark.long

FITTED = {}


@wraps(fit_default_risk)
def fit_once(history, past, curves, rule, horizon_days, seed=0, names=fit.BEHAVIOUR):
    """What the same facts and the same constants fit is fitted once for all tests."""
    mornings = history.as_of, tuple(one.as_of for one in past), id(curves)
    constants = fit.LEAST_EVENTS, fit.ROUNDS, repr(fit.TREES)
    key = (*mornings, rule, horizon_days, seed, names, *constants)
    if key not in FITTED:
        FITTED[key] = fit_default_risk(history, past, curves, rule, horizon_days, seed, names)
    return FITTED[key]


LATE = DefaultRule(days=4, share=0.0, minimum=1, cure_days=1)
SPEC = replace(spec("default-risk"), rule=LATE, horizon_days=60, fit=fit_once)
CURVES = replace(
    spec("days-to-pay"),
    fit=fit_shrunk_ecdf,
    settings={},
    when_judged={},
    when_gated={},
    when_sketched={},
    inputs=(),
)


@pytest.fixture(scope="module", autouse=True)
def fewer_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "ROUNDS", 40)
        yield


@cache
def history():
    ledger = Ledger.from_tables(simulate(90, 16, 11).tables)[0]
    return ledger.as_of(ledger.default_as_of)


@cache
def past():
    return landmarks_of(SPEC, CURVES, history().ledger, history())


def fitted(morning, **more):
    """The recipe as of a morning."""
    learned = [one for one in past() if one.as_of + SPEC.horizon_days <= morning.as_of]
    means = (SPEC.rule, SPEC.horizon_days)
    return fit_default_risk(morning.history, learned, morning.curves, *means, **more)


@cache
def older():
    """The recipe on the earliest morning judged."""
    return fitted(past()[JUDGED_LANDMARKS - 1])


def champion(model=None, *, recipe=SPEC, as_of=None, why_not=""):
    day = past()[JUDGED_LANDMARKS - 1].as_of if as_of is None else as_of
    facts = {"as_of": iso(day), "digest": "ab" * 32}
    model = older() if model is None else model
    return DeployedChampion(Bundle("default-risk", "1", model, {}, facts, Path()), recipe, why_not)


def judged(standing=None, **more):
    return DefaultJudge(SPEC, history(), past(), standing).judge(**more)


def told(found, words):
    """The checks whose sentence holds the words."""
    return [check for check in found.verdict.checks if words in check.sentence]


def test_the_same_recipe_on_newer_data_passes():
    alone, found = judged(), judged(champion())
    assert found.verdict.outcome == alone.verdict.outcome == "passed"
    assert not told(found, RECIPE)
    assert [check.outcome for check in told(found, DEPLOYED)] == ["passed"]
    assert found.window["champion"].startswith("version 1, as of ")
    assert found.metrics == alone.metrics


def test_a_champion_that_is_far_better_on_the_mornings_after_its_own_refuses(monkeypatch):
    # as if it had learned by heart what nobody could know yet
    by_heart = fit.TREES | {"min_child_samples": 1, "num_leaves": 63, "lambda_l2": 0.0}
    monkeypatch.setattr(fit, "TREES", by_heart)
    means = (SPEC.rule, SPEC.horizon_days)
    judged_on = past()[:JUDGED_LANDMARKS]
    knowing = fit_default_risk(history(), judged_on, judged_on[0].curves, *means)
    monkeypatch.undo()
    found = judged(champion(knowing))
    assert [check.outcome for check in told(found, DEPLOYED)] == ["refused"]
    assert found.verdict.outcome == "refused"


def test_a_champion_younger_than_every_morning_judged_was_not_met():
    found = judged(champion(as_of=history().as_of))
    (check,) = told(found, DEPLOYED)
    assert check.outcome == "not verifiable"
    assert check.needs == "20 defaults after its own morning"
    assert found.verdict.outcome == "passed"


def test_a_changed_champion_recipe_is_refitted_by_its_own_seed_at_the_same_mornings():
    asked = []

    def tries(digest):
        asked.append(digest)
        return 4

    found = judged(champion(recipe=replace(SPEC, seed=7)), count_tries=tries)
    assert asked == [found.judged_rows]
    assert found.window["recipes_tried_on_them"] == 4
    first = told(found, "surely better")[0]
    assert "0.9875 of the draws" in first.sentence
    assert first.is_decisive
    assert first.outcome == "refused"  # another seed is nothing better
    rows = found.scores
    assert rows[RECIPE].notna().all()
    day = past()[0]
    again = fitted(day, seed=7).bind(day.curves, day.applicants)
    own = rows[rows["as_of"] == day.as_of]
    expected = again.predict(again.rows(day.history, list(own["customer_id"])))
    assert np.array_equal(own[RECIPE].to_numpy(), np.array(expected))


def test_fewer_features_are_another_recipe_with_these_features():
    few = replace(SPEC, inputs=("customer__settled__n__365d",))
    found = judged(champion(recipe=few))
    assert not np.array_equal(found.scores[RECIPE], found.scores["default-risk"])
    assert len(told(found, f"than the {RECIPE}")) == 3


def test_a_recipe_that_differs_in_nothing_the_fit_reads_passes_to_the_bit():
    own = replace(SPEC, fit=fit_default_risk)  # both are fitted
    recipe = replace(own, backdated=frozenset({"sector"}))
    assert recipe.sha != own.sha
    found = DefaultJudge(own, history(), past(), champion(recipe=recipe)).judge()
    assert [check.outcome for check in told(found, "to the bit")] == ["passed"]
    assert found.verdict.outcome == "passed"


def test_the_same_to_the_bit_is_no_pass_where_inputs_were_changed():
    rich = replace(SPEC, inputs=(*SPEC.inputs, "customer__blocked__is__now"))  # nobody is
    found = DefaultJudge(rich, history(), past(), champion()).judge()
    (check,) = [c for c in found.verdict.checks if c.is_decisive]
    assert check.needs.endswith("(customer__blocked__is__now tells no rows apart)")
    assert found.verdict.outcome == "not verifiable"
    assert "the change is not read on this ledger" in found.verdict.sentence


def test_where_no_trees_were_fitted_no_change_of_features_is_read(monkeypatch):
    monkeypatch.setattr(fit, "LEAST_EVENTS", 10**6)
    found = judged(champion(recipe=replace(SPEC, inputs=SPEC.inputs[:3])))
    assert found.verdict.outcome == "not verifiable"
    assert "the change is not read on this ledger" in found.verdict.sentence


def test_a_setting_that_the_fit_does_not_take_is_an_error():
    with pytest.raises(ModelError, match="does not take what its recipe tells it"):
        judged(champion(recipe=replace(SPEC, settings={"note": 1})))


@pytest.mark.parametrize(
    "standing",
    [
        lambda: champion(recipe=None, why_not="It is too old."),
        lambda: replace(champion(), bundle=replace(champion().bundle, model=None)),
        lambda: champion(replace(older(), roll_up=replace(older().roll_up, horizon_days=90))),
        lambda: champion(replace(older(), roll_up=replace(older().roll_up, rule=DefaultRule()))),
    ],
)
def test_a_champion_that_cannot_be_met_leaves_it_not_verifiable(standing):
    found = judged(standing())
    assert found.verdict.outcome == "not verifiable"
    first = told(found, "surely better")[0]
    assert first.is_decisive
    assert first.needs


def test_curves_whose_ledger_is_not_here_are_said_to_be_so(tmp_path):
    facts = {
        "recipe": spec("days-to-pay").to_json(),
        "ledger_sha": "ab" * 32,
        "as_of": "2025-01-01",
    }
    below = Bundle("days-to-pay", "9", None, {}, facts, Path())
    with pytest.raises(ModelError, match="over version 9 of 'days-to-pay'.*is not here: There is"):
        regate(Settings.read(home=tmp_path), "default-risk", below)
