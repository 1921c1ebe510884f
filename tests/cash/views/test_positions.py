"""What stays open is what has not come, in every draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cash.forecasting.test_forecast import make, one
from cash.intervals.test_conformal import past
from payrisk.cash.forecasting.forecast import widened_by_past_weeks
from payrisk.cash.views.positions import open_balances, positions
from support.cash.by_hand import AS_OF

GRAINS = ("day", "week", "month", "quarter")


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_positions_and_cash_so_far_are_what_is_open_in_every_draw(seed, is_stretched):
    cash = make(n=70, seed=seed, n_draws=15)
    if is_stretched:
        cash = widened_by_past_weeks(cash, past([4e5] * 19, sd=1e5))
        assert set(cash.slips) == {"EUR"}
    whole = cash.invoices.groupby("currency")["expected_from"].sum().to_numpy()
    for grain in GRAINS:
        own, (groups, drawn) = open_balances(cash, grain), cash.draws(grain)
        assert list(own.currencies) == groups["currency"].tolist()
        assert np.abs(own.open + np.cumsum(drawn, axis=2) - whole[:, None]).max() < 0.5
        assert (own.overdue >= -0.5).all()
        assert (own.overdue <= own.open + 0.5).all()
        expected = cash.by(grain)["expected"].to_numpy().reshape(len(whole), -1)
        assert (own.expected_open + np.cumsum(expected, axis=1) == whole[:, None]).all()
        assert (own.expected_overdue <= own.expected_open).all()
        assert (own.expected_overdue >= 0).all()


def test_stretching_the_cash_stretches_what_stays_overdue():
    raw = make(n=70, seed=3, n_draws=200)
    cash = widened_by_past_weeks(raw, past([2e6] * 19, sd=4e5))
    spread = [open_balances(of, "week").overdue[:, 0, 0].std() for of in (raw, cash)]
    assert spread[1] > 1.1 * spread[0]


def test_an_invoice_is_overdue_from_the_evening_after_its_due_day():
    cash = one([0.0, 0.0, 0.0, 0.5], 1000)
    cash.invoices["due_on"] = AS_OF + 1
    table = positions(cash, "day", {"EUR": 500})
    assert table["overdue"].tolist() == [0, 0, 1000, 500, 500, 500, 500]
    assert table["open"].tolist() == [1000, 1000, 1000, 500, 500, 500, 500]
    assert table["overdue_p10"].tolist() == [0, 0, 1000, 0, 0, 0, 0]
    assert table["dso"].iloc[0] == pytest.approx(180)
