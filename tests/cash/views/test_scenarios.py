"""Scenarios move cash and lose none of it; liquidity at risk counts draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cash.forecasting.test_forecast import make, one
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.intervals.stretching import PeriodShifts
from payrisk.cash.views.concentration import large_invoices
from payrisk.cash.views.discounts import Discount, apply_discount, discount_cost
from payrisk.cash.views.fx import BaseRates
from payrisk.cash.views.liquidity import CashRequirement, DrawnReceipts, shortfalls
from payrisk.cash.views.positions import positions
from payrisk.cash.views.scenarios import (
    delay_largest,
    scenario_from_text,
    side_by_side,
    slow_down,
    stop_paying,
)
from payrisk.errors import InputError
from payrisk.receivables.agreements.discount_taking import DiscountTaking
from support.cash.by_hand import AS_OF

RATES = BaseRates.of(
    pd.DataFrame(
        [("USD", "EUR", "spot", 10, 0.9)], columns=["from", "to", "type", "valid_on", "rate"]
    ),
    "EUR",
)
TEXTS = ("largest:3:7", "slower:20", "slower:-50", "stops:country:DE", "discount:2:10:30",
         "discount:3:5:30:100", "terms:10", "fx:USD:-10")  # fmt: skip


def holds(cash: CashForecast) -> None:
    assert (cash.expected >= 0).all()
    assert (cash.expected.sum(axis=1) == cash.invoices["expected_from"]).all()
    own = cash.invoices
    assert (own["residual"] == own["covered"] + own["expected_from"]).all()
    assert cash.landed.min() >= 0
    assert cash.landed.max() <= cash.horizon_days + 1
    assert cash.landed.shape[1] == len(own)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("seed", range(4))
def test_every_cent_keeps_one_place(text, seed):
    cash = make(n=50, seed=seed)
    done = scenario_from_text(text, cash, RATES).cash
    holds(done)
    pd.testing.assert_series_equal(done.balance()["open_balance"], cash.balance()["open_balance"])


def test_by_hand():
    cash = one([0.0, 0.5, 0.5, 0.8], 1000)
    assert delay_largest(cash, 1, 2).expected[0].tolist() == [0, 0, 0, 500, 0, 300, 0, 200, 0]
    assert delay_largest(cash, 1, 5).expected[0].tolist() == [0, 0, 0, 0, 0, 0, 500, 500, 0]
    assert slow_down(cash, 100).expected[0].tolist() == [0, 0, 500, 0, 0, 0, 300, 200, 0]
    assert stop_paying(cash, "customer_id", "c").expected[0].tolist() == [0] * 8 + [1000]


def test_an_offer_without_a_take_up_is_taken_as_past_offers_were():
    cash = one([0.1, 0.1, 0.1, 0.9], 1000)
    cash = replace(cash, invoices=cash.invoices.assign(due_on=AS_OF + 5))
    own = pd.DataFrame({"taken": [9.0], "n": [9.0]}, index=cash.invoices["customer_id"].unique())
    taking = DiscountTaking(n=9, n_taken=9, counts=1.0, own=own)
    done = scenario_from_text("discount:10:1:5", cash, None, taking)
    # it takes 9.5 of 10: of the nine tenths that would come later .944 come on the last day
    assert done.cash.expected[0, :2].sum() == 855
    assert "9 are over and 100% were taken" in done.description
    stated = scenario_from_text("discount:10:1:5", cash)
    same = scenario_from_text("discount:10:1:5:50", cash)
    assert (stated.cash.expected == same.cash.expected).all()


def test_a_discount_is_given_to_who_comes_early_anyway_too():
    cash = one([0.0, 0.5, 0.5, 0.8], 1000)
    cash = replace(cash, invoices=cash.invoices.assign(due_on=AS_OF + 5))
    offer = Discount(0.10, 2, 6, take_up=0.5)
    done = apply_discount(cash, offer)
    holds(done)
    # 500 early and half of the later 500 take 10 %: 75 are given away, the rest comes sooner
    whole = done.expected.sum(axis=0).tolist()
    assert whole == [0, 500, 175, 150, 0, 0, 0, 100, 75]
    cost = discount_cost(cash, done, offer).iloc[0]
    assert cost["discount"] == 75
    assert cost["annual_cost"] == pytest.approx(0.1 / 0.9 * 365 / 4)
    # evenings: +175 of day 2 to 6, −150 from day 3 on: 175 + 4 × 25 money-days
    assert cost["money_days"] == 275
    assert cost["effective_annual_cost"] == pytest.approx(75 * 365 / 275)


def test_two_ten_net_thirty_costs_37_percent_a_year():
    assert Discount(0.02, 10, 30).annual_cost == pytest.approx(0.3724, abs=1e-4)


def test_side_by_side_in_local_and_base_currency():
    cash = make(n=50, seed=1)
    slip = scenario_from_text("largest:3:7", cash)
    table = side_by_side(cash, [slip], "week")
    assert set(table["scenario"]) == {"base", "largest:3:7"}
    assert table.groupby(["scenario", "currency"])["difference"].sum().eq(0).all()
    shock = scenario_from_text("fx:USD:-10", cash, RATES)
    table = side_by_side(cash, [slip, shock], "week", RATES)
    assert set(table["currency"]) == {"EUR"}
    whole = table.groupby("scenario")["expected"].sum()
    assert whole["fx:USD:-10"] < whole["base"] == whole["largest:3:7"]
    with pytest.raises(InputError, match="base currency"):
        side_by_side(cash, [shock], "week")


@pytest.mark.parametrize(
    "text",
    ["", "largest", "largest:x:1", "slower:nan", "stops:planet:x", "stops:customer:nobody",
     "discount:2:10", "fx:USD", "terms:0", "slower:-100"],
)  # fmt: skip
def test_what_is_no_scenario_is_refused(text):
    with pytest.raises(InputError):
        scenario_from_text(text, make(n=10), RATES)


def test_liquidity_at_risk_counts_the_draws_below_the_need():
    cash = one([0.0, 0.3, 0.3, 0.8], 1000, n_draws=4000)
    receipts = DrawnReceipts.of_open_invoices(cash, "open_invoices")
    table = shortfalls(
        receipts,
        [CashRequirement("EUR", AS_OF + 1, 1000), CashRequirement("EUR", AS_OF + 6, 1000)],
    )
    assert table["expected"].tolist() == [300, 800]
    assert table["probability_below"].tolist() == pytest.approx([0.7, 0.2], abs=0.03)
    assert table["mean_shortfall"].tolist() == [1000, 1000]
    with pytest.raises(InputError, match="within the forecast"):
        shortfalls(receipts, [CashRequirement("EUR", AS_OF + 7, 1)])


def test_positions_fall_as_cash_comes_and_late_is_part_of_open():
    cash = make(n=80, seed=2)
    table = positions(cash, "week", {"EUR": 10**7})
    for _, own in table.groupby("currency"):
        assert own["open"].is_monotonic_decreasing
        for name in ("", "_p10", "_p50", "_p90"):
            assert (own[f"overdue{name}"] <= own[f"open{name}"] + 1).all()
    last = table.groupby("currency")["open"].last()
    balance = cash.balance().set_index("currency")
    assert (last == balance["beyond_horizon"] + balance["never"]).all()
    eur = table[table["currency"] == "EUR"].iloc[0]
    assert eur["dso"] == pytest.approx(eur["open"] / 10**7 * 90)
    assert table[table["currency"] == "USD"]["dso"].isna().all()


def test_large_invoices_with_and_without():
    cash = make(n=80, seed=4)
    table = large_invoices(cash, "week")
    weeks = cash.by_week().set_index(["currency", "starts_on"])["expected"]
    for row in table.itertuples():
        total = weeks[(row.currency, row.starts_on)]
        assert row.total_with == total
        assert row.total_without == total - row.expected
        assert row.expected > total / 10
    assert len(table)
    n_large = np.count_nonzero
    assert n_large(table["share"] <= 0.1) == 0


def test_slips_learned_before_do_not_undo_the_change():
    cash = one([0.0, 0.5, 0.5, 0.9], 1000, never=0.1, n_draws=400)
    # in every draw all that never comes slips into the first week: learned on little cash
    share = np.broadcast_to(np.eye(3), (400, 3, 3)).copy()
    share[:, 2] = [1.0, 0.0, 0.0]
    slips = PeriodShifts(share)
    cash = replace(cash, slips={"EUR": slips})
    stopped = scenario_from_text("stops:customer:c", cash)
    assert stopped.cash.by_week()["expected"].tolist()[0] == 0
    unbounded = stop_paying(cash, "customer_id", "c")
    assert unbounded.draws("week")[1].sum(axis=2).mean() == pytest.approx(1000)
    # only the draws in which it never came anyway, a tenth, may bring it back
    assert stopped.cash.draws("week")[1].sum(axis=2).mean() == pytest.approx(100, abs=60)


def test_a_change_of_nothing_leaves_the_draws():
    cash = make(n=50, seed=1)
    still = scenario_from_text("slower:0", cash).cash
    assert (still.draws("day")[1] == cash.draws("day")[1]).all()
