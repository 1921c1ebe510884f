"""Joint draws keep every single curve and join what belongs together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.cash.forecasting.draws import count_steps_below, draw_landings
from payrisk.errors import InputError
from payrisk.predictions import Dependence

USUAL = Dependence()
INDEPENDENT = Dependence(0.0, 0.0, 0.0)


def draw(paid_by, customer, due=None, dependence=USUAL, n_draws=4000, seed=0):
    customer = np.asarray(customer)
    return draw_landings(
        np.asarray(paid_by, dtype=float),
        customer,
        customer if due is None else np.asarray(due),
        n_draws=n_draws,
        dependence=dependence,
        generator=np.random.default_rng(seed),
    )


def test_every_single_invoice_keeps_its_own_curve():
    paid_by = np.array([[0.1, 0.1, 0.6, 0.9], [0.0, 0.5, 0.5, 1.0]])
    landed = draw(paid_by, [0, 0])
    for row, curve in enumerate(paid_by):
        for column, chance in enumerate(curve):
            assert (landed[:, row] <= column).mean() == pytest.approx(chance, abs=0.03)
    # nothing lands where there is no mass
    assert not (landed[:, 0] == 1).any()
    assert not np.isin(landed[:, 1], [0, 2, 4]).any()


def test_invoices_of_one_run_move_together_more_than_of_one_customer_than_of_strangers():
    paid_by = np.tile(np.linspace(0.01, 1.0, 100), (4, 1))
    landed = draw(paid_by, [0, 0, 0, 1], [0, 0, 1, 2])
    same_run, same_customer, strangers = (
        np.corrcoef(landed[:, 0], landed[:, other])[0, 1] for other in (1, 2, 3)
    )
    assert same_run == pytest.approx(0.52, abs=0.06)
    assert same_customer == pytest.approx(0.22, abs=0.06)
    assert strangers == pytest.approx(0.02, abs=0.05)


def test_without_dependence_nothing_moves_together():
    paid_by = np.tile(np.linspace(0.01, 1.0, 100), (2, 1))
    landed = draw(paid_by, [0, 0], dependence=INDEPENDENT)
    assert np.corrcoef(landed.T)[0, 1] == pytest.approx(0, abs=0.05)


def test_blocks_do_not_change_the_draws(monkeypatch):
    g = np.random.default_rng(1)
    paid_by = np.sort(g.random((50, 9)), axis=1)
    customer = np.sort(g.integers(0, 7, 50))
    customer = np.unique(customer, return_inverse=True)[1]
    whole = draw(paid_by, customer, np.arange(50), n_draws=20)
    monkeypatch.setattr("payrisk.cash.forecasting.draws.BLOCK_ROWS", 3)
    assert (draw(paid_by, customer, np.arange(50), n_draws=20) == whole).all()


def test_the_same_seed_draws_the_same():
    paid_by = np.array([[0.2, 0.7]])
    assert (draw(paid_by, [0], seed=3) == draw(paid_by, [0], seed=3)).all()
    assert (draw(paid_by, [0], seed=3) != draw(paid_by, [0], seed=4)).any()


def test_shares_of_variance_leave_something_of_its_own():
    with pytest.raises(InputError, match="less than 1"):
        Dependence(0.6, 0.4, 0.1)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-6, 1e-2, 1.0, 30.0]))
def test_the_guide_table_finds_what_a_search_finds(seed, spread):
    g = np.random.default_rng(seed)
    steps = np.sort(g.normal(g.normal(), spread, (20, 30)), axis=1).astype(np.float32)
    steps[:, :2], steps[:5, -3:] = -np.inf, np.inf
    steps[5, 9:14] = steps[5, 9]
    values = g.normal(0.0, 1.5, (20, 50)).astype(np.float32)
    values[:, :10] = g.choice(steps[:, 2:-3].ravel(), (20, 10))
    wanted = [np.searchsorted(own, drawn) for own, drawn in zip(steps, values, strict=True)]
    assert (count_steps_below(steps, values) == np.stack(wanted)).all()


def test_a_due_day_of_one_invoice_moves_it_no_more_than_its_customer_does():
    paid_by = np.tile(np.linspace(0.01, 1.0, 100), (3, 1))
    alone = draw(paid_by, [0, 0, 0], [0, 1, 1])
    assert np.corrcoef(alone[:, 0], alone[:, 1])[0, 1] == pytest.approx(0.22, abs=0.06)
    assert np.corrcoef(alone[:, 1], alone[:, 2])[0, 1] == pytest.approx(0.52, abs=0.06)
    assert (alone[:, 0] <= 49).mean() == pytest.approx(0.5, abs=0.03)
