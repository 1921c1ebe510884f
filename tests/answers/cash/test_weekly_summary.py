"""Past weeks beside the coming ones: what came, what is expected and of what, and before."""

from __future__ import annotations

import pytest

from payrisk.answers.cash.publishing import publish
from payrisk.answers.cash.workbook.said_in_words import sentences_of, title_of
from payrisk.answers.cash.workbook.summary_sheets import summary_sheets
from payrisk.answers.cash.workbook.weekly_summary import MADE_OF, weekly_summary
from payrisk.calendar import weekday
from payrisk.files import write_tables
from support.company.receiving import receiving, receiving_ledger


@pytest.fixture(scope="module")
def ledger():
    return receiving_ledger()


@pytest.fixture(scope="module")
def receipts(ledger):
    return receiving(ledger)


@pytest.fixture(scope="module")
def summary(ledger, receipts, tmp_path_factory):
    home = tmp_path_factory.mktemp("published")
    mornings = [receipts.cash.as_of - days for days in (21, 7)]
    kept = [
        publish(receiving(ledger, as_of=morning).outlook, home, published_at="x")
        for morning in mornings
    ]
    return weekly_summary(receipts, kept), kept


def test_the_parts_of_a_week_are_what_is_expected_of_it(summary):
    table = summary[0].table
    coming = table[~table["is_past"]]
    parts = coming[coming["line"].isin(MADE_OF)]
    keys = ["currency", "starts_on"]
    whole = coming[coming["line"] == "expected"].set_index(keys)["amount"]
    sums = parts.groupby(keys)["amount"].sum()
    assert sums.to_dict() == whole.to_dict()


def test_overdue_is_read_plainly_from_due_days(receipts, summary):
    rows, days = receipts.cash.invoices, receipts.cash.expected[:, :42]
    overdue = days[(rows["due_on"] < receipts.cash.as_of).to_numpy()].sum()
    table = summary[0].table
    assert table.loc[table["line"] == "overdue", "amount"].sum() == overdue


def test_what_came_is_read_plainly_from_the_facts(ledger, receipts, summary):
    table, as_of = summary[0].table, receipts.cash.as_of
    came = table[table["line"] == "actual"]
    first = as_of - int(weekday(as_of)) - 28
    assert came["starts_on"].min() == first
    credits = ledger.tables["credits"]
    credits = credits[(credits["recorded_on"] < as_of) & (credits["happened_on"] < as_of)]
    cash = credits[credits["kind"].isin(["payment", "recovery"])]
    inside = cash[cash["happened_on"] >= first]
    events = ledger.tables["events"]
    events = events[(events["kind"] == "reversal") & (events["recorded_on"] < as_of)]
    events = events[(events["happened_on"] >= first) & (events["subject_kind"] == "credit")]
    paid = cash.set_index("credit_id")["amount"]
    back = events["amount"].fillna(events["subject"].map(paid)).fillna(0).sum()
    assert came["amount"].sum() == inside["amount"].sum() - back


def test_each_week_is_held_against_the_forecast_that_stood_before_it(receipts, summary):
    told, kept = summary
    assert told.before == kept[-1].name
    before = told.table[told.table["line"] == "forecast_before"]
    past, coming = before[before["is_past"]], before[~before["is_past"]]
    assert len(past)
    assert len(coming)
    week = coming.iloc[0]
    snapshot = kept[-1]
    first, last = (int(week[name]) - snapshot.as_of for name in ("starts_on", "ends_on"))
    days = slice(first, last + 1)
    is_its = (snapshot.invoices["currency"] == week["currency"]).to_numpy()
    new = snapshot.tables["not_issued"]
    new = new[(new["currency"] == week["currency"]) & (new["starts_on"] >= week["starts_on"])]
    plain = snapshot.expected[is_its][:, days].sum()
    plain += new[new["starts_on"] <= week["ends_on"]]["expected"].sum()
    assert week["amount"] == plain
    keyed = told.table.set_index(["currency", "starts_on"])
    difference, now = (keyed[keyed["line"] == name] for name in ("difference", "expected"))
    key = (week["currency"], week["starts_on"])
    assert difference.loc[key, "amount"] == now.loc[key, "amount"] - week["amount"]


def test_the_same_summary_is_the_same_workbook(receipts, summary, tmp_path):
    front = summary_sheets(summary[0], title_of(receipts), sentences_of(receipts))
    books = []
    for name in ("one.xlsx", "two.xlsx"):
        write_tables(tmp_path / name, {"weeks": summary[0].table}, ("amount",), front=front)
        books.append((tmp_path / name).read_bytes())
    assert books[0] == books[1]
