"""Every cent of the open balance has one place in a forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.forecasting.preparing import forecast
from payrisk.errors import InputError
from payrisk.predictions import PaymentCurve, PaymentCurves
from support.cash.by_hand import AS_OF, credits, curves, open_invoices

GRAINS = ("day", "week", "month", "quarter")
CUTS = ((), ("customer_id",), ("entity_id",), ("country",), ("entity_id", "customer_id"))


def make(n: int = 60, seed: int = 0, horizon_days: int = 30, n_draws: int = 20) -> CashForecast:
    invoices = open_invoices(n, seed)
    pots = [
        (row.customer_id, row.entity_id, row.currency, 400_000)
        for row in invoices.drop_duplicates("customer_id").itertuples()
    ]
    return forecast(
        invoices,
        curves(n, seed),
        credits(*pots),
        as_of=AS_OF,
        generator=np.random.default_rng(seed),
        horizon_days=horizon_days,
        n_draws=n_draws,
    )


def one(curve: list[float], residual: int, never: float = 0.0, **options: object) -> CashForecast:
    rows = open_invoices(1, residual=residual, currency="EUR", customer_id="c", entity_id="e")
    block = PaymentCurves.of([PaymentCurve(AS_OF, np.array(curve), never)])
    options = {"horizon_days": 7, "generator": np.random.default_rng(0)} | options
    pot = options.pop("pot", credits())
    return forecast(rows, block, pot, as_of=AS_OF, **options)


def test_expected_cash_is_residual_times_mass():
    cash = one([0.0, 0.5, 0.5, 0.8], 1000, never=0.05)
    assert cash.by_day()["expected"].tolist() == [0, 500, 0, 300, 0, 0, 0]
    balance = cash.balance().iloc[0]
    assert (balance["within_horizon"], balance["beyond_horizon"], balance["never"]) == (
        800,
        150,
        50,
    )


def test_what_a_curve_pays_after_the_horizon_is_beyond_it():
    cash = one([0.0, 0.4, 0.9, 1.0], 1000, horizon_days=2)
    assert cash.by_day()["expected"].tolist() == [0, 400]
    assert cash.balance().iloc[0]["beyond_horizon"] == 600


def test_credits_on_account_are_used_before_cash_is_expected():
    cash = one([1.0], 1000, pot=credits(("c", "e", "EUR", 1300), ("d", "e", "EUR", 50)))
    balance = cash.balance().iloc[0]
    assert (balance["open_balance"], balance["settled_by_credits"]) == (1000, 1000)
    assert balance["within_horizon"] == 0
    assert cash.credits_left["unapplied"].tolist() == [300, 50]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 60))
def test_credits_buckets_beyond_and_never_are_the_open_balance_to_the_cent(seed, n, horizon):
    cash = make(n, seed, horizon, n_draws=3)
    for cuts in CUTS:
        balance = cash.balance(*cuts)
        keys = ["currency", *cuts]
        parts = ["settled_by_credits", "within_horizon", "beyond_horizon", "never"]
        assert (balance[parts].sum(axis=1) == balance["open_balance"]).all()
        assert balance["open_balance"].sum() == cash.invoices["residual"].sum()
        for grain in GRAINS:
            summed = cash.by(grain, *cuts).groupby(keys)["expected"].sum().reset_index()
            assert summed["expected"].tolist() == balance["within_horizon"].tolist()
    assert (cash.expected.sum(axis=1) == cash.invoices["expected_from"]).all()


@pytest.mark.parametrize("cuts", CUTS)
def test_flat_records_hold_each_cent_of_the_open_balance_once(cuts):
    cash = make()
    records = cash.records("week", *cuts)
    assert records.groupby("currency")["expected"].sum().to_dict() == (
        cash.invoices.groupby("currency")["residual"].sum().to_dict()
    )
    buckets = records[records["part"] == "week"]
    assert buckets["p50"].tolist() == cash.by_week(*cuts)["p50"].tolist()
    assert set(buckets["verified"]) == {"not verifiable yet"}
    rest = records[records["part"] != "week"]
    assert set(rest["part"]) == {"settled_by_credits", "beyond_horizon", "never"}
    assert rest[["p10", "verified"]].isna().all(axis=None)


def test_the_same_draws_serve_every_grain_and_cut():
    cash = make(n_draws=1)  # with one draw every quantile is that draw
    total = cash.by_quarter().groupby("currency")["p50"].sum()
    for grain in GRAINS:
        for cuts in CUTS:
            table = cash.by(grain, *cuts)
            assert (table["p10"] == table["p90"]).all()
            assert table.groupby("currency")["p50"].sum().equals(total)


def test_blocks_of_groups_do_not_change_the_quantiles(monkeypatch):
    cash = make()
    whole = cash.by_week("customer_id")
    monkeypatch.setattr("payrisk.cash.forecasting.totals.BLOCK_CELLS", 1)
    pd.testing.assert_frame_equal(cash.by_week("customer_id"), whole)


def test_quantiles_are_ordered_lie_in_the_open_balance_and_average_to_the_expectation():
    cash = make(n=200, n_draws=400)
    table = cash.by_week()
    assert (table["p10"] <= table["p50"]).all()
    assert (table["p50"] <= table["p90"]).all()
    balance = cash.balance().set_index("currency")
    left = balance["open_balance"] - balance["settled_by_credits"]
    assert (table["p90"] <= table["currency"].map(left)).all()
    draws = cash.by_quarter(levels=np.arange(5, 1000, 10) / 1000)
    levels = [name for name in draws if name.startswith("p")]
    assert draws[levels].mean(axis=1).to_numpy() == pytest.approx(draws["expected"], rel=0.03)


def test_row_order_never_matters():
    n, g = 40, np.random.default_rng(5)
    rows, block = open_invoices(n), curves(n)
    order = g.permutation(n)
    first, second = (
        forecast(
            frame, some, credits(), as_of=AS_OF, generator=np.random.default_rng(7), n_draws=9
        )
        for frame, some in ((rows, block), (rows.iloc[order], block.take(order)))
    )
    pd.testing.assert_frame_equal(first.by_day("customer_id"), second.by_day("customer_id"))


def test_a_ledger_with_nothing_open_forecasts_nothing():
    cash = forecast(
        open_invoices(0), curves(0), credits(), as_of=AS_OF, generator=np.random.default_rng(0)
    )
    assert cash.by_week().empty
    assert cash.balance().empty


def test_groups_come_in_order_and_a_customer_without_parent_is_its_own():
    cash = make()
    assert cash.by_month("parent_id")["parent_id"].tolist() == (
        cash.by_month("customer_id")["customer_id"].tolist()
    )
    table = cash.balance("entity_id")
    assert table.equals(table.sort_values(["currency", "entity_id"], ignore_index=True))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"horizon_days": 0}, "horizon"),
        ({"n_draws": 0}, "draw"),
        ({"as_of": AS_OF + 1}, "as_of"),
    ],
)
def test_what_cannot_be_forecast_is_said(change, sentence):
    options = {"as_of": AS_OF, "generator": np.random.default_rng(0)} | change
    with pytest.raises(InputError, match=sentence):
        forecast(open_invoices(2), curves(2), credits(), **options)


def test_unknown_cuts_and_missing_curves_are_said():
    with pytest.raises(InputError, match="entity_id"):
        make().by_week("terms")
    with pytest.raises(InputError, match="as many curves"):
        forecast(
            open_invoices(2), curves(1), credits(), as_of=AS_OF, generator=np.random.default_rng(0)
        )


@pytest.mark.parametrize("grain", ["day", "week", "quarter"])
def test_currencies_summed_from_kept_days_are_those_drawn_anew(grain, monkeypatch):
    cash = make(n=120, seed=8, horizon_days=45)
    kept = cash.by(grain), cash.draws(grain)[1]
    monkeypatch.setattr("payrisk.cash.forecasting.forecast.KEPT_CELLS", 0)
    anew = replace(cash)
    pd.testing.assert_frame_equal(anew.by(grain), kept[0])
    assert np.array_equal(anew.draws(grain)[1], kept[1])
