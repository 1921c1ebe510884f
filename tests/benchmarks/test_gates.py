"""The gates benchmark on a tiny company: some bad recipes of each kind, and a better one."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

with pytest.MonkeyPatch.context() as _patch:
    # only for these two: benchmarks have the names of folders of tests
    _patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    recipes = importlib.import_module("_recipes")
    gates = importlib.import_module("gates")

OPPONENTS, Tried, Trial = recipes.OPPONENTS, recipes.Tried, gates.Trial
bent, better, delayed, frozen = recipes.bent, recipes.better, recipes.delayed, recipes.frozen
hundred, peeks, plain, summary = recipes.hundred, recipes.peeks, recipes.plain, gates.summary


@pytest.fixture(scope="module")
def trial():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payrisk_pipelines.judging.MOST_ISSUE_DAYS", 8)
        yield Trial(20, 11)


def refusals(verdict):
    return [check.sentence for check in verdict.checks if check.outcome == "refused"]


@pytest.mark.parametrize("weight", [0.05, 0.6])
def test_a_peek_at_the_day_of_payment_is_a_leak_however_faint(trial, weight):
    fit = partial(bent, bend=partial(peeks, weight), fit=plain)
    verdict = trial.verdict(1, Tried("leak", fit, "plain"))
    assert any("leak" in words for words in refusals(verdict))


def test_an_export_that_nobody_refreshes_is_refused(trial):
    fit = partial(frozen, on=trial.history.as_of - 200, fit=plain)
    verdict = trial.verdict(2, Tried("stale", fit, "plain"))
    assert any("stale" in words for words in refusals(verdict))


def test_curves_that_are_late_are_refused(trial):
    fit = partial(bent, bend=partial(delayed, 4), fit=plain)
    verdict = trial.verdict(3, Tried("miscalibrated", fit, "plain"))
    assert any("crps" in words for words in refusals(verdict))


def test_a_truly_better_recipe_passes(trial):
    verdict = trial.verdict(4, Tried("better", plain, "late"))
    assert verdict.outcome == "passed", verdict.sentence


def test_the_hundred_are_of_every_kind_and_drawn_by_the_seed(trial):
    found = hundred(trial.history, 0)
    assert len(found) == 100
    assert {one.kind for one in found} == {
        "leak", "shuffled", "stale", "dropped", "miscalibrated", "segment",
    }  # fmt: skip
    assert {one.against for one in [*found, *better()]} <= set(OPPONENTS)
    kinds = [[one.kind for one in hundred(trial.history, seed)] for seed in (0, 0, 1)]
    assert kinds[0] == kinds[1]
    rows = pd.DataFrame({"kind": ["a", "a"], "against": "x", "outcome": ["refused", "passed"]})
    assert summary(rows) == [{"kind": "a", "against": "x", "tried": 2, "refused": 1}]
