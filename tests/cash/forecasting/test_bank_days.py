"""Nothing lands on a day the receiving bank is closed, and no cent is lost on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cash.forecasting.test_forecast import make
from payrisk.calendar import day_of, is_business_day
from payrisk.cash.forecasting.bank_days import bank_calendars, closed_days, on_bank_days


def test_cash_and_draws_land_on_open_days_only():
    cash = make(n=80, seed=3, horizon_days=40)
    done = on_bank_days(cash, {"north": "DE", "south": "FR"})
    days = cash.as_of + np.arange(40)
    for entity, country in (("north", "DE"), ("south", "FR")):
        mine = (cash.invoices["entity_id"] == entity).to_numpy()
        closed = np.flatnonzero(~is_business_day(days, country))
        assert cash.expected[mine][:, closed].sum() > 0
        assert done.expected[mine][:, closed].sum() == 0
        assert not np.isin(done.landed[:, mine], closed).any()
    assert (done.expected.sum(axis=1) == cash.invoices["expected_from"]).all()
    assert (done.expected[:, -1] == cash.expected[:, -1]).all()
    assert (done.landed >= cash.landed).all()
    pd.testing.assert_frame_equal(
        done.balance()[["open_balance", "never"]], cash.balance()[["open_balance", "never"]]
    )


def test_an_entity_without_a_calendar_is_left_as_it_is():
    cash = make()
    assert on_bank_days(cash, {}) is cash
    done = on_bank_days(cash, {"north": "DE"})
    south = (cash.invoices["entity_id"] == "south").to_numpy()
    assert (done.expected[south] == cash.expected[south]).all()


def test_the_banks_calendar_goes_before_the_country():
    said = pd.DataFrame(
        {
            "entity_id": ["a", "b", "c"],
            "bank_calendar": ["GB", None, None],
            "country": ["DE", "FR", None],
        }
    )
    assert bank_calendars(said) == {"a": "GB", "b": "FR"}


def test_closed_days_are_weekends_and_holidays():
    table = closed_days(day_of("2025-04-17"), 6, {"main": "DE"})
    closed = [day_of(d) for d in ("2025-04-18", "2025-04-19", "2025-04-20", "2025-04-21")]
    assert table["closed_on"].tolist() == closed
