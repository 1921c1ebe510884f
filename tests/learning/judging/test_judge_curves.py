"""Recipes judged beside what answers now, on a small made-up company."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from payrisk.bundle import Bundle
from payrisk.calendar import iso
from payrisk.errors import ModelError
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.judging import canary, judge_curves
from payrisk.learning.judging.champion import DeployedChampion
from payrisk.learning.judging.judge import Judgement, invoice_rows, not_judged
from payrisk.learning.judging.judge_curves import CurveJudge, check_curve_shift
from payrisk.learning.judging.opponent import DEPLOYED, RECIPE
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring import replay
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk_models import spec

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def books():
    ledger = Ledger.from_tables(simulate(60, 14, 3).tables)[0]
    return ledger, ledger.as_of(ledger.default_as_of)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    # many customers on few days: a morning costs more than its rows
    monkeypatch.setattr(judge_curves, "MOST_ISSUE_DAYS", 12)
    monkeypatch.setattr(replay, "ENOUGH_ROWS", 0)


class Fits:
    """The shrunk ECDF, counting the mornings it was fitted on."""

    def __init__(self, weight=None):
        self.weight, self.days = weight, []
        self.__module__, self.__qualname__ = (
            "payrisk.learning.days_to_pay.fit_ecdf",
            "fit_shrunk_ecdf",
        )

    def __call__(self, history, which=None, **_settings):
        self.days.append(history.as_of)
        model, weight = fit_shrunk_ecdf(history), self.weight or which
        return model if weight is None else replace(model, customer_weight=float(weight))


def judged(candidate, books, standing=None, **more):
    return CurveJudge(candidate, books[1], standing).judge(**more)


def recipe(fit, **settings) -> ModelSpec:
    more = {"when_gated": {}, "when_sketched": {}, "when_judged": {}, "settings": settings}
    own = {"inputs": (), "baselines": ("due-plus-mean",), "gates": ()}
    return replace(spec("days-to-pay"), fit=fit, **own, **more)


def champion(books, fit, as_of, **settings) -> DeployedChampion:
    ledger, _ = books
    model = fit_shrunk_ecdf(ledger.as_of(as_of))
    facts = {"as_of": iso(as_of), "digest": ""}
    found = Bundle("days-to-pay", "1", model, {}, facts, Path())
    return DeployedChampion(found, recipe(fit, **settings))


def test_a_changed_champion_recipe_is_refitted_at_the_same_origins(books):
    own, other = Fits(), Fits()
    standing = champion(books, other, books[1].as_of - 200, which=1)
    found = judged(recipe(own, which=2), books, standing)
    assert sorted(own.days) == sorted(other.days)
    assert len(own.days) == 2
    assert RECIPE in found.metrics
    assert any("surely" in c.sentence or "to the bit" in c.sentence for c in found.verdict.checks)


def test_the_same_recipe_is_not_compared_with_itself(books):
    other = Fits()
    standing = champion(books, other, books[1].as_of - 200, which=1)
    found = judged(recipe(Fits(), which=1), books, standing)
    assert other.days == []
    assert RECIPE not in found.metrics
    assert not any("surely better" in check.sentence for check in found.verdict.checks)


def test_a_champion_that_cannot_be_loaded_is_met_by_its_recipe_or_nothing_is_passed(books):
    standing = champion(books, Fits(), books[1].as_of - 200, which=1)
    gone = replace(standing, bundle=replace(standing.bundle, model=None), why_not="damaged")
    one = judged(recipe(Fits(), which=2), books, gone)
    assert RECIPE in one.metrics
    assert DEPLOYED not in one.metrics
    found = judged(recipe(Fits(), which=2), books, replace(gone, recipe=None))
    (check,) = [c for c in found.verdict.checks if c.is_decisive]
    assert "whose recipe can be refitted" in check.needs
    assert found.verdict.outcome == "not verifiable"


def test_a_setting_that_no_gate_reads_is_not_passed(books):
    fit = Fits()
    hides = {"when_gated": {"has_money": False}}
    standing = champion(books, fit, books[1].as_of - 200)
    standing = replace(standing, recipe=replace(standing.recipe, **hides))
    for settings, is_held in (({"has_money": False}, True), ({}, False)):
        tried = replace(recipe(fit, **settings), **hides)
        verdict = judged(tried, books, standing).verdict
        words = [c.sentence for c in verdict.checks]
        assert any("has_money as the champion has it" in one for one in words) == is_held
        assert ("the change is not read on this ledger" in verdict.sentence) == is_held


# -- what a recipe changes ------------------------------------------------------------------------

SHORT = {"rounds": 2, "sampling": {"issues": 300, "snapshots": 300, "unpaid_rate": 0.2}}
FEW = ("invoice__terms__days__now", "day__from_due__days__now")
LATENESS, CONSTANT = "customer__days_late__mean__365d", "customer__blocked__is__now"


def trees(*inputs) -> ModelSpec:
    """days-to-pay by few trees on few features."""
    own = {"settings": SHORT, "when_gated": {"has_money": False}, "when_sketched": {}}
    return replace(spec("days-to-pay"), inputs=inputs, baselines=(), gates=(), **own)


def beside_recipe(books, candidate, other) -> Judgement:
    """The candidate judged beside a champion that cannot be loaded and its recipe."""
    gone = Bundle("days-to-pay", "1", None, {}, {"as_of": "2025-01-01", "digest": ""}, Path())
    return judged(candidate, books, DeployedChampion(gone, other))


def test_a_champions_recipe_is_refitted_without_the_new_feature(books, monkeypatch):
    monkeypatch.setattr(judge_curves, "MOST_ISSUE_DAYS", 3)
    other = trees(*FEW)
    found = beside_recipe(books, trees(*FEW, LATENESS), other)
    assert found.metrics[RECIPE]["crps"] != found.metrics["days-to-pay"]["crps"]
    assert not [c for c in found.verdict.checks if "to the bit" in c.sentence]
    alone = judged(other, books)
    assert alone.metrics["days-to-pay"] == found.metrics[RECIPE]  # it is what it would be alone


def test_a_feature_that_is_constant_on_the_ledger_is_not_verifiable_there(books):
    found = beside_recipe(books, trees(*FEW, CONSTANT), trees(*FEW))
    (check,) = [c for c in found.verdict.checks if c.is_decisive]
    assert check.outcome == found.verdict.outcome == "not verifiable"
    assert "the change is not read on this ledger" in found.verdict.sentence
    assert CONSTANT in check.needs


def test_a_fit_that_does_not_read_a_changed_setting_is_an_error(books):
    changed = recipe(Fits(), note=2)
    with pytest.raises(ModelError, match="differs from the champion's recipe in note, and yet"):
        judged(changed, books, champion(books, Fits(), books[1].as_of, note=1))


def test_a_fit_that_hides_a_changed_input_is_an_error(books):
    def blind(history, inputs, **settings):
        return spec("days-to-pay").fit(history, inputs._replace(moment=FEW[:1]), **settings)

    with pytest.raises(ModelError, match=f"does not read {LATENESS}"):
        judged(replace(trees(*FEW, LATENESS), fit=blind), books)


def test_the_deployed_champion_is_met_only_on_rows_after_its_own_morning(books):
    _, history = books
    late = judged(recipe(Fits()), books, champion(books, Fits(), history.as_of))
    assert DEPLOYED not in late.metrics
    one = judged(recipe(Fits()), books, champion(books, Fits(), history.as_of - 200))
    assert DEPLOYED in one.metrics
    days = one.backtest.comparison.rows["as_of"].to_numpy()
    middle = int(np.quantile(days, 0.5))
    standing = champion(books, Fits(), middle)
    opponent = CurveJudge(recipe(Fits()), books[1], standing).opponent
    some = opponent.checks(one.backtest.comparison, 1, [])
    n_later = int((days >= middle).sum())
    assert (len(some) == 1) == (n_later < 200)  # too few of them are not verifiable
    assert n_later < len(days)


def test_tries_are_asked_for_the_rows_and_told(books):
    asked = []

    def tries(rows):
        asked.append(rows)
        return 3

    standing = champion(books, Fits(), books[1].as_of - 200, which=1)
    found = judged(recipe(Fits(), which=2), books, standing, count_tries=tries)
    assert asked == [found.judged_rows]
    assert found.window["recipes_tried_on_them"] == 3
    again = judged(recipe(Fits(5.0), which=4), books, standing)
    assert again.judged_rows == found.judged_rows  # whatever the recipe


def test_what_ships_is_held_to_what_was_judged(books, monkeypatch):
    _, history = books
    found = judged(recipe(Fits()), books)
    same = check_curve_shift(found.model, found, history)
    assert same.value == 0.0
    changed = Late(fit_shrunk_ecdf(history))
    monkeypatch.setattr(judge_curves, "LEAST_SETTLED", 100_000)
    few = check_curve_shift(changed, found, history)
    assert few.value > few.bound
    assert few.outcome == "not verifiable"
    assert few.needs == "100,000 invoices settled at its origin"
    monkeypatch.setattr(judge_curves, "LEAST_SETTLED", 10)
    assert check_curve_shift(changed, found, history).outcome == "refused"
    assert check_curve_shift(fit_shrunk_ecdf(history), found, history).outcome == "passed"


class Late:
    """A model that says everything is paid weeks later than it does."""

    def __init__(self, model):
        self.model = model

    def curves(self, history, rows):
        found = self.model.curves(history, rows)
        matrix = np.zeros_like(found.matrix)
        matrix[:, 40:] = found.matrix[:, :-40]
        return replace(found, matrix=matrix)


def test_what_was_not_judged_cannot_be_held_to_anything(books):
    _, history = books
    none = not_judged(recipe(Fits()), invoice_rows(history), "Too short.")
    assert check_curve_shift(fit_shrunk_ecdf(history), none, history).outcome == "not verifiable"


def test_honesty_asks_for_leaks_stale_data_and_silence(books):
    ledger, history = books
    checks = CurveJudge(recipe(Fits()), history).honesty()
    assert [check.outcome for check in checks] == ["passed"] * 3

    def peeks(then, **_settings):
        return fit_shrunk_ecdf(then.ledger.as_of(then.ledger.default_as_of))

    assert "refused" in {c.outcome for c in CurveJudge(recipe(peeks), history).honesty()}
    (alone,) = canary.honesty(ledger, ledger.first_day + 20, recipe(Fits()).fit_sketch, None)
    assert "without a recorded fact" in alone.sentence
