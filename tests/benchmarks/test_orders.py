"""The orders benchmark on a small company: nothing is released that must not be, sums by hand."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

from payrisk.simulate import World
from support.full import at_size

pytestmark = pytest.mark.long

with pytest.MonkeyPatch.context() as _patch:
    # only for these two: benchmarks have the names of folders of tests
    _patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    questions = importlib.import_module("_order_questions")
    orders = importlib.import_module("orders")


@pytest.fixture(scope="module")
def rows():
    company = questions.Company.of(120, 26, 5, World(onset_rate=0.03))
    return questions.asked(company, 4).assign(seed=5)


@at_size
def test_nothing_is_released_to_the_insolvent_the_defaulted_or_beyond_the_limit(rows):
    told = {row["customers"]: row for row in orders.never(rows)}
    assert told["insolvent"]["asked"] > 0
    assert told["in default"]["asked"] > 0
    assert told["over the limit before"]["asked"] > 0
    assert [row["released"] for row in told.values()] == [0, 0, 0, 0]


@at_size
def test_some_orders_are_released_and_some_are_never_paid(rows):
    real = rows[~rows["is_asked_by_us"]]
    assert (real["released"] > 0).mean() > 0.1
    assert (real["lost"] > 0).any()
    assert (real["released"] <= real["amount"]).all()


def test_the_rule_lets_go_as_much_as_we_do_those_it_likes_best():
    rows = pd.DataFrame(
        {
            "amount": [100, 100, 100, 100],
            "currency": "EUR",
            "released": [100, 50, 0, 0],
            "severity": [0.9, 0.1, 0.2, 1.5],
            "lost": [100, 0, 0, 100],
            "is_for_a_person": False,
        }
    )
    said = orders.compared(rows)
    assert said["orders released, ours"] == said["money released, ours"] == 1.5 / 4
    assert said["orders never paid, ours"] == pytest.approx(1 / 1.5)
    # it takes the second order whole and half of the third, and both are paid
    assert said["orders never paid, rule"] == 0
    assert said["orders never paid, rule by itself"] == pytest.approx(1 / 3)
    assert said["money never paid, all"] == pytest.approx(0.5)
