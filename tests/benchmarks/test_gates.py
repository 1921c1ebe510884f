"""The gates benchmark on a small company: every kind of bad recipe once, and a better one."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from support.full import at_size

pytestmark = pytest.mark.long

with pytest.MonkeyPatch.context() as _patch:
    # only for these two: benchmarks have the names of folders of tests
    _patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    recipes = importlib.import_module("_recipes")
    gates = importlib.import_module("gates")

OPPONENTS, Tried, STATIC = recipes.OPPONENTS, recipes.Tried, recipes.STATIC
bent, better, hundred, plain = recipes.bent, recipes.better, recipes.hundred, recipes.plain
summary = gates.summary


@pytest.fixture(scope="module")
def trial():
    with pytest.MonkeyPatch.context() as patch:
        # many customers on few days: a morning costs more than its rows
        patch.setattr("payrisk.learning.judging.judge_curves.MOST_ISSUE_DAYS", 8)
        patch.setattr("payrisk.learning.measuring.replay.ENOUGH_ROWS", 0)
        patch.setitem(recipes.SMALL, "rounds", 20)
        for rows in ("issues", "snapshots"):
            patch.setitem(recipes.SAMPLING, rows, 1_500)
        yield gates.Trial(120, 11)


def of_plain(fault, *given):
    """The shrunk ECDF whose curves are bent by a fault."""
    return partial(bent, bend=partial(fault, *given), fit=plain)


LEAK, STALE = "answers that move with what is recorded later", "fits that their last 60 days"
LOST = "crps surely better than champion's recipe"
READ = tuple(name for name in STATIC if name.startswith(("customer__", "weekday__")))
EUROS = recipes.same("currency", "EUR")

# what would win if it were honest is held up by nothing but the look at its honesty
DISHONEST = {
    "learns the future": (partial(recipes.learns_the_future, days=60, fit=plain), LEAK),
    "peeks": (of_plain(recipes.peeks, 0.6), LEAK),
    "peeks a little": (of_plain(recipes.peeks, 0.05), LEAK),
    "frozen": (partial(recipes.frozen, fit=plain), STALE),
}
WORSE = {
    "shuffled": (partial(recipes.shuffled, seed=1), "plain", [LOST, "nll", "log_loss_late"]),
    "stale": (partial(recipes.stale, days=400, fit=plain), "plain", [LOST]),
    "dropped": (partial(recipes.without, dropped=READ), "honest", [LOST]),
    "to the power of 2": (of_plain(recipes.powered, 2.0), "plain", [LOST, "nll", "pit_deviation"]),
    "to the power of a half": (
        of_plain(recipes.powered, 0.5),
        "plain",
        [LOST, "nll", "pit_deviation"],
    ),
    "late": (of_plain(recipes.delayed, 4), "plain", [LOST, "nll", "missed by the 80 %"]),
    "segment": (of_plain(recipes.ruined, EUROS), "late", ["crps of every group"]),
}

BROTHERS = {"dropped", "stale", "to the power of 2", "late", "peeks a little"}
"""Kinds of which another stands beside it, or whose trees cost seconds: tried at size."""


def with_brothers_at_size(kinds):
    return [pytest.param(name, marks=at_size if name in BROTHERS else ()) for name in kinds]


def refusals(verdict):
    return [check.sentence for check in verdict.checks if check.outcome == "refused"]


@pytest.mark.parametrize("name", with_brothers_at_size(DISHONEST))
def test_what_would_win_by_dishonesty_is_refused_for_that_alone(trial, name):
    fit, words = DISHONEST[name]
    if name == "frozen":
        fit = partial(fit, on=trial.history.as_of - 200)
    verdict = trial.verdict(1, Tried("dishonest", fit, "late"))
    assert verdict.outcome == "refused"
    (sentence,) = refusals(verdict)
    assert sentence.startswith(words)


@pytest.mark.parametrize("name", with_brothers_at_size(WORSE))
def test_what_is_worse_than_what_answers_now_is_refused(trial, name):
    fit, against, words = WORSE[name]
    verdict = trial.verdict(2, Tried("worse", fit, against))
    told = refusals(verdict)
    missing = [word for word in words if not any(one.startswith(word) for one in told)]
    assert not missing, told
    if name == "segment":
        assert any("worst: currency: EUR" in one for one in told)


def test_a_truly_better_recipe_passes(trial):
    verdict = trial.verdict(3, Tried("better", plain, "late"))
    assert verdict.outcome == "passed", verdict.sentence


def fault(fit):
    """Which way of going wrong a recipe of the benchmark has."""
    own = fit.keywords["bend"] if fit.func is bent else fit
    return own.func


def test_the_hundred_are_of_every_kind_and_drawn_by_the_seed(trial):
    found = hundred(trial.history, 0)
    assert len(found) == 100
    assert {one.kind for one in found} == {
        "leak", "shuffled", "stale", "dropped", "miscalibrated", "segment",
    }  # fmt: skip
    assert {one.against for one in [*found, *better()]} <= set(OPPONENTS)
    # none of them goes wrong in a way that was not tried above
    tried = [fit for fit, *_ in (*DISHONEST.values(), *WORSE.values())]
    assert {fault(one.fit) for one in found} == {fault(fit) for fit in tried}
    drawn = [[repr(one) for one in hundred(trial.history, seed)] for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    rows = pd.DataFrame({"kind": ["a", "a"], "against": "x", "outcome": ["refused", "passed"]})
    assert summary(rows) == [{"kind": "a", "against": "x", "tried": 2, "refused": 1}]
