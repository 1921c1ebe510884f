"""Payments between two lists: what is known of them, and on which day they likely came."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of, weekday
from payrisk.ledger import Ledger
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk.receivables.between_lists.likely_days import LikelyDays
from payrisk.receivables.between_lists.settlement_intervals import SettlementIntervals
from payrisk.receivables.days_late import SettlementHistory
from payrisk.simulate import simulate
from payrisk_pipelines.importing import import_files
from support.ledgers.by_hand import credit, invoice, ledger, link

JANUARY, FEBRUARY = day_of("2026-01-31"), day_of("2026-02-28")
OPEN = {
    JANUARY: (("A", "2026-01-10", "2026-02-09"), ("B", "2026-01-20", "2026-02-19")),
    FEBRUARY: (("B", "2026-01-20", "2026-02-19"), ("C", "2026-02-15", "2026-03-17")),
}


def listed(home):
    """Two lists of open items: A vanishes after the first, C is new on the second."""
    for day, rows in OPEN.items():
        file = home.parent / f"{day}.csv"
        lines = [f"{i},c1,{issued},{due},100.00,EUR" for i, issued, due in rows]
        head = "invoice_id,customer_id,issued_on,due_on,amount,currency"
        file.write_text("\n".join([head, *lines]) + "\n", "utf-8")
        import_files(home, file, load_preset("generic"), day, snapshot=day)
    return storage.load(home)


def intervals_of(ledger, morning):
    intervals = SettlementIntervals.of(ledger.as_of(morning))
    names = ledger.tables["invoices"]["invoice_id"].tolist()
    return intervals, {name: row for row, name in enumerate(names)}


def test_what_vanished_was_paid_between_the_lists_and_watched_from_its_first_one(tmp_path):
    intervals, row = intervals_of(listed(tmp_path / "home"), FEBRUARY + 10)
    assert intervals.invoice.tolist() == [row["A"]]
    assert (intervals.earliest[0], intervals.latest[0]) == (JANUARY + 1, FEBRUARY)
    assert intervals.settles.all()
    since = {name: int(intervals.watched_from[row[name]]) for name in "ABC"}
    assert since == {"A": JANUARY + 1, "B": JANUARY + 1, "C": FEBRUARY + 1}
    assert set(intervals.known_until) == {FEBRUARY}


def test_an_invoice_is_at_risk_from_its_first_list_to_the_last(tmp_path):
    history = listed(tmp_path / "home").as_of(FEBRUARY + 10)
    counts = SettlementHistory.of(history).total()
    due = {name: day_of(due) for _, rows in OPEN.items() for name, _, due in rows}
    b = range(JANUARY + 1 - due["B"], FEBRUARY - due["B"] + 1)
    drawn = int(LikelyDays.of(history).sampled_days()[0])
    a = range(JANUARY + 1 - due["A"], drawn - due["A"] + 1)
    lags = [*a, *b]
    expected = np.bincount(np.array(lags) + 180, minlength=counts.at_risk.shape[1])
    assert counts.at_risk[0].tolist() == expected.tolist()
    assert counts.paid[0].sum() == 1


def test_money_that_has_its_day_makes_a_later_day_of_the_settlement_exact():
    books = ledger(
        invoices=[invoice("A")],
        credits=[
            credit("p", 60_00, "2025-02-28") | span("2025-02-01", "2025-02-28"),
            credit("q", 40_00, "2025-02-28"),
        ],
        allocations=[link("p", "A", 60_00, "2025-02-28"), link("q", "A", 40_00, "2025-02-28")],
    ).as_of(day_of("2025-03-10"))
    assert SettlementIntervals.of(books).is_exact


def span(first, last):
    return {"earliest_on": day_of(first), "latest_on": day_of(last)}


def one_day_intervals(exact):
    """The same books, each payment between its day and its day."""
    credits = exact.tables["credits"]
    days = credits["happened_on"]
    return Ledger({**exact.tables, "credits": credits.assign(earliest_on=days, latest_on=days)})


def with_intervals(exact, width):
    """The same books, each payment known to the days up to `width` before the one it is booked."""
    credits = exact.tables["credits"]
    wide = credits.assign(
        earliest_on=credits["happened_on"] - width, latest_on=credits["happened_on"]
    )
    return Ledger({**exact.tables, "credits": wide})


@pytest.fixture(scope="module")
def company():
    return Ledger.from_tables(simulate(12, 10, 5).tables)[0]


def test_intervals_of_one_day_are_the_exact_books(company):
    morning = company.last_day
    exact, same = company.as_of(morning), one_day_intervals(company).as_of(morning)
    assert SettlementIntervals.of(same).is_exact
    pd.testing.assert_frame_equal(
        SettlementHistory.of(same).frame, SettlementHistory.of(exact).frame
    )


def test_a_likely_day_is_a_weekday_of_its_interval_and_weighs_one_in_all(company):
    likely = LikelyDays.of(with_intervals(company, 20).as_of(company.last_day))
    days, n = likely.days, len(likely.intervals)
    assert n > 200
    assert (days.day >= likely.intervals.earliest[days.item]).all()
    assert (days.day <= likely.intervals.latest[days.item]).all()
    assert np.bincount(days.item, likely.weight, n) == pytest.approx(1.0)
    wide = likely.intervals.latest - likely.intervals.earliest >= 2
    assert (weekday(days.day)[wide[days.item]] < 5).all()
    drawn = likely.sampled_days()
    assert ((drawn >= likely.intervals.earliest) & (drawn <= likely.intervals.latest)).all()


def test_likely_days_do_not_depend_on_the_order_of_the_ledger(company):
    wide = with_intervals(company, 20)
    rng = np.random.default_rng(1)
    tables = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in wide.tables.items()
    }
    other = Ledger.from_tables(tables)[0]
    frames = [SettlementHistory.of(one.as_of(company.last_day)).frame for one in (wide, other)]
    pd.testing.assert_frame_equal(*frames)


def test_what_is_recorded_later_changes_no_likely_day(company):
    morning = company.last_day - 60
    wide = with_intervals(company, 20)
    cut = dict(wide.tables)
    for name in ("credits", "allocations", "events"):
        frame = cut[name]
        cut[name] = frame[frame["recorded_on"] < morning].reset_index(drop=True)
    known, later = (Ledger(t).as_of(morning) for t in (cut, wide.tables))
    assert (LikelyDays.of(known).sampled_days() == LikelyDays.of(later).sampled_days()).all()
    assert len(LikelyDays.of(known).intervals) > 100
    assert (LikelyDays.of(known).settled_on(known) < NEVER).any()
