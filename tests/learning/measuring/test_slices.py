from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER, day_of
from payrisk.learning.measuring.replay import rows_at_issue
from payrisk.learning.measuring.slices import n_settled_known, slice_labels
from support.ledgers.by_hand import credit, invoice, ledger, link

MONDAY = day_of("2025-01-06")


def rows(**columns):
    n = max((len(value) for value in columns.values()), default=1)
    usual = {
        "as_of": MONDAY,
        "issued_on": MONDAY,
        "due_on": MONDAY,
        "paid_on": NEVER,
        "amount": 1,
        "currency": "EUR",
        "country": "DE",
        "is_unseen": False,
    }
    return pd.DataFrame({k: columns.get(k, [v] * n) for k, v in (usual | columns).items()})


def told(title, **columns):
    return slice_labels(rows(**columns))[title].tolist()


def test_days_to_due_age_and_terms_by_hand():
    due = [MONDAY + d for d in (-61, -60, -31, -30, -1, 0, 7, 8, 30, 31)]
    assert told("days to due", due_on=due) == [
        "61+ overdue", "31-60 overdue", "31-60 overdue", "1-30 overdue", "1-30 overdue",
        "due in 0-7", "due in 0-7", "due in 8-30", "due in 8-30", "due in 31+",
    ]  # fmt: skip
    assert told("overdue", due_on=due)[4:6] == ["overdue at as_of", "not overdue at as_of"]
    issued_on = [MONDAY - d for d in (0, 1, 30, 31, 90, 91)]
    assert told("age", issued_on=issued_on) == [
        "at issue", "1-30 days", "1-30 days", "31-60 days", "61-90 days", "91+ days",
    ]  # fmt: skip
    due = [MONDAY + d for d in (0, 8, 30, 60, 61)]
    assert told("terms", due_on=due) == [
        "0-7 days", "8-14 days", "15-30 days", "31-60 days", "61+ days",
    ]  # fmt: skip


def test_amounts_are_ranked_within_their_currency():
    amount, currency = [1, 2, 3, 4, 100, 200, 300, 400], ["EUR"] * 4 + ["JPY"] * 4
    found = told("amount", amount=amount, currency=currency)
    assert found[:4] == found[4:]
    assert found[0] == "smallest quarter"
    assert found[3] == "largest quarter"


def test_weekdays_of_the_due_day_and_of_the_payment():
    paid = [MONDAY, MONDAY + 6, NEVER]
    assert told("weekday paid", paid_on=paid) == ["Monday", "Sunday", "not paid"]
    assert told("weekday due", due_on=[MONDAY + 1, MONDAY + 7]) == ["Tuesday", "Monday"]


def test_countries_beyond_the_most_frequent_are_others_and_none_is_unknown():
    codes = [f"{a}{b}" for a in "ABC" for b in "ABCDE" for _ in range(2 if a == "A" else 1)]
    found = told("country", country=[*codes, None])
    assert found[0] == "AA"
    assert "other" in found
    assert found[-1] == "unknown"


def test_entities_are_groups_and_one_alone_is_none():
    assert told("entity", entity_id=["north", "south", "north"]) == ["north", "south", "north"]
    assert "entity" not in slice_labels(rows(entity_id=["north", "north"]))


def test_what_puts_all_rows_into_one_group_is_left_out():
    assert "country" not in slice_labels(rows(due_on=[MONDAY, MONDAY + 1]))


def test_customers_are_sized_by_what_was_settled_and_known_that_morning():
    one = ledger(
        invoices=[
            invoice("Z", issued_on="2024-12-01"),
            invoice("A"),
            invoice("B", customer_id="c2"),
        ],
        credits=[credit("z", 100_00, "2024-12-30", recorded_on="2025-01-01")],
        allocations=[link("z", "Z", 100_00, "2025-01-01")],
    )
    day = day_of("2025-01-01")
    found = rows_at_issue(one, day, day, one.default_as_of)
    assert n_settled_known(found.rows, found.histories).tolist() == [0, 0]
    later = found.rows.assign(as_of=day + 1)
    assert n_settled_known(later, {day + 1: one.as_of(day + 1)}).tolist() == [1, 0]
    sized = slice_labels(rows(n_settled=np.array([0, 1, 4, 5, 19, 20, 99, 100])))
    assert sized["settled invoices known"].tolist() == [
        "0", "1-4", "1-4", "5-19", "5-19", "20-99", "20-99", "100+",
    ]  # fmt: skip
