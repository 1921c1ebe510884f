"""What the band of invoices not yet issued never does, whatever was billed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of, weekday
from payrisk.cash.forecasting.draws import everyone_factor
from payrisk.cash.layers.billing_weeks import largest_month
from payrisk.cash.layers.paying_profile import PayingShock, paid_profile
from payrisk.cash.layers.unbilled import forecast_unbilled, weeks_of

AS_OF = day_of("2025-06-02")  # a Monday
CASES = os.environ.get("PAYRISK_CASES", "")


def book(days, amounts, currency="EUR", paid_after=30):
    """Invoices of these days, each paid some days later, as known on AS_OF."""
    days = np.asarray(days, dtype=np.int64)
    amounts = np.asarray(amounts, dtype=np.int64)
    closed = days + np.asarray(paid_after)
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{number % 4}" for number in range(len(days))],
            "currency": currency,
            "issued_on": days,
            "recorded_on": days,
            "amount": amounts,
            "closed_on": np.where(closed < AS_OF, closed, NEVER),
            "cash": np.where(closed < AS_OF, amounts, 0),
        }
    )
    return rows[rows["issued_on"] < AS_OF].reset_index(drop=True)


def workdays(since):
    days = np.arange(AS_OF - since, AS_OF)
    return days[weekday(days) < 5]


def dense(seed=0, currency="EUR", since=500):
    g = np.random.default_rng(seed)
    days = np.repeat(workdays(since), 3)
    lags = 20 + g.integers(0, 25, len(days))
    return book(days, g.lognormal(9, 1, len(days)).astype(int) + 1, currency, lags)


def sparse(seed=0, currency="INR"):
    g = np.random.default_rng(seed)
    days = np.sort(g.choice(workdays(500), 12, replace=False))
    amounts = np.where(np.arange(12) % 2, 100_000_00, 50_00)
    return book(days, amounts, currency, 30 + g.integers(0, 4, 12))


BOOKS = {
    "dense": dense(),
    "sparse, small and large": sparse(),
    "one large invoice": book([AS_OF - 20], [1_000_000]),
    "one invoice long ago": book([AS_OF - 300], [1_000_000]),
    "never varied": book(workdays(300), np.full(len(workdays(300)), 100)),
    "two weeks old": book(workdays(14), np.arange(1, len(workdays(14)) + 1) * 1000),
    "one huge among small": book(
        workdays(400), np.where(np.arange(len(workdays(400))) == 150, 10**9, 1000)
    ),
    "grows": book(workdays(300), (1000 * np.exp(np.arange(len(workdays(300))) / 60)).astype(int)),
}


def band(rows, n_draws=400, **more):
    return forecast_unbilled(
        rows,
        as_of=AS_OF,
        horizon_days=91,
        n_draws=n_draws,
        generator=np.random.default_rng(1),
        **more,
    )


@pytest.fixture(scope="module")
def bands():
    return {name: band(rows) for name, rows in BOOKS.items()}


@pytest.mark.parametrize("name", BOOKS)
def test_a_total_of_more_weeks_is_never_surer(bands, name):
    upto = np.cumsum(weeks_of(bands[name].draws[:, 0]), axis=1)
    for level in (0.8, 0.95):
        low, high = np.quantile(upto, [(1 - level) / 2, (1 + level) / 2], axis=0)
        width = high - low
        assert (width >= np.maximum.accumulate(width) * 0.999).all()


@pytest.mark.parametrize("name", BOOKS)
def test_no_month_is_above_ten_times_the_largest_ever_billed(bands, name):
    by_month = bands[name].by("month", (0.99,))
    assert by_month["p99"].max() <= 10 * largest_month(BOOKS[name])
    assert by_month["expected"].max() <= 4 * largest_month(BOOKS[name])


@pytest.mark.parametrize("name", BOOKS)
def test_whoever_billed_once_is_expected_to_again_and_never_surely(bands, name):
    found = bands[name]
    assert found.expected.sum() > 0
    weeks = weeks_of(found.draws[:, 0])
    assert (weeks.std(axis=0)[weeks.mean(axis=0) > 0] > 0).all()
    assert (found.draws >= 0).all()
    assert np.isfinite(found.draws).all()


@pytest.mark.parametrize("name", ["dense", "sparse, small and large", "never varied"])
def test_draws_have_the_expected_cash_as_their_mean(bands, name):
    found = bands[name]
    weeks = weeks_of(found.expected[0])
    drawn = weeks_of(found.draws[:, 0]).mean(axis=0)
    assert drawn.sum() == pytest.approx(weeks.sum(), rel=0.05)


def test_the_level_is_less_sure_week_by_week(bands):
    weeks = weeks_of(bands["dense"].draws[:, 0])[:, 8:]
    expected = weeks_of(bands["dense"].expected[0])[8:]
    billed_wide = np.diff(np.quantile(weeks, [0.1, 0.9], axis=0), axis=0)[0] / expected
    assert billed_wide.min() > 0.1
    assert billed_wide.max() < 1.5


def test_ten_times_the_amounts_is_ten_times_the_band(bands):
    rows = BOOKS["dense"]
    large = band(rows.assign(amount=rows["amount"] * 10, cash=rows["cash"] * 10))
    assert np.allclose(large.expected, 10 * bands["dense"].expected, rtol=1e-9)
    assert np.allclose(large.draws, 10 * bands["dense"].draws, rtol=1e-9)


def test_another_currency_moves_nothing(bands):
    both = band(pd.concat([BOOKS["dense"], sparse(3, "INR"), dense(5, "USD")], ignore_index=True))
    place = both.currencies.index("EUR")
    assert np.array_equal(both.expected[place], bands["dense"].expected[0])
    assert np.array_equal(both.draws[:, place], bands["dense"].draws[:, 0])


def test_a_currency_that_was_never_paid_is_paid_as_its_sisters_are():
    unpaid = book([AS_OF - 10, AS_OF - 3], [5000, 5000], "NOK")
    sister = dense(2, "SEK")
    alone = paid_profile(unpaid, unpaid, AS_OF, 91)
    beside = paid_profile(unpaid, unpaid, AS_OF, 91, [sister])
    assert alone[:, 14:60].sum(axis=1) == pytest.approx(np.ones(7), abs=0.2)
    assert np.allclose(beside.sum(axis=0)[:15], 0.0)
    assert beside[:5, 20:45].sum(axis=1) == pytest.approx(np.ones(5), abs=0.2)


def test_days_weeks_months_and_quarters_add_up_to_the_cent(bands):
    for found in bands.values():
        sums = {grain: found.by(grain)["expected"].sum() for grain in ("day", "week", "month")}
        assert len(set(sums.values())) == 1
        months = found.by("day").assign(
            month=lambda t: t["starts_on"].to_numpy("datetime64[D]").astype("datetime64[M]")
        )
        by_month = months.groupby("month")["expected"].sum()
        assert by_month.tolist() == found.by("month")["expected"].tolist()


def test_where_open_invoices_are_late_the_band_is_too():
    common = everyone_factor(400, np.random.default_rng(0))
    found = band(BOOKS["dense"], paying=PayingShock(common, 0.3))
    early = weeks_of(found.draws[:, 0])[:, :6].sum(axis=1)
    assert np.corrcoef(common, early)[0, 1] < -0.3
    alone = weeks_of(band(BOOKS["dense"]).draws[:, 0])[:, :6].sum(axis=1)
    assert abs(np.corrcoef(common, alone)[0, 1]) < 0.2


def test_growth_is_followed_and_not_for_ever(bands):
    rows = BOOKS["grows"]
    recent = rows["amount"][(rows["issued_on"] >= AS_OF - 56).to_numpy()].sum() / 8
    weeks = weeks_of(bands["grows"].expected[0])[8:]
    assert (weeks > recent).all()
    assert (weeks < 2.5 * recent).all()


@pytest.mark.skipif(not CASES, reason="PAYRISK_CASES names no folder of cases from the field")
def test_35b_small_and_large_amounts_in_turn_do_not_explode():
    table = pd.read_csv(Path(CASES) / "35b-small-and-large" / "wide.csv")
    rows = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "currency": table["currency"],
            "issued_on": [day_of(day) for day in table["issued_on"]],
            "amount": (table["amount"] * 100).round().astype(np.int64),
            "closed_on": [
                day_of(day) if isinstance(day, str) else NEVER for day in table["paid_on"]
            ],
        }
    )
    as_of = int(max(rows["issued_on"].max(), rows["closed_on"][rows["closed_on"] < NEVER].max()))
    rows = rows.assign(recorded_on=rows["issued_on"], cash=rows["amount"])
    rows.loc[rows["closed_on"] >= as_of + 1, ["closed_on", "cash"]] = [NEVER, 0]
    found = forecast_unbilled(
        rows,
        as_of=as_of + 1,
        horizon_days=91,
        n_draws=600,
        generator=np.random.default_rng(1),
    )
    by_month = found.by("month", (0.5, 0.9))
    rupees = by_month[by_month["currency"] == "INR"]
    assert rupees["p90"].max() <= 200_000_00
    assert rupees["p50"].max() <= 100_000_00
    assert rupees["expected"].sum() > 0
