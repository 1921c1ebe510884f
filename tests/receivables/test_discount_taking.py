"""How likely discounts are taken: as many as come, and nothing recorded later tells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import NEVER, day_of
from payrisk.ledger import Ledger
from payrisk.predictions import PaymentCurves
from payrisk.receivables.agreements.discount_taking import STATED_TAKEN, DiscountTaking
from payrisk.simulate import simulate
from support.ledgers.by_hand import credit, invoice, ledger, link

AS_OF = day_of("2025-06-02")


@pytest.fixture(scope="module")
def made():
    return simulate(150, 18, 3)


@pytest.fixture(scope="module")
def company(made):
    return Ledger.from_tables(made.tables)[0]


def test_chances_are_those_that_come_and_beat_the_share_of_all_past_offers(made, company):
    as_of = company.last_day - 270
    taking = DiscountTaking.of(company.as_of(as_of))
    truth = made.truth[made.truth["discount_days"] > 0]
    truth = truth[truth["issued_on"].between(as_of, as_of + 240).to_numpy()]
    last_on = truth["issued_on"] + truth["discount_days"]
    came = ((truth["paid_on"] <= last_on) & (truth["cash_amount"] > 0)).to_numpy(float)
    said = taking.probability(truth["customer_id"])
    usual = taking.n_taken / taking.n
    assert abs((said - came).sum()) < 3 * np.sqrt((said * (1 - said)).sum())
    assert ((said - came) ** 2).mean() < 0.9 * ((usual - came) ** 2).mean()


def test_nothing_recorded_later_tells(company):
    as_of = company.last_day - 100
    cut = {
        name: table[table["recorded_on"] < as_of].reset_index(drop=True)
        if "recorded_on" in table
        else table
        for name, table in company.tables.items()
    }
    before, after = (
        DiscountTaking.of(one.as_of(as_of)) for one in (Ledger.from_tables(cut)[0], company)
    )
    assert before.n == after.n > 100
    assert (before.usual, before.counts) == (after.usual, after.counts)
    pd.testing.assert_frame_equal(before.own, after.own, check_exact=True)
    assert (before.around == after.around).all()


def offered(name, who, paid_on):
    more = {"customer_id": who, "discount_rate": 0.02, "discount_days": 10}
    bill = invoice(name, **more)
    cash = credit(f"P{name}", 98_00 if paid_on < "2025-01-12" else 100_00, paid_on)
    return bill, cash | {"customer_id": who}, link(f"P{name}", name, cash["amount"], paid_on)


def test_a_customer_of_many_offers_speaks_for_itself_and_one_of_none_is_as_usual():
    rows = [offered(f"A{k}", "taker", "2025-01-10") for k in range(12)]
    rows += [offered(f"B{k}", "waiter", "2025-02-03") for k in range(12)]
    bills, cash, links = zip(*rows, strict=True)
    told = ledger(invoices=[*bills], credits=[*cash], allocations=[*links])
    taking = DiscountTaking.of(told.as_of(AS_OF))
    assert (taking.n, taking.n_taken) == (24, 12)
    taker, waiter, other = taking.probability(pd.Series(["taker", "waiter", "other"]))
    assert taker > 0.8
    assert 0.4 < other < 0.6
    assert waiter < 0.2
    nothing = DiscountTaking.of(ledger(invoices=[invoice()]).as_of(AS_OF))
    assert nothing.probability(pd.Series(["c1"]))[0] == STATED_TAKEN


@given(st.integers(0, 999), st.integers(0, 25))
def test_a_curve_with_a_spike_is_a_curve(seed, age):
    g = np.random.default_rng(seed)
    n, h = 6, 90
    matrix = np.cumsum(g.dirichlet(np.full(h + 1, 0.2), n), axis=1)[:, :h]
    curves = PaymentCurves(
        np.full(n, AS_OF), matrix, np.full(n, h), g.random(n) * (1 - matrix[:, -1])
    )
    issued = np.full(n, AS_OF - age)
    last_on = np.where(np.arange(n) % 3 == 0, NEVER, issued + g.integers(1, 20, n))
    customers = pd.Series([f"c{k}" for k in range(n)])
    taking = DiscountTaking(n=9)
    done = taking.with_discounts(curves, customers, issued, last_on)
    same = (last_on == NEVER) | (last_on < AS_OF)
    assert (done.matrix[same] == matrix[same]).all()
    assert (done.never[same] == curves.never[same]).all()
    assert (np.diff(done.matrix, axis=1) >= -1e-12).all()
    assert (done.matrix[:, -1] + done.never <= 1 + 1e-12).all()
    chance = taking.still_taken(customers, issued, last_on, AS_OF)
    for row in np.flatnonzero(~same):
        assert done.matrix[row, last_on[row] - AS_OF] == pytest.approx(chance[row])
