"""The replay of simulated decisions: no newcomer is taken and no limit raised without outcomes."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from payrisk.answers import read_answers
from payrisk.simulate import simulate
from support.home.small_home import small_home, untried  # noqa: F401

with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    credit_replay = importlib.import_module("credit_replay")


def test_a_home_whose_models_have_no_verdict_takes_nobody_and_raises_nothing(tmp_path):
    settings = small_home(tmp_path / "home")
    rows = credit_replay.replay(read_answers(settings.home), simulate(30, 14, 3), 120, 1)
    assert set(rows["kind"]) == {"onboarding", "limit_review", "order_release"}
    assert not rows["is_verified"].any()
    assert not rows["unverified_taken"].any()
    newcomers = rows[rows["kind"] == "onboarding"]
    assert not newcomers["outcome"].str.startswith("approve").any()
    table = credit_replay.shares(rows)
    assert sum(line["n"] for line in table) == len(rows)
    for line in table:
        assert line["approve"] + line["refer"] + line["decline"] == pytest.approx(1.0)
