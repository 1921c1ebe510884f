from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from payrisk.calendar import day_of
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.days_to_pay.person_period import person_period
from payrisk.learning.days_to_pay.sampling import Sampling, is_sampled
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from support.ledgers.by_hand import credit, invoice, ledger, link

FIRST = day_of("2025-01-01")
SOME = Sampling(whole_until=200)


def ids(n_customers: int, each: int = 5):
    return np.repeat([f"c{at}" for at in range(n_customers)], each).astype(object)


def test_up_to_whole_until_everybody_is_learnt_from():
    names = ids(40)
    assert SOME.customers(names).all()
    assert not SOME.customers(ids(60)).all()


def test_whole_customers_and_about_as_many_invoices_as_are_enough():
    names = ids(400)
    taken = SOME.customers(names)
    of = {name: set(taken[names == name]) for name in set(names)}
    assert all(len(answers) == 1 for answers in of.values())
    assert 120 < taken.sum() < 280


def test_next_month_takes_the_same_customers_whatever_their_order():
    before = ids(400)
    taken = set(before[SOME.customers(before)])
    shuffled = np.random.default_rng(0).permutation(before)
    assert set(shuffled[SOME.customers(shuffled)]) == taken
    after = ids(440)  # a tenth more: a smaller share, of the same order of hashes
    later = set(after[SOME.customers(after)]) & set(before)
    assert later <= taken
    assert len(later) > 0.75 * len(taken)


@pytest.fixture(scope="module")
def books():
    return ledger(
        invoices=[
            invoice(
                f"i{at}", customer_id=f"c{at // 4}", issued_on=day, due_on=day, recorded_on=day
            )
            for at in range(600)
            for day in [FIRST + at]
        ]
    )


def test_of_those_known_that_morning_and_no_later_fact_changes_it(books):
    morning = FIRST + 300
    known = dict(books.tables)
    rows = known["invoices"]
    known["invoices"] = rows[rows["recorded_on"] < morning].reset_index(drop=True)
    cut = Ledger.from_tables(known)[0]

    def names(one):
        invoices = one.arrays.invoices
        taken = is_sampled(one.as_of(morning), SOME)
        assert not taken[invoices.recorded_on >= morning].any()
        return set(np.asarray(one.arrays.customer_ids, dtype=object)[invoices.customer[taken]])

    assert names(books) == names(cut)
    assert 0 < len(names(books)) < 75


def test_below_whole_until_nothing_is_left_out(books):
    assert is_sampled(books.as_of(FIRST + 200), SOME).all()


@pytest.mark.parametrize("days", [0, 1, 10**6, 6 * 10**6, 10**9, 10**12])
def test_rows_stay_below_two_million(days):
    one = Sampling()
    kept = one.rate(days) * days
    assert kept <= one.unpaid_days
    assert kept + one.issues + one.snapshots < 2_000_000
    assert one.rate(days) <= one.unpaid_rate


@pytest.fixture(scope="module")
def made():
    return Ledger.from_tables(simulate(20, 8, 3).tables)[0]


def test_a_large_ledger_is_learnt_from_its_sampled_customers_alone(made):
    history = made.as_of(made.default_as_of)
    few = Sampling(whole_until=len(made.tables["invoices"]) // 2)
    rows = person_period(history, 0, few)
    of = made.arrays.invoices.customer
    learnt = {int(of[at]) for at in rows.moments.invoice if at >= 0}
    taken = {int(one) for one in of[is_sampled(history, few)]}
    assert learnt <= taken
    assert 0 < len(taken) < 20
    assert len(person_period(history, 0, replace(few, whole_until=10**6)).moments.invoice) > len(
        rows.moments.invoice
    )


def test_less_days_are_kept_where_they_would_be_too_many(made):
    history = made.as_of(made.default_as_of)
    sizes = [len(person_period(history, 0, Sampling(unpaid_days=n)).row) for n in (300, 10**6)]
    assert sizes[0] < sizes[1]


def test_the_sample_reaches_the_fit_by_a_setting(made):
    history = made.as_of(made.default_as_of)
    small = {"seeds": 1, "rounds": 3, "has_money": False}
    texts = [
        fit_daily_hazard(history, **small, sampling=how).boosters
        for how in (None, {"whole_until": 10**6}, {"whole_until": 100})
    ]
    assert texts[0] == texts[1]
    assert texts[1] != texts[2]


def test_a_ledger_of_a_few_days_has_no_week_to_look_back_on():
    """All that was taken over was paid within days: enough to fit, and no snapshot of a week."""
    bills = [
        invoice(f"I{n}", 100_00, issued_on="2025-01-06", due_on="2025-01-08") for n in range(60)
    ]
    paid = [credit(f"P{n}", 100_00, "2025-01-08") for n in range(60)]
    links = [link(f"P{n}", f"I{n}", 100_00, "2025-01-08") for n in range(60)]
    book = ledger(invoices=bills, credits=paid, allocations=links)
    rows = person_period(book.as_of(day_of("2025-01-10")))
    assert rows.moments.as_of.dtype == np.int64
    assert len(rows.moments) == 60
