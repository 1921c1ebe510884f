"""Cash of invoices not yet issued: usual billing, paid as usual, seen once only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of, weekday
from payrisk.cash.intervals.landmarks import UNBILLED, PastWeeks, past_weeks
from payrisk.cash.layers.billing import (
    HOLIDAY,
    LAST_OF_MONTH,
    billing_with_orders,
    kinds_of_day,
    usual_billing,
)
from payrisk.cash.layers.paying_profile import paid_profile
from payrisk.cash.layers.unbilled import forecast_unbilled

AS_OF = day_of("2024-06-03")  # a Monday


def daily(first: int, last: int, cents: int = 100, paid_after: int = 20, lag: int = 0):
    """One invoice each business day, paid so many days later."""
    days = np.arange(first, last)
    days = days[weekday(days) < 5]
    closed = days + paid_after
    known = closed < AS_OF
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{day % 3}" for day in days],
            "currency": "EUR",
            "issued_on": days,
            "recorded_on": days + lag,
            "amount": cents,
            "closed_on": np.where(known, closed, NEVER),
            "cash": np.where(known, cents, 0),
        }
    )
    return rows[rows["recorded_on"] < AS_OF].reset_index(drop=True)


def said(rows, horizon_days=42, n_draws=50):
    return forecast_unbilled(
        rows,
        as_of=AS_OF,
        horizon_days=horizon_days,
        n_draws=n_draws,
        generator=np.random.default_rng(0),
    )


def test_steady_billing_brings_steady_cash_after_its_delay():
    layer = said(daily(AS_OF - 300, AS_OF))
    weekly = layer.expected.reshape(6, 7).sum(axis=1)
    assert weekly[:2].tolist() == [0.0, 0.0]
    assert weekly[3:] == pytest.approx([500.0] * 3, rel=1e-3)
    assert layer.usual == pytest.approx([500.0])
    # What never varied is not sure to go on: a stated spread remains, a small one.
    weeks = layer.draws[:, 0].reshape(-1, 6, 7).sum(axis=2)[:, 3:]
    assert (weeks.std(axis=0) > 3).all()
    assert (weeks.std(axis=0) < 150).all()


def test_an_invoice_leaves_the_layer_on_the_morning_it_is_seen():
    prompt = said(daily(AS_OF - 300, AS_OF)).expected.sum()
    late = said(daily(AS_OF - 300, AS_OF, lag=5)).expected.sum()
    # Five days after issue, three to five business days are still to be recorded.
    assert 300 <= late - prompt <= 500


def test_nothing_is_said_without_a_past():
    rows = daily(AS_OF - 300, AS_OF).head(0)
    assert said(rows).expected.shape == (0, 42)


def test_days_are_told_apart_by_weekday_month_end_and_holiday():
    days = np.array([day_of(d) for d in ("2024-05-30", "2024-05-31", "2024-07-04", "2024-06-01")])
    assert kinds_of_day(days, "US").tolist() == [3, LAST_OF_MONTH, HOLIDAY, 5]


def test_billing_at_month_ends_stays_there():
    ends = [day_of(d) for d in ("2024-02-29", "2024-03-29", "2024-04-30", "2024-05-31")]
    rows = daily(AS_OF - 300, AS_OF).head(4).assign(issued_on=ends, amount=900)
    june = np.arange(AS_OF, AS_OF + 30)
    billed = usual_billing(rows, AS_OF, june)
    assert {int(day) for day in june[billed > 0]} == {day_of("2024-06-28")}
    assert billed.sum() == pytest.approx(900.0)


def test_last_year_lifts_what_is_billed_now():
    rows = daily(AS_OF - 600, AS_OF)
    since = rows["issued_on"].to_numpy() - (AS_OF - 364)
    summer = (since >= 0) & (since < 60)
    more = rows.assign(amount=np.where(summer, 400, 100))
    days = np.arange(AS_OF + 14, AS_OF + 42)
    lifted = usual_billing(more, AS_OF, days).sum()
    assert lifted == pytest.approx(2 * usual_billing(rows, AS_OF, days).sum())


def test_the_profile_is_the_share_paid_by_age_and_dilution_lowers_it():
    rows = daily(AS_OF - 300, AS_OF).assign(cash=lambda r: r["cash"] * 9 // 10)
    profile = paid_profile(rows, rows, AS_OF, 60)
    assert profile[:5, 20] == pytest.approx([0.9] * 5)
    assert profile[:5].sum(axis=1) == pytest.approx([0.9] * 5)


def test_the_band_widens_as_past_weeks_missed_and_days_keep_their_shares():
    g = np.random.default_rng(3)
    rows = daily(AS_OF - 300, AS_OF)
    rows["amount"] = g.integers(50, 150, len(rows))
    rows["cash"] = np.where(rows["closed_on"] < NEVER, rows["amount"], 0)
    layer = said(rows)
    past = PastWeeks().with_more(
        [
            past_weeks(
                AS_OF - 7 * back,
                "EUR",
                UNBILLED,
                np.full(6, 500.0),
                np.full(6, 10.0),
                np.full(6, 600.0),
                500.0,
            )
            for back in range(6, 30)
        ]
    )
    wide = layer.widened_by(past)
    assert np.array_equal(wide.expected, layer.expected)
    weeks = [x.draws.reshape(-1, 6, 7).sum(axis=2)[:, 4].std() for x in (layer, wide)]
    assert weeks[1] > 1.5 * weeks[0]
    table = wide.by("week")
    assert table["expected"].sum() == pytest.approx(layer.expected.sum(), abs=6)
    assert (table["p10"] <= table["p90"]).all()


def test_orders_stand_in_for_the_share_of_billing_that_they_have_been():
    rows = daily(AS_OF - 300, AS_OF)
    usual = np.where(weekday(np.arange(AS_OF, AS_OF + 14)) < 5, 100.0, 0.0)
    issued = rows["issued_on"].to_numpy()[rows["issued_on"].to_numpy() >= AS_OF - 56]
    # Half of each invoice had been ordered, ten days before.
    past = pd.DataFrame(
        {"amount": 50, "expected_on": issued, "recorded_on": issued - 10, "ends_on": NEVER}
    )
    none_now = billing_with_orders(usual, rows, past, AS_OF)
    assert none_now.reshape(2, 7).sum(axis=1) == pytest.approx([250.0, 250.0])
    one = past.head(1).assign(expected_on=AS_OF + 8, amount=700)
    with_one = billing_with_orders(usual, rows, pd.concat([past, one]), AS_OF)
    assert (with_one - none_now)[8] == pytest.approx(700.0)
    dropped = billing_with_orders(
        usual, rows, pd.concat([past, one.assign(ends_on=AS_OF - 1)]), AS_OF
    )
    assert np.allclose(dropped, none_now)
    late_known = past.assign(recorded_on=issued - 3)  # never known a week ahead
    assert billing_with_orders(usual, rows, late_known, AS_OF).reshape(2, 7).sum(
        axis=1
    ) == pytest.approx([250.0, 500.0])
