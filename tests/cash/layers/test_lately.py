"""Cash of the last weeks as a guess of that on invoices not yet issued: counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER, day_of
from payrisk.cash.layers.lately import LATE_WEEKS, SHARE, SHRUNK_BY, cash_lately, mixed_with_lately

AS_OF = day_of("2024-06-03")


def weekly_book(first_weeks_ago=30, paid_after_weeks=2, cents=700):
    """An invoice on the first day of each week, paid so many weeks later, known on AS_OF."""
    issued = AS_OF - 7 * np.arange(first_weeks_ago, 0, -1)
    closed = issued + 7 * paid_after_weeks
    return pd.DataFrame(
        {
            "issued_on": issued,
            "recorded_on": issued,
            "closed_on": np.where(closed < AS_OF, closed, NEVER),
            "cash": np.where(closed < AS_OF, cents, 0),
        }
    )


def test_what_is_paid_two_weeks_after_issue_comes_from_the_third_week_on():
    assert cash_lately(weekly_book(), AS_OF, 6).tolist() == [0.0, 0.0, 700.0, 700.0, 700.0, 700.0]


def test_a_young_book_tells_only_what_its_age_can():
    lately = cash_lately(weekly_book(first_weeks_ago=7), AS_OF, 6)
    assert lately[:3].tolist() == [0.0, 0.0, 700.0]
    assert np.isnan(lately[3:]).all()
    assert np.isnan(cash_lately(weekly_book().head(0), AS_OF, 3)).all()


def test_only_the_last_weeks_count_and_nothing_of_the_morning_itself():
    rows = weekly_book()
    old = rows["closed_on"] < AS_OF - 7 * LATE_WEEKS
    halved = rows.assign(cash=np.where(old, rows["cash"] * 9, rows["cash"]))
    assert cash_lately(halved, AS_OF, 4).tolist() == cash_lately(rows, AS_OF, 4).tolist()
    today = rows.assign(closed_on=np.where(rows["closed_on"] == NEVER, AS_OF, rows["closed_on"]))
    assert cash_lately(today, AS_OF, 4).tolist() == cash_lately(rows, AS_OF, 4).tolist()


def test_the_mixture_keeps_days_shapes_and_leaves_last_year_its_share():
    usual = np.tile([10.0, 20, 30, 40, 50, 0, 0], 4)[:27]
    mixed = mixed_with_lately(weekly_book(), usual, AS_OF, 0.0)
    share = SHARE * LATE_WEEKS / (LATE_WEEKS + SHRUNK_BY)  # an invoice a week was paid
    assert mixed[14:21].sum() == pytest.approx(150 + share * (700 - 150))
    assert mixed[:7].sum() == pytest.approx(150 * (1 - share))
    assert mixed[14:21] / mixed[14:21].sum() == pytest.approx(usual[14:21] / 150)
    assert mixed[21:] == pytest.approx(usual[21:])
    assert mixed_with_lately(weekly_book(), usual, AS_OF, 1.0) == pytest.approx(usual)
