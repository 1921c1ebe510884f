"""Failures that go together: against simulation, by hand, and in the limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from payrisk.predictions import Dependence
from payrisk.scoring.default_risk.joint import OpenStakes, arrear_hazard


def stakes(*rows: tuple[int, int, float, float]) -> OpenStakes:
    customer, due, weight, chance = zip(*rows, strict=True)
    whole = (np.array(column, dtype=np.int64) for column in (customer, due))
    real = (np.array(column, dtype=np.float64) for column in (weight, chance))
    return OpenStakes(*whole, *real)


def chance(one: OpenStakes, dependence: Dependence, n: int = 1) -> np.ndarray:
    return -np.expm1(-arrear_hazard(one, n, dependence))


def test_without_dependence_two_customers_by_hand():
    alone = Dependence(0.0, 0.0, 0.0)
    both = stakes((0, 1, 1.0, 0.1), (0, 2, 2.0, 0.2), (1, 1, 0.5, 0.3), (1, 1, 0.5, 0.4))
    assert chance(both, alone, 3) == pytest.approx([0.28, 0.12, 0.0], abs=1e-9)


def test_it_is_the_share_of_joint_draws():
    generator, n = np.random.default_rng(0), 400_000
    weight, p = np.array([0.4, 0.5, 0.3, 0.6, 1.2, 0.2]), np.array([0.3, 0.2, 0.4, 0.1, 0.05, 0.5])
    due = np.array([0, 0, 1, 1, 2, 2])
    common = generator.normal(size=(n, 1)) * np.sqrt(0.22)
    own_day = generator.normal(size=(n, 3))[:, due] * np.sqrt(0.3)
    latent = common + own_day + generator.normal(size=(n, 6)) * np.sqrt(0.48)
    drawn = ((latent < ndtri(p)) @ weight >= 1.0).mean()
    rows = [(0, int(d), float(w), float(c)) for d, w, c in zip(due, weight, p, strict=True)]
    assert chance(stakes(*rows), Dependence())[0] == pytest.approx(drawn, abs=4e-3)


def test_dependence_keeps_each_chance_and_draws_failures_together():
    one = stakes((0, 1, 1.0, 0.07))
    assert chance(one, Dependence())[0] == pytest.approx(0.07, abs=1e-4)
    many = stakes(*((0, 1, 1.0, 0.07) for _ in range(8)))
    apart = chance(many, Dependence(0.0, 0.0, 0.0))[0]
    assert 0.07 < chance(many, Dependence())[0] < apart


@given(
    st.lists(
        st.tuples(st.just(0), st.integers(0, 3), st.floats(0, 2), st.floats(0, 1)),
        min_size=1,
        max_size=5,
    ).map(lambda rows: sorted(rows, key=lambda row: row[1]))
)
def test_a_chance_lies_in_its_bounds(rows):
    found = chance(stakes(*rows), Dependence())[0]
    heaviest = [p for _, _, weight, p in rows if round(weight * 64) >= 64]
    assert max(heaviest, default=0.0) - 1e-4 <= found <= 1.0


def test_customers_do_not_touch_each_other():
    one = stakes((0, 1, 0.6, 0.3), (0, 1, 0.7, 0.2))
    other = stakes((0, 4, 1.5, 0.1))
    both = stakes((0, 1, 0.6, 0.3), (0, 1, 0.7, 0.2), (1, 4, 1.5, 0.1))
    apart = [arrear_hazard(one, 1, Dependence())[0], arrear_hazard(other, 1, Dependence())[0]]
    assert arrear_hazard(both, 2, Dependence()).tolist() == apart
