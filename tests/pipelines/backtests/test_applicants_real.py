"""The model of applicants on public tables: what the issue promises, on few splits."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from payrisk.learning.measuring.risk_metrics import risk_metrics
from payrisk.learning.new_customer.leaks import suspects
from payrisk_pipelines.backtests.applicants import NAME, backtest_on_split

REAL = os.environ.get("PAYRISK_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not REAL, reason="PAYRISK_REAL_DATA names no folder of tables")


@pytest.fixture(scope="module")
def tables():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks"))
        import applicants

        yield applicants
    sys.modules.pop("applicants", None)


def over(table, split, seeds):
    found = []
    for seed in seeds:
        past, new = split(table, seed)
        one = backtest_on_split(table.take(past), table.take(new))
        found.append({name: risk_metrics(p, one.outcome) for name, p in one.chances.items()})
    return found


def mean(found, metric, name=NAME):
    return float(np.mean([one[name][metric] for one in found]))


def test_loans_of_one_year(tables):
    found = over(tables.sba(Path(REAL), lambda year: year == 2004), tables.by_row, range(2))
    assert mean(found, "auc") >= 0.75
    assert mean(found, "ece") <= 0.04
    assert mean(found, "auc") > mean(found, "auc", "woe-scorecard")
    assert mean(found, "brier") < mean(found, "brier", "woe-scorecard")


def test_ratios_of_companies(tables):
    assert mean(over(tables.polish(Path(REAL)), tables.by_row, range(1)), "auc") >= 0.945


def test_payers_never_seen(tables):
    assert mean(over(tables.nuclea(Path(REAL)), tables.by_group, range(6)), "auc") >= 0.78


@pytest.mark.parametrize("year", [2003, 2004])
def test_the_term_of_a_loan_is_caught(tables, year):
    table = tables.sba(Path(REAL), lambda own: own == 2004 if year == 2004 else own <= 2003,
                       '"Term", ')  # fmt: skip
    assert [one.name for one in suspects(table)] == ["Term"]
