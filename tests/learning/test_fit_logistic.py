"""The least of a ridge loss whose coefficients keep their signs: where it is, nothing slopes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from payrisk.learning.fit_logistic import fit_linear, ridge


def drawn(seed):
    """Columns, outcomes, signs and strength: some columns alike, constant or together."""
    rng = np.random.default_rng(seed)
    n, k, c = int(rng.integers(5, 400)), int(rng.integers(2, 30)), float(10 ** rng.uniform(-3, 2))
    z = rng.normal(size=(n, k)) + 3.0 * (seed % 3 == 0) * rng.normal(size=(n, 1))
    z[:, 0] *= seed % 5 != 0
    z[:, 1] = z[:, -1] if seed % 7 == 0 else z[:, 1]
    bad = rng.random(n) < expit(z @ rng.normal(size=k) * rng.choice([0.1, 1, 4]) - 2.0)
    bad[0], bad[1] = True, False
    return z, bad, rng.choice([-1, 0, 1], size=k), c


@pytest.mark.parametrize("seed", range(60))
def test_nothing_slopes_but_towards_a_sign_that_is_forbidden(seed):
    z, bad, signs, c = drawn(seed)
    coefficients, intercept = ridge(z, bad, signs, c)
    assert (coefficients * signs >= 0.0).all()
    error = expit(z @ coefficients + intercept) - bad
    slope = z.T @ error + coefficients / c
    stopped = (coefficients == 0.0) & (signs != 0)
    assert np.abs(slope[~stopped]).max(initial=0.0) < 1e-8
    assert (slope * signs)[stopped].min(initial=0.0) > -1e-8
    assert abs(error.sum()) < 1e-8


@pytest.mark.parametrize("outcome", [False, True])
def test_an_outcome_that_nobody_had_ends_at_a_chance_of_next_to_nothing(outcome):
    line = fit_linear(np.arange(60.0).reshape(20, 3), np.full(20, outcome), (1, 0, -1), 1.0)
    assert 20.0 < abs(line.intercept) < 30.0
    assert np.abs(line.coefficients).max() < 1e-6


def test_the_order_of_the_columns_and_what_is_missing_say_nothing_else():
    rng = np.random.default_rng(4)
    values = np.exp(rng.normal(size=(500, 6)))
    bad = rng.random(500) < expit(np.log(values[:, 0]) - 1.0)
    values[rng.random(values.shape) < 0.1] = np.nan
    line = fit_linear(values, bad, (1,) * 6, 0.05)
    back = fit_linear(values[:, ::-1], bad, (1,) * 6, 0.05)
    assert back.coefficients[::-1] == pytest.approx(line.coefficients, abs=1e-12)
