"""What a model of chances must show against another, on outcomes drawn by known chances."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.learning.judging.risk_challenge import (
    LEAST_AGAINST,
    RiskChallenge,
    check_not_verifiable,
)
from payrisk.learning.measuring.bootstrap_risk import paired_risk

N = 2_000


@pytest.fixture(scope="module")
def world():
    """True chances, noisier ones, and what happened."""
    rng = np.random.default_rng(5)
    score = rng.normal(-2.0, 1.2, N)
    truth = 1.0 / (1.0 + np.exp(-score))
    noisy = 1.0 / (1.0 + np.exp(-(score + rng.normal(0.0, 1.0, N))))
    return truth, noisy, rng.random(N) < truth


def challenge(ours, theirs, outcome, **more):
    group = np.full(len(outcome), "", dtype=object)
    return RiskChallenge(ours, theirs, outcome, group, "other", "bad ones", **more)


def outcomes(found):
    return [check.outcome for check in found.checks()]


def test_the_better_one_wins_and_the_worse_one_is_refused(world):
    truth, noisy, outcome = world
    assert outcomes(challenge(truth, noisy, outcome, must_win=True)) == ["passed"] * 3
    assert outcomes(challenge(noisy, truth, outcome, must_win=True)) == ["refused"] * 3
    assert outcomes(challenge(truth, noisy, outcome)) == ["passed"]
    assert outcomes(challenge(noisy, truth, outcome)) == ["refused"]


def test_one_that_is_as_good_neither_wins_nor_is_refused(world):
    truth, _, outcome = world
    alike = np.clip(truth + np.random.default_rng(1).normal(0.0, 0.002, N), 0.001, 0.999)
    assert outcomes(challenge(alike, truth, outcome, must_win=True))[0] == "refused"
    assert outcomes(challenge(alike, truth, outcome)) == ["passed"]
    (same,) = challenge(truth, truth, outcome, must_win=True).checks()
    assert "to the bit" in same.sentence
    assert same.outcome == "passed"


def test_few_bad_ones_prove_nothing_and_what_must_win_is_then_not_passed(world):
    truth, noisy, outcome = world
    few = np.flatnonzero(outcome)[LEAST_AGAINST - 1 :]
    kept = np.setdiff1d(np.arange(N), few)
    for must_win in (True, False):
        asked = challenge(truth[kept], noisy[kept], outcome[kept], must_win=must_win)
        (check,) = asked.checks()
        assert check.outcome == "not verifiable"
        assert check.needs == "20 bad ones"
        assert check.is_decisive == must_win
    assert check_not_verifiable("other", "a champion", must_win=True).is_decisive


def test_each_further_try_must_be_surer(world):
    truth, noisy, outcome = world
    some = slice(0, 400)
    values = [
        challenge(truth[some], noisy[some], outcome[some], tries=tries, must_win=True)
        .checks()[0]
        .value
        for tries in (1, 3, 10, 100, 1_000)
    ]
    assert values == sorted(values)
    assert len(set(values)) == len(values)


def test_the_usual_level_is_told_by_the_draws_themselves(world):
    truth, noisy, outcome = world
    usual = paired_risk(truth, noisy, outcome, draws=200)
    assert usual.equals(paired_risk(truth, noisy, outcome, draws=200, level=0.95))
    wider = paired_risk(truth, noisy, outcome, draws=200, level=0.999)
    assert (wider["low"] < usual["low"]).all()
    assert (wider["high"] > usual["high"]).all()
