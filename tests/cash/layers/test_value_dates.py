"""Value dates: learned from what was known, in whole cents, never on a closed bank day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from payrisk.answers import Answers
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import TARGET, day_of, is_business_day, weekday
from payrisk.cash.forecasting.bank_days import on_bank_days, settlement_calendar
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.layers.value_dates import (
    LATEST,
    MIN_SEEN,
    SOONEST,
    ValueLags,
    by_value_date,
    cash_in_transit,
    unbilled_on_bank_days,
    value_date_columns,
    value_date_matrix,
    value_lags,
)
from support.cash.by_hand import AS_OF, credits, curves, open_invoices
from support.company.five_customers import champions
from support.ledgers.by_hand import credit, event, invoice, ledger

CALENDARS = {"north": "DE", "south": "FR"}
LAGS = np.arange(SOONEST, LATEST + 1)


def always(days: int) -> ValueLags:
    return ValueLags({("", ""): (days == LAGS).astype(float)}, {("", ""): 100})


def drawn(n: int = 60):
    rows = open_invoices(n)
    cash = forecast(
        rows, curves(n), credits(), as_of=AS_OF, generator=np.random.default_rng(1),
        horizon_days=35, n_draws=50,
    )  # fmt: skip
    return on_bank_days(cash, CALENDARS)


def payments(*lags: int, entity: str = "north") -> pd.DataFrame:
    """Payments booked on Mondays that have value so many days later."""
    monday = AS_OF - 700 - int(weekday(AS_OF - 700))
    rows = [
        credit(f"{entity}{k}", 100, monday + 7 * k, value_on=monday + 7 * k + lag,
               entity_id=entity)
        for k, lag in enumerate(lags)
    ]  # fmt: skip
    first = min(row["happened_on"] for row in rows)
    return ledger(invoices=[invoice(issued_on=first - 9, due_on=first)], credits=rows)


def test_lags_count_open_bank_days_and_small_pools_hear_the_wider_one():
    # Monday + 7 days is five bank days on; Monday + 1 is one
    books = payments(*[1] * 20, *[7] * 20).as_of(AS_OF)
    lags = value_lags(books.known_rows("credits"), CALENDARS)
    share = lags.of("north", "EUR")
    assert share[1 - SOONEST] >= 0.4  # a holiday now and then takes a day off
    assert share[5 - SOONEST] + share[4 - SOONEST] >= 0.45
    assert share.sum() == pytest.approx(1.0)
    assert lags.n["north", "EUR"] == 40 >= MIN_SEEN
    assert lags.of("south", "USD") is lags.shares["", ""]
    assert set(lags.table()["n"]) == {40}


def test_what_was_recorded_later_says_nothing_and_nothing_is_none():
    books = payments(*[1] * 5)
    early = books.as_of(AS_OF - 700 + 9)
    assert value_lags(early.known_rows("credits"), {}).n["", ""] < 5
    plain = ledger(invoices=[invoice()], credits=[credit("K", 100, "2025-02-01")])
    assert value_lags(plain.as_of(day_of("2025-03-01")).known_rows("credits"), {}) is None


@pytest.mark.parametrize("days", [SOONEST, -1, 0, 1, 3, LATEST])
def test_every_row_keeps_its_cents_and_no_cash_has_value_on_a_closed_day(days):
    cash = drawn()
    moved = by_value_date(cash, always(days), CALENDARS, np.random.default_rng(0))
    assert (moved.expected.sum(axis=1) == cash.expected.sum(axis=1)).all()
    assert (moved.expected >= 0).all()
    assert (moved.expected[:, -1] == cash.expected[:, -1]).all()
    for (entity, currency), group in cash.invoices.groupby(["entity_id", "currency"]):
        place = settlement_calendar(entity, currency, CALENDARS)
        rows = np.isin(np.arange(len(cash.invoices)), group.index)
        closed = ~is_business_day(AS_OF + np.arange(35), place)
        assert closed.any()
        assert not moved.expected[np.ix_(rows, np.append(closed, [False, False]))].any()
        landed = moved.landed[:, rows]
        assert not closed[landed[landed < 35]].any()
    if days == 0:
        assert (moved.expected == cash.expected).all()
        assert (moved.landed == cash.landed).all()
    later = (moved.landed.astype(int) - cash.landed)[cash.landed < 35]
    assert (later >= 0).all() if days >= 0 else (later <= 0).all()
    assert "not verifiable by value date" in moved.verified


def test_a_share_of_the_cash_waits_and_draws_agree_with_it():
    cash = drawn(400)
    share = np.where(LAGS == 0, 0.7, np.where(LAGS == 1, 0.3, 0.0))
    lags = ValueLags({("", ""): share}, {("", ""): 100})
    moved = by_value_date(cash, lags, CALENDARS, np.random.default_rng(0))
    column = value_date_columns(AS_OF, 35, [TARGET])
    north = (cash.invoices["entity_id"] == "north").to_numpy()
    north = north & (cash.invoices["currency"] == "EUR").to_numpy()
    by_day = cash.expected[north].sum(axis=0)
    assert np.abs(
        by_day @ value_date_matrix(column, share) - moved.expected[north].sum(axis=0)
    ).max() < n_(north)
    waits = (moved.landed != cash.landed)[cash.landed < 34].mean()
    assert waits == pytest.approx(0.3, abs=0.03)


def n_(rows) -> int:
    """A cent an invoice and column at most is lost to rounding."""
    return int(rows.sum()) + 1


def test_the_band_leaves_closed_days_and_keeps_its_cents():
    h = 28
    each = np.full((1, h), 100.0)
    band = UnbilledCash(AS_OF, ("CHF",), each, np.repeat(each[None], 3, axis=0), np.ones(1))
    moved = unbilled_on_bank_days(band, {"CHF": ["north", "south"]}, CALENDARS)
    closed = ~np.any([is_business_day(AS_OF + np.arange(h), at) for at in ("DE", "FR")], axis=0)
    assert not moved.expected[0, closed].any()
    assert not moved.draws[:, 0, closed].any()
    lost = 100.0 * h - moved.expected.sum()
    assert lost in (0.0, 100.0, 200.0)  # a weekend at the very end rolls past it
    assert np.allclose(moved.draws.sum(axis=2), moved.expected.sum())
    unknown = unbilled_on_bank_days(band, {"CHF": ["north", "west"]}, CALENDARS)
    assert (unknown.expected == band.expected).all()
    euros = replace(band, currencies=("EUR",))
    moved = unbilled_on_bank_days(euros, {}, {})
    assert not moved.expected[0, ~is_business_day(AS_OF + np.arange(h), TARGET)].any()


def test_what_was_booked_before_and_has_value_later_is_known_to_the_cent():
    rows = ledger(
        invoices=[invoice()],
        credits=[
            credit("past", 100, "2025-02-03", value_on="2025-02-03"),
            credit("waits", 250, "2025-02-03", value_on="2025-02-05"),
            credit("waits2", 50, "2025-02-04", value_on="2025-02-05"),
            credit("later", 900, "2025-02-03", value_on="2025-06-05"),
            credit("note", 700, "2025-02-03", value_on="2025-02-06", kind="credit_note"),
        ],
    )
    as_of = day_of("2025-02-05")
    found = cash_in_transit(rows.as_of(as_of).known_rows("credits"), as_of, 28)
    assert found.values.tolist() == [["EUR", as_of, 300]]


def test_cash_on_its_way_is_told_apart_and_a_returned_payment_is_not():
    waits = {"value_on": "2025-02-10"}
    rows = ledger(
        customers=[
            {"customer_id": "c1", "recorded_on": "2025-01-01"},
            {"customer_id": "g1", "is_intercompany": True, "recorded_on": "2025-01-01"},
        ],
        invoices=[invoice(), invoice("B", 5_000, customer_id="g1")],
        credits=[
            credit("K", 250, "2025-02-03", **waits),
            credit("G", 40, "2025-02-03", customer_id="g1", **waits),
            credit("back", 900, "2025-02-03", **waits),
        ],
        events=[event("reversal", "back", "2025-02-04", subject_kind="credit")],
    )
    outlook = Outlook.of(Answers(rows, champions()), as_of=day_of("2025-02-06"), horizon_days=28)
    for asked, cents in (("with", 290), ("without", 250), ("only", 40)):
        found = Receipts.of(outlook, basis="value", intercompany=asked)
        (bucket,) = found.booked_before("week").to_dict("records")
        assert (bucket["expected"], bucket["layer"]) == (cents, "booked_before")
        records = found.records("week")
        sums = records.groupby("layer")["expected"].sum()
        assert sums["booked_before"] == cents
        assert sums["open_invoices"] == found.cash.invoices["residual"].sum()
        assert set(records["basis"]) == {"value date"}
    assert len(Receipts.of(outlook).booked_before("week")) == 0
