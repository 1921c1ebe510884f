"""Lots and effects: 2,000 vectorised runs a claim, and the laws of the lot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.collecting.holdout.assignment import CONTROL, Arm, assign, strata_by
from payrisk.collecting.holdout.effect import arm_effect
from payrisk.collecting.holdout.power import least_detectable_effect
from payrisk.collecting.holdout.readout import shrunk_answer_chance
from payrisk.errors import InputError

ARMS = (Arm(CONTROL, 0.3), Arm("asked", 0.7, "call"))
N_RUNS, N = 4_000, 160
EFFECT = 0.4


def runs(rho, effect, *, heavy=False, seed=1):
    """Outcomes of many trials of the same groups, whose strata differ in level and effect."""
    rng = np.random.default_rng(seed)
    strata = np.arange(N) % 4
    expected = rng.standard_normal((N_RUNS, N))
    noise = rng.standard_normal((N_RUNS, N))
    if heavy:
        noise = (np.exp(0.7 * noise) - np.exp(0.245)) / np.sqrt(np.exp(0.98) - np.exp(0.49))
    outcome = rho * expected + np.sqrt(1 - rho**2) * noise + strata
    names = [f"g{n}" for n in range(N)]
    treated = np.array([assign(names, strata, ARMS, run) == 1 for run in range(200)])
    treated = treated[np.arange(N_RUNS) % 200]
    return outcome + effect * treated, expected, treated, strata


def effects(outcome, expected, treated, strata):
    """One lot after the other, all runs of a lot at once."""
    parts = []
    for lot in range(200):
        rows = np.arange(lot, N_RUNS, 200)
        made = arm_effect(outcome[rows], expected[rows], treated[lot], strata)
        parts.append([made.effect, made.low, made.high, made.width_left, made.correlation])
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_intervals_cover_and_a_trial_of_nothing_rejects_as_often_as_said(rho, heavy):
    _, low, high, _, _ = effects(*runs(rho, EFFECT, heavy=heavy))
    assert 0.94 <= ((low <= EFFECT) & (high >= EFFECT)).mean() <= 0.96
    _, low, high, _, _ = effects(*runs(rho, 0.0, heavy=heavy, seed=2))
    assert 0.04 <= ((low > 0) | (high < 0)).mean() <= 0.06


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9])
def test_what_was_expected_shrinks_the_interval_by_the_square_root(rho):
    effect, _, _, width_left, correlation = effects(*runs(rho, EFFECT, seed=3))
    assert width_left.mean() == pytest.approx(np.sqrt(1 - rho**2), rel=0.1)
    assert correlation.mean() == pytest.approx(rho, abs=0.03)
    assert effect.mean() == pytest.approx(EFFECT, abs=0.02)


def test_the_least_detectable_effect_is_found_with_its_power():
    strata = np.arange(N) % 4
    treated = assign([f"g{n}" for n in range(N)], strata, ARMS, 0) == 1
    least = least_detectable_effect(
        1.0, int(treated.sum()), int((~treated).sum()), correlation=0.6
    )
    _, low, _, _, _ = effects(*runs(0.6, least, seed=4))
    assert (low > 0).mean() == pytest.approx(0.8, abs=0.03)


@given(st.permutations(range(30)), st.integers(0, 2**31))
def test_a_lot_hangs_on_seed_and_names_alone(order, seed):
    names = [f"c{n}" for n in range(30)]
    strata = np.arange(30) % 3
    drawn = assign(names, strata, ARMS, seed)
    mixed = assign([names[n] for n in order], strata[list(order)], ARMS, seed)
    assert (mixed == drawn[list(order)]).all()
    for stratum in range(3):
        n_control = (drawn[strata == stratum] == 0).sum()
        assert 2 <= n_control <= 4  # .3 of 10


def test_every_group_has_the_chance_of_its_arm():
    names, strata = [f"c{n}" for n in range(20)], np.arange(20) % 2
    share = np.mean([assign(names, strata, ARMS, seed) == 0 for seed in range(2_000)], axis=0)
    assert np.abs(share - 0.3).max() < 0.045


@pytest.mark.parametrize(
    "arms",
    [
        (Arm(CONTROL, 1.0),),
        (Arm("a", 0.5), Arm("b", 0.5)),
        (Arm(CONTROL, 0.5), Arm("a", 0.4)),
        (Arm(CONTROL, 0.5), Arm(CONTROL, 0.5)),
    ],
)
def test_arms_that_are_none_are_refused(arms):
    with pytest.raises(InputError):
        assign(["a"], np.zeros(1, dtype=np.int64), arms, 1)


def test_too_few_groups_give_no_interval():
    with pytest.raises(InputError, match="8 groups"):
        arm_effect(np.zeros(10), np.zeros(10), np.arange(10) < 7, np.zeros(10, dtype=np.int64))


def test_a_stratum_of_one_joins_the_rest_and_bands_hold_equally_many():
    rng = np.random.default_rng(1)
    strata = np.array([0] * 20 + [1] * 19 + [2])
    treated = np.arange(40) % 2 == 0
    made = arm_effect(rng.normal(size=40), rng.normal(size=40), treated, strata)
    assert np.isfinite(made.effect)
    assert made.low < made.effect < made.high
    bands = strata_by(np.arange(40.0), np.zeros(40, dtype=np.int64)) // 2
    assert np.bincount(bands).tolist() == [10, 10, 10, 10]


def test_a_measured_answer_is_drawn_to_none_by_its_error_and_the_scale_of_the_prior():
    half = 1.959964 * 0.15
    assert shrunk_answer_chance(0.2, 0.2 - half, 0.2 + half, 0.15) == pytest.approx(0.1)
    assert shrunk_answer_chance(0.2, 0.2, 0.2, 0.15) == pytest.approx(0.2)  # known for certain
    assert shrunk_answer_chance(-0.03, -0.24, 0.19, 0.15) == 0.0
    assert shrunk_answer_chance(0.01, -0.8, 0.8, 0.15) < 0.01  # too small a trial claims nothing
    assert shrunk_answer_chance(0.2, 0.1, 0.3, 0.0) == 0.0
