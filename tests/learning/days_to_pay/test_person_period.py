"""Person-period rows: who was at risk on which day, and what arrived, by hand and by law."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER
from payrisk.learning.days_to_pay.fit_hazard import training_matrix
from payrisk.learning.days_to_pay.person_period import booking_lag_of, person_period
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.ledger import Ledger
from payrisk.scoring.days_to_pay.curve import horizon_on
from payrisk.simulate import simulate

EVERY_DAY = Sampling(unpaid_rate=1.0, unpaid_days=10**9)
READINGS = ("settled", "money")


def ledger_of(invoices, credits=(), links=(), events=()):
    tables = {
        "invoices": pd.DataFrame(
            [
                dict(invoice_id=i, customer_id=c, issued_on=a, due_on=d, amount=m, currency="EUR")
                for i, c, a, d, m in invoices
            ]
        ),
        "credits": pd.DataFrame(
            [
                dict(credit_id=i, customer_id=c, kind=k, happened_on=d, amount=m, currency="EUR")
                for i, c, k, d, m in credits
            ],
            columns=["credit_id", "customer_id", "kind", "happened_on", "amount", "currency"],
        ),
        "allocations": pd.DataFrame(
            [dict(credit_id=c, invoice_id=i, amount=m, happened_on=d) for c, i, m, d in links],
            columns=["credit_id", "invoice_id", "amount", "happened_on"],
        ),
    }
    return Ledger.from_tables(tables)[0]


def at_issue(found, history, invoice_id):
    """Days of an invoice seen from its issue, and what they weigh in both readings."""
    ids = history.ledger.tables["invoices"]["invoice_id"]
    m = found.moments
    (moment,) = np.flatnonzero(
        (m.invoice == ids.tolist().index(invoice_id)) & (m.as_of == m.issued_on)
    )
    rows = found.row == moment
    names = ("day", "paid", "money", "settled")
    table = pd.DataFrame({name: getattr(found, name)[rows] for name in names})
    return table.sort_values(["day", "paid"]).reset_index(drop=True)


def test_two_parts_then_a_credit_note_by_hand():
    """1,000 cents: 400 on day 12, 300 on day 15, the rest credited on day 16, seen from day 40."""
    ledger = ledger_of(
        [("a", "x", 10, 14, 1000), ("z", "y", 39, 50, 500)],
        [
            ("p", "x", "payment", 12, 400),
            ("q", "x", "payment", 15, 300),
            ("n", "x", "credit_note", 16, 300),
        ],
        [("p", "a", 400, 12), ("q", "a", 300, 15), ("n", "a", 300, 16)],
    )
    history = ledger.as_of(40)
    rows = at_issue(person_period(history, sampling=EVERY_DAY), history, "a")
    paid = rows[rows["paid"]].set_index("day")
    assert paid["money"].to_dict() == pytest.approx({12: 0.4, 15: 0.3, 16: 0.0})
    out = rows[~rows["paid"]].set_index("day")["money"]
    # all of it is out until the first part, and the credited rest stays at risk to the end
    assert out.to_dict() == pytest.approx(
        {10: 1, 11: 1, 12: 0.6, 13: 0.6, 14: 0.6} | dict.fromkeys(range(15, 40), 0.3)
    )
    # most of it came in cash: as a whole it was settled on the day the credit note closed it
    assert paid["settled"][paid["settled"] > 0].to_dict() == {16: 1.0}
    waits = rows[~rows["paid"] & (rows["settled"] > 0)]
    assert waits["day"].tolist() == list(range(10, 16))


def test_what_was_paid_or_sold_or_recorded_late_is_at_risk_no_longer_and_no_sooner():
    ledger = ledger_of(
        [("a", "x", 10, 14, 1000), ("b", "x", 10, 14, 1000), ("z", "y", 39, 50, 500)],
        [("p", "x", "payment", 12, 1000)],
        [("p", "a", 1000, 12)],
    )
    tables = ledger.tables
    late = tables["invoices"]["invoice_id"] == "b"
    tables["invoices"].loc[late, "recorded_on"] = 20
    history = Ledger.from_tables(tables)[0].as_of(40)
    found = person_period(history, sampling=EVERY_DAY)
    assert at_issue(found, history, "a")["day"].tolist() == [10, 11, 12]
    assert at_issue(found, history, "b")["day"].tolist() == list(range(20, 40))


@pytest.fixture(scope="module")
def company():
    return Ledger.from_tables(simulate(80, 14, 4).tables)[0]


@pytest.fixture(scope="module")
def history(company):
    return company.as_of(company.default_as_of - 60)


@pytest.fixture(scope="module")
def every_day(history):
    return person_period(history, sampling=EVERY_DAY)


@pytest.mark.parametrize("reading", READINGS)
def test_no_day_lies_outside_the_time_at_risk_and_every_share_adds_up(reading, history, every_day):
    found = every_day
    m, row, weight = found.moments, found.row, found.weight(reading)
    end = history.as_of - 1 - booking_lag_of(history)
    assert (found.day >= np.maximum(m.as_of, m.issued_on)[row]).all()
    assert (found.day <= np.minimum(horizon_on(m.as_of, m.due_on)[row], end)).all()
    assert (weight >= 0).all()
    assert (weight <= 1 + 1e-9).all()
    arrived = np.bincount(row[found.paid], weight[found.paid], len(m))
    assert (arrived <= 1 + 1e-9).all()
    assert (arrived > 0.99).mean() > 0.3
    # a day's row for what arrived and its row for what did not make the part out that morning
    both = pd.DataFrame({"row": row, "day": found.day, "w": weight})
    out = both.groupby(["row", "day"])["w"].sum().groupby("row")
    assert (out.diff().dropna() <= 1e-9).all()


def test_an_invoice_waits_each_day_until_the_books_say_it_was_settled_by_cash(history, every_day):
    m = every_day.moments
    books = history.invoices()
    key = pd.MultiIndex.from_frame(books[["invoice_id", "instalment"]])
    paid_on = pd.Series(books["paid_on"].to_numpy(), index=key)
    asked = history.ledger.tables["invoices"][["invoice_id", "instalment"]].iloc[m.invoice]
    paid_on = paid_on.reindex(pd.MultiIndex.from_frame(asked)).to_numpy()
    whole = every_day.settled > 0
    row, day, paid = every_day.row[whole], every_day.day[whole], every_day.paid[whole]
    assert np.array_equal(day == paid_on[row], paid)
    assert (day <= paid_on[row]).all()
    n = np.bincount(row, minlength=len(m))
    first = np.full(len(m), NEVER)
    last = np.full(len(m), -1)
    np.minimum.at(first, row, day)
    np.maximum.at(last, row, day)
    seen = n > 0
    assert np.array_equal(n[seen], (last - first + 1)[seen])


@pytest.mark.parametrize("reading", READINGS)
def test_unpaid_days_are_thinned_and_weigh_more_in_turn(reading, history, every_day):
    some = person_period(history, sampling=Sampling(unpaid_rate=0.2))
    total = [rows.weight(reading)[~rows.paid].sum() for rows in (every_day, some)]
    assert total[1] == pytest.approx(total[0], rel=0.02)
    assert some.paid.sum() == every_day.paid.sum()


def test_what_came_before_the_issue_is_not_waited_for():
    """700 of 1,000 cents come two days before the issue, the rest on day 13; of b all had come."""
    ledger = ledger_of(
        [("a", "x", 10, 14, 1000), ("b", "x", 10, 14, 500), ("z", "y", 39, 50, 500)],
        [
            ("p", "x", "payment", 8, 700),
            ("q", "x", "payment", 13, 300),
            ("r", "x", "payment", 9, 500),
        ],
        [("p", "a", 700, 10), ("q", "a", 300, 13), ("r", "b", 500, 10)],
    )
    history = ledger.as_of(40)
    found = person_period(history, sampling=EVERY_DAY)
    rows = at_issue(found, history, "a")
    assert rows["day"].tolist() == [10, 11, 12, 13]
    assert rows["money"].tolist() == pytest.approx([1, 1, 1, 1])
    assert rows["settled"].tolist() == [1, 1, 1, 1]
    assert not len(at_issue(found, history, "b"))


def test_the_training_matrix_knows_nothing_recorded_from_its_as_of_on(company):
    """Every fact recorded later is dropped: rows and matrix keep their bits."""
    as_of = company.default_as_of - 90
    tables = {
        name: frame[(frame["recorded_on"] < as_of).to_numpy()] if "recorded_on" in frame else frame
        for name, frame in company.tables.items()
    }
    cut = Ledger.from_tables(tables)[0]
    one, other = (person_period(x.as_of(as_of), 1) for x in (company, cut))
    assert np.array_equal(one.day, other.day)
    for reading in READINGS:
        assert np.array_equal(one.weight(reading), other.weight(reading))
    a, b = (training_matrix(x.as_of(as_of), p) for x, p in ((company, one), (cut, other)))
    assert np.array_equal(a, b, equal_nan=True)
    assert (one.moments.as_of < as_of).all()
    assert NEVER not in one.day
