"""Splitting loses and invents no cent."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from payrisk.cash.forecasting.apportion import apportion

shares = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.floats(0, 1, allow_subnormal=False),
).map(
    lambda a: (
        (a + (a.sum(axis=1) == 0)[:, None])
        / (a + (a.sum(axis=1) == 0)[:, None]).sum(1, keepdims=True)
    )
)


@given(shares, st.data())
def test_rows_sum_exactly_and_each_cell_is_within_one_cent(share, data):
    amounts = data.draw(hnp.arrays(np.int64, len(share), elements=st.integers(0, 10**12)))
    cents = apportion(amounts, share)
    assert (cents.sum(axis=1) == amounts).all()
    assert (cents >= 0).all()
    assert (np.abs(cents - amounts[:, None] * share) < 1.01).all()


def test_the_largest_remainders_get_the_cents():
    assert apportion(np.array([10]), np.array([[0.26, 0.25, 0.49]])).tolist() == [[3, 2, 5]]
    assert apportion(np.array([1]), np.array([[0.2, 0.5, 0.3]])).tolist() == [[0, 1, 0]]


def test_shares_that_sum_to_a_little_more_than_one_do_not_overspend():
    amounts = np.array([10**15, 3])
    share = np.array([[0.5, 0.5 + 1e-12, 0.0], [1 / 3, 1 / 3, 1 / 3 + 1e-12]])
    cents = apportion(amounts, share)
    assert (cents.sum(axis=1) == amounts).all()
    assert (cents >= 0).all()
    assert cents[0, 2] == 0


def test_amounts_beyond_what_floats_hold_still_add_up():
    amounts = np.array([2**60 + 1])
    assert apportion(amounts, np.full((1, 7), 1 / 7)).sum() == 2**60 + 1


def test_blocks_do_not_change_the_result(monkeypatch):
    g = np.random.default_rng(0)
    amounts, share = g.integers(0, 10**6, 50), g.dirichlet(np.ones(9), 50)
    whole = apportion(amounts, share)
    monkeypatch.setattr("payrisk.cash.forecasting.apportion.BLOCK_ROWS", 7)
    assert (apportion(amounts, share) == whole).all()
