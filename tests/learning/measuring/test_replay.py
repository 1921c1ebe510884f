from __future__ import annotations

import numpy as np
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.errors import LedgerError
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.measuring.replay import rows_at_issue, rows_open_at, sample
from payrisk.learning.measuring.splits import is_unseen, landmarks, last_origin
from payrisk.ledger import Ledger
from support.ledgers.by_hand import credit, event, invoice, ledger, link
from support.ledgers.messy import START, messy_tables


def books(**more):
    first = {"issued_on": "2024-12-01", "due_on": "2024-12-31"}
    return ledger(
        invoices=[invoice("Z", **first), invoice("A"), invoice("B", customer_id="c2")],
        credits=[
            credit("a", 100_00, "2025-02-04"),
            credit("b", 100_00, "2024-12-30", customer_id="c2"),
        ],
        allocations=[
            link("a", "A", 100_00, "2025-02-04"),
            link("b", "B", 100_00, "2024-12-30"),
        ],
        **more,
    )


def test_each_invoice_is_a_quote_on_the_morning_of_its_issue():
    one = books()
    day = day_of("2025-01-01")
    found = rows_at_issue(one, day, day, one.default_as_of)
    assert found.rows["invoice_id"].tolist() == ["A"]  # B was prepaid: nothing left to predict
    assert found.n_left_out == 1
    assert found.rows["as_of"].tolist() == [day]
    assert found.rows["paid_on"].tolist() == [day_of("2025-02-04")]
    known = found.histories[day].invoices()
    assert known["invoice_id"].tolist() == ["Z"]


def test_outcomes_are_only_what_was_known_by_then():
    one = books()
    day = day_of("2025-01-01")
    found = rows_at_issue(one, day, day, day_of("2025-02-04"))
    assert found.rows["paid_on"].tolist() == [NEVER]
    assert found.rows["last_known_on"].tolist() == [day_of("2025-02-03")]


def test_an_extension_given_later_is_not_seen_on_the_issue_day():
    moved = event(
        "due_date_change", "A", "2025-01-20", refers_on="2025-03-31", subject_kind="invoice"
    )
    one = books(events=[moved])
    day = day_of("2025-01-01")
    found = rows_at_issue(one, day, day, one.default_as_of)
    assert found.rows["due_on"].tolist() == [day_of("2025-01-31")]
    at_landmark = rows_open_at(one, [day_of("2025-01-25")], one.default_as_of).rows
    assert at_landmark.set_index("invoice_id").at["A", "due_on"] == day_of("2025-03-31")


def test_a_first_landmark_before_the_ledger_is_refused():
    with pytest.raises(LedgerError):
        rows_open_at(books(), [day_of("2024-11-01")], day_of("2025-03-01"))


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_speaks_of_every_moment_of_a_messy_ledger(name):
    one = Ledger.from_tables(messy_tables(1, 80))[0]
    model = BASELINES[name](one.as_of(START + 100))
    for moments in (
        rows_at_issue(one, START + 100, START + 140, one.default_as_of),
        rows_open_at(one, [START + 100, START + 130], one.default_as_of),
    ):
        curves = moments.curves(model)
        assert len(curves) == len(moments.rows) > 0
        assert [curve.as_of for curve in curves] == moments.rows["as_of"].tolist()
        reach = curves.as_of + curves.lengths - 1
        assert (reach >= moments.rows["due_on"].to_numpy() + 120).all()
        assert moments.judge(model)["n"] == len(moments.rows)


@pytest.mark.parametrize("name", BASELINES)
def test_nothing_recorded_later_moves_a_prediction(name):
    tables = messy_tables(2, 80)
    day = START + 130
    before = {
        key: rows[rows["recorded_on"] < day] if "recorded_on" in rows else rows
        for key, rows in tables.items()
    }
    said = []
    for facts in (tables, before):
        history = Ledger.from_tables(facts)[0].as_of(day)
        open_now = history.open_invoices().sort_values(["invoice_id", "instalment"])
        said.append(BASELINES[name](history).curves(history, open_now).matrix)
    assert (said[0] == said[1]).all()


def test_a_sample_keeps_the_order_and_the_histories():
    one = Ledger.from_tables(messy_tables(1, 80))[0]
    whole = rows_open_at(one, [START + 100, START + 130], one.default_as_of)
    some = sample(whole, 5, seed=0)
    assert len(some.rows) == 5
    assert (np.diff(some.rows["as_of"]) >= 0).all()
    assert sample(whole, 10**6, seed=0) is whole
    assert some.rows.equals(sample(whole, 5, seed=0).rows)


def test_landmarks_include_the_end():
    assert landmarks(10, 24, 7) == [10, 17, 24]
    assert landmarks(10, 9, 7) == []
    assert landmarks(10, 20, 0) == []


def test_the_last_origin_leaves_time_to_be_paid():
    invoices, credits, links = [], [], []
    for i in range(300):
        dates = {"issued_on": 20_000 + i, "due_on": 20_030 + i}
        invoices.append(invoice(f"i{i}", **dates))
        credits.append(credit(f"p{i}", 100_00, 20_020 + i))
        links.append(link(f"p{i}", f"i{i}", 100_00, 20_020 + i))
    one = ledger(invoices=invoices, credits=credits, allocations=links)
    history = one.as_of(20_300)
    split = last_origin(history)
    assert split.as_of - split.issued_to == 21  # settled 20 days after issue
    assert split.train_as_of == split.issued_from == 20_300 - 20 - 90
    assert last_origin(one.as_of(20_060)) is None
    late = last_origin(one.as_of(25_000))  # asked years after the last payment on day 20 319
    assert (late.issued_to, late.as_of) == (20_299, 25_000)
    unseen = is_unseen(history.invoices().assign(customer_id="new"), history)
    assert unseen.all()


def test_mornings_that_memory_does_not_hold_are_read_anew_with_the_same_bits(monkeypatch):
    one = Ledger.from_tables(messy_tables(3, 60))[0]
    days = list(range(START + 60, START + 120, 10))
    found = rows_open_at(one, days, one.default_as_of)
    model = BASELINES["customer-ecdf"](one.as_of(START + 60))
    plain = found.curves(model).matrix
    monkeypatch.setattr("payrisk.learning.measuring.replay.MOST_KEPT_ROWS", 100)
    short = rows_open_at(one, days, one.default_as_of)
    assert (short.curves(model).matrix == plain).all()
    assert len(short.histories.kept) == 1
    assert len(short.histories) == len(days)


def test_money_heard_of_after_the_outcomes_were_taken_does_not_count():
    heard = {"recorded_on": "2025-03-01"}
    one = ledger(
        invoices=[invoice("Z", issued_on="2024-12-01"), invoice("A")],
        credits=[credit("a", 100_00, "2024-12-30"), credit("b", 1_00, "2025-01-05", **heard)],
        allocations=[link("a", "A", 100_00, "2024-12-30"), link("b", "A", 1_00, "2025-03-01")],
    )
    day = day_of("2025-01-01")
    assert (
        rows_at_issue(one, day, day, day_of("2025-02-01")).n_left_out == 1
    )  # prepaid, as known then


def test_a_country_heard_of_later_is_not_seen_on_the_issue_day():
    one = ledger(
        customers=[{"customer_id": "c1", "country": "FR", "recorded_on": "2025-01-15"}],
        invoices=[invoice("Z", issued_on="2024-12-01"), invoice("A"), invoice("B")],
    )
    day = day_of("2025-01-01")
    assert rows_at_issue(one, day, day, one.default_as_of).rows["country"].isna().all()
