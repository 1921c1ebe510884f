"""Outsiders on the board learn what was known on the morning, as it was at issue, and no more."""

from __future__ import annotations

import importlib
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk.learning.days_to_pay.fit_hazard import STATIC
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from support.full import at_size

with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    board = importlib.import_module("board")


@pytest.fixture(scope="module")
def contest():
    return board.Contest.of("small", Ledger.from_tables(simulate(12, 12, 5).tables)[0], 40)


@pytest.fixture(scope="module")
def numbers(contest):
    return board.numbers_for_outsiders(contest, 200)


def test_outsiders_learn_the_latest_invoices_as_they_were_at_issue(contest, numbers):
    rows = contest.ledger.as_of(contest.morning).invoices()
    n = min(200, int((rows["issued_on"] < contest.morning).sum()))
    assert numbers["learn"].shape == (n, len(STATIC))
    assert numbers["ask"].shape == (len(contest.asked.rows), len(STATIC))
    left = numbers["learn"][:, STATIC.index("invoice__left__share__now")]
    assert np.unique(left).tolist() == [1.0]
    latest = rows[rows["issued_on"] < contest.morning].sort_values("issued_on")[-n:]
    paid = (latest["paid_on"] < contest.morning).sum()
    assert numbers["is_paid"].sum() == paid
    assert (numbers["days"] <= contest.morning - latest["issued_on"].min()).all()


def test_facts_of_the_morning_and_later_reach_nothing_that_is_learnt(contest, numbers):
    known = {
        name: frame[(frame["recorded_on"] < contest.morning).to_numpy()]
        for name, frame in contest.ledger.tables.items()
    }
    before = Ledger.from_tables(known)[0]
    again = board.numbers_for_outsiders(
        board.Contest("cut", before, contest.morning, contest.asked), 200
    )
    for name in ("learn", "days", "is_paid"):
        assert np.array_equal(numbers[name], again[name], equal_nan=True)


def test_verdicts_and_means_are_by_hand():
    assert [board.verdict(*ends) for ends in ((1.1, 1.3), (0.7, 0.9), (0.9, 1.1))] == [
        "worse", "better", "not sure",
    ]  # fmt: skip
    rows = [
        {"set": f"company {i}", "model": model, "rows": 10, "crps": 4.0, "ratio": r, "cpu_s": 2.0}
        for i, (ours, theirs) in enumerate(((1.0, 1.2), (1.0, 1.4)))
        for model, r in ((board.OURS, ours), ("due-date", theirs))
    ]
    (line,) = board.together(rows)
    assert (line["model"], line["rows"], line["cpu_s"]) == ("due-date", 20, 4.0)
    assert line["ratio"] == pytest.approx(1.3)
    assert line["high"] - line["ratio"] == pytest.approx(12.706 * 0.1, rel=1e-4)


@at_size
def test_the_board_runs_with_an_outsider_in_its_own_environment(tmp_path, contest):
    given = Namespace(folder=tmp_path, seconds=60, learn=200, outsiders=["quantile-forest"])
    table = pd.DataFrame(board.judged(contest, given)).set_index("model")
    assert table.loc[board.OURS, "ratio"] == 1.0
    assert (table["low"] <= table["high"]).all()
    assert table.loc["quantile-forest", "crps"] > 0
