"""Nothing lands on a day on which its money does not settle, and no cent is lost on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cash.forecasting.test_forecast import make
from payrisk.calendar import SATURDAY, TARGET, day_of, is_business_day, weekday
from payrisk.cash.forecasting.bank_days import (
    bank_calendars,
    closed_days,
    kept_calendars,
    on_bank_days,
    settlement_calendar,
)


def test_cash_and_draws_land_on_open_days_only():
    cash = make(n=80, seed=3, horizon_days=40)
    done = on_bank_days(cash, {"north": "DE", "south": "FR"})
    days = cash.as_of + np.arange(40)
    assert {*cash.invoices["currency"]} == {"EUR", "USD"}
    for entity, currency, place in (
        ("north", "EUR", TARGET), ("north", "USD", "DE"),
        ("south", "EUR", TARGET), ("south", "USD", "FR"),
    ):  # fmt: skip
        mine = (cash.invoices["entity_id"] == entity).to_numpy()
        mine = mine & (cash.invoices["currency"] == currency).to_numpy()
        closed = np.flatnonzero(~is_business_day(days, place))
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
    done = on_bank_days(cash, {"north": "DE"})
    south = (cash.invoices["entity_id"] == "south").to_numpy()
    is_euro = (cash.invoices["currency"] == "EUR").to_numpy()
    assert (done.expected[south & ~is_euro] == cash.expected[south & ~is_euro]).all()
    weekend = weekday(cash.as_of + np.arange(cash.horizon_days)) >= SATURDAY
    assert not done.expected[is_euro][:, :-2][:, weekend].any()


def test_euros_settle_on_target_days_whatever_the_receiver_s_country_keeps():
    german_only = day_of("2025-10-03"), day_of("2025-06-09")  # a national day, Whit Monday
    assert all(not is_business_day(np.array([day]), "DE")[0] for day in german_only)
    for day in german_only:
        assert is_business_day(np.array([day]), TARGET)[0]
    # Good Friday, Easter Monday, 1 May, 25 and 26 December: the ECB's list for T2
    for day in ("2025-04-18", "2025-04-21", "2025-05-01", "2025-12-25", "2025-12-26"):
        assert not is_business_day(np.array([day_of(day)]), TARGET)[0]
    assert settlement_calendar("main", "EUR", {"main": "DE"}) == TARGET
    assert settlement_calendar("main", "EUR", {}) == TARGET
    assert settlement_calendar("main", "CHF", {"main": "CH"}) == "CH"
    assert settlement_calendar("main", "CHF", {}) is None


def test_the_banks_calendar_goes_before_the_country():
    said = pd.DataFrame(
        {
            "entity_id": ["a", "b", "c"],
            "bank_calendar": ["GB", None, None],
            "country": ["DE", "FR", None],
        }
    )
    assert bank_calendars(said) == {"a": "GB", "b": "FR"}


def test_a_calendar_that_is_not_known_is_named():
    assert kept_calendars({}, ["a"]).startswith("bank calendar unknown")
    known = kept_calendars({"a": "DE-BY", "b": "US"}, ["a", "b"])
    assert known == "closed days of a DE-BY, b US"
    said = kept_calendars({"a": "ZZ"}, ["a", "b"])
    assert "a ZZ (of which weekends alone are known)" in said
    assert said.endswith("of b unknown: any day the model says")


def test_a_subdivision_keeps_its_own_holidays_and_its_countrys():
    kings = day_of("2025-01-06")  # Epiphany: a holiday of Bavaria, not of Berlin
    mayday = day_of("2025-05-01")
    days = np.array([kings, mayday])
    assert is_business_day(days, "DE-BY").tolist() == [False, False]
    assert is_business_day(days, "DE-BE").tolist() == [True, False]
    assert is_business_day(days, "DE-XX").tolist() == [True, False]


def test_closed_days_are_weekends_and_holidays():
    table = closed_days(day_of("2025-04-17"), 6, {"main": "DE"})
    closed = [day_of(d) for d in ("2025-04-18", "2025-04-19", "2025-04-20", "2025-04-21")]
    for entity, place in (("main", "DE"), ("", TARGET)):
        mine = table[table["entity_id"] == entity]
        assert mine["closed_on"].tolist() == closed
        assert set(mine["country"]) == {place}
