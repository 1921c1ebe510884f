"""Instant euros land on any day, by account and from its date; the rest rolls forward."""

from __future__ import annotations

import numpy as np
import pytest

from cash.forecasting.test_forecast import make
from payrisk.answers import Answers
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import TARGET, day_of, is_business_day
from payrisk.cash.forecasting.bank_days import on_bank_days
from payrisk.cash.forecasting.instant import (
    PRIOR_PAYMENTS,
    RECEIVING_SINCE,
    SENDING_SINCE,
    InstantShares,
)
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.layers.value_dates import (
    LATEST,
    SOONEST,
    ValueLags,
    by_value_date,
    unbilled_on_bank_days,
)
from support.company.five_customers import champions
from support.ledgers.by_hand import credit, invoice, ledger

CALENDARS = {"north": "DE", "south": "US"}
SATURDAY, BEFORE = day_of("2025-05-03"), day_of("2024-03-02")


def receipts(first, at_once, rolled, *, entity="north", currency="EUR", booked_after=0):
    """Receipts of one Saturday after another: some have value on it, others on Monday."""
    rows = []
    for k in range(at_once + rolled):
        day = first + 7 * k
        more = {"value_on": day if k < at_once else day + 2, "entity_id": entity}
        rows.append(
            credit(f"{entity}{currency}{first}{k}", 100, day + booked_after, **more,
                   currency=currency)
        )  # fmt: skip
    return rows


def learnt(*groups, as_of="2027-01-01"):
    rows = [row for group in groups for row in group]
    first = min(row["happened_on"] for row in rows)
    one = ledger(invoices=[invoice(issued_on=first - 9, due_on=first)], credits=rows)
    return InstantShares.of(one.as_of(day_of(as_of)).known_rows("credits"), CALENDARS)


def test_the_share_is_learnt_from_value_dates_by_account_and_from_its_date():
    shares = learnt(
        receipts(SATURDAY, 12, 8),
        receipts(BEFORE, 20, 0),  # before banks must receive
        receipts(SATURDAY, 20, 0, entity="south"),  # no bank of the euro area
        receipts(SATURDAY, 20, 0, currency="USD"),
    )
    assert (shares.n_told, shares.n_instant) == (20, 12)
    alone = 12 / (20 + PRIOR_PAYMENTS)  # few payments are less sure
    expected = (12 + PRIOR_PAYMENTS * alone) / (20 + PRIOR_PAYMENTS)
    assert shares.booked_closed["north"][0] == pytest.approx(expected)
    assert "south" not in shares.booked_closed
    assert shares.columns("south", "EUR", SATURDAY, 28) is None
    assert shares.columns("north", "USD", SATURDAY, 28) is None
    none = learnt(receipts(SATURDAY, 0, 20))
    assert none.columns("north", "EUR", SATURDAY, 28) is None
    assert not none.clause()


def test_since_banks_must_send_it_is_learnt_anew_from_where_it_was():
    late = day_of("2025-10-11")
    shares = learnt(receipts(SATURDAY, 4, 16), receipts(late, 20, 0))
    received, sent = shares.booked_closed["north"]
    assert received < 0.25
    assert sent > 0.8
    stays = shares.columns("north", "EUR", SENDING_SINCE - 7, 14).stays[:14]
    days = SENDING_SINCE - 7 + np.arange(14)
    closed = ~is_business_day(days, TARGET)
    assert not stays[~closed].any()
    assert (stays[closed & (days < SENDING_SINCE)] == received).all()
    assert (stays[closed & (days >= SENDING_SINCE)] == sent).all()
    known_later = learnt(receipts(SATURDAY, 4, 16), receipts(late, 20, 0), as_of="2025-10-01")
    assert known_later.n_told == 20


def test_that_share_of_a_closed_day_stays_and_only_the_rest_rolls_forward():
    cash = make(n=200, seed=3, horizon_days=40)
    shift = SATURDAY - cash.as_of  # a year in which they are received
    cash = type(cash)(
        cash.as_of + shift, 40, cash.invoices, cash.expected, cash.landed, cash.credits_left
    )
    shares = InstantShares(
        {"": (0.6, 0.6), "north": (0.6, 0.6)}, {"": (0, 0), "north": (0, 0)}, 9, 5
    )
    done = on_bank_days(cash, CALENDARS, shares)
    mine = (
        (cash.invoices["entity_id"] == "north") & (cash.invoices["currency"] == "EUR")
    ).to_numpy()
    closed = ~is_business_day(cash.as_of + np.arange(40), TARGET)
    before, after = (one.expected[mine][:, :40][:, closed].sum() for one in (cash, done))
    assert after == pytest.approx(0.6 * before, rel=0.01)
    drawn = [np.isin(one.landed[:, mine], np.flatnonzero(closed)).sum() for one in (cash, done)]
    assert drawn[1] == pytest.approx(0.6 * drawn[0], rel=0.1)
    assert (done.expected.sum(axis=1) == cash.invoices["expected_from"]).all()
    others = on_bank_days(cash, CALENDARS)
    assert (done.expected[~mine] == others.expected[~mine]).all()
    assert (done.landed[:, ~mine] == others.landed[:, ~mine]).all()
    early = type(cash)(
        RECEIVING_SINCE - 50, 40, cash.invoices, cash.expected, cash.landed, cash.credits_left
    )
    plain = on_bank_days(early, CALENDARS)
    assert (on_bank_days(early, CALENDARS, shares).expected == plain.expected).all()


def a_home(*, at_once):
    """Booked on Mondays, with value on Saturday or not; an invoice is due on a Monday."""
    rows = receipts(SATURDAY, at_once, 22 - at_once, booked_after=2, entity="main")
    until = [invoice("A", 100_000, issued_on="2025-09-01", due_on="2025-10-13")]
    one = ledger(
        entities=[{"entity_id": "main", "country": "DE", "recorded_on": "2025-01-01"}],
        customers=[{"customer_id": "c1", "recorded_on": "2025-01-01"}],
        invoices=[invoice("before", issued_on="2025-01-02"), *until],
        credits=rows,
    )
    return Outlook.of(Answers(one, champions()), as_of=day_of("2025-10-01"), horizon_days=28)


def test_by_value_date_what_is_booked_on_mondays_had_value_on_the_days_before():
    closed = ~is_business_day(day_of("2025-10-01") + np.arange(28), TARGET)
    outlook, never = a_home(at_once=20), a_home(at_once=0)
    by_value = Receipts.of(outlook, basis="value")
    came = by_value.cash.expected.sum(axis=0)[:28]
    rolled = Receipts.of(never, basis="value").cash.expected.sum(axis=0)[:28]
    assert came[closed].sum() > 0 == rolled[closed].sum()
    assert came.sum() == rolled.sum()
    landed = by_value.cash.landed[by_value.cash.landed < 28]
    assert closed[landed].any()
    assert "20 of 22 receipts that could tell" in by_value.assumptions()["closed_days"]
    assert "instant" not in Receipts.of(never).assumptions()["closed_days"]


def test_what_is_not_yet_issued_lands_on_such_days_by_the_same_share():
    h = 28
    each = np.full((1, h), 100.0)
    band = UnbilledCash(SATURDAY, ("EUR",), each, np.repeat(each[None], 3, axis=0), np.ones(1))
    shares = InstantShares({"": (0.5, 0.5)}, {"": (0.2, 0.2)}, 9, 5)
    moved = unbilled_on_bank_days(band, {"EUR": ["north", "east"]}, CALENDARS, instant=shares)
    closed = ~is_business_day(SATURDAY + np.arange(h), TARGET)
    assert moved.expected[0, closed] == pytest.approx(50.0)
    assert np.allclose(moved.draws, moved.expected)
    only_open = unbilled_on_bank_days(band, {"EUR": ["north", "east"]}, CALENDARS)
    assert not only_open.expected[0, closed].any()


def test_cash_that_stayed_on_a_closed_day_has_value_there():
    cash = make(n=60, seed=3, horizon_days=40)
    cash = type(cash)(SATURDAY, 40, cash.invoices, cash.expected, cash.landed, cash.credits_left)
    everyone = {"": (1.0, 1.0), "north": (1.0, 1.0)}
    shares = InstantShares(everyone, {"": (0, 0), "north": (0, 0)}, 9, 9)
    done = on_bank_days(cash, CALENDARS, shares)
    later = ValueLags(
        {("", ""): (np.arange(SOONEST, LATEST + 1) == 1).astype(float)}, {("", ""): 99}
    )
    moved = by_value_date(done, later, CALENDARS, np.random.default_rng(0), shares)
    mine = (
        (cash.invoices["entity_id"] == "north") & (cash.invoices["currency"] == "EUR")
    ).to_numpy()
    closed = np.append(~is_business_day(SATURDAY + np.arange(40), TARGET), [False, False])
    assert (moved.expected[mine][:, closed] == cash.expected[mine][:, closed]).all()
    stays = closed[cash.landed[:, mine]]
    assert (moved.landed[:, mine][stays] == cash.landed[:, mine][stays]).all()
