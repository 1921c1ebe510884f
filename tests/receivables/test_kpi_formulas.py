"""Each formula on a worked example: by hand, and as its source prints it.

Two published figures are wrong or ambiguous; the tests that meet them say so.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from payrisk.receivables.kpis import (
    average_days_delinquent,
    best_possible_dso,
    collection_effectiveness,
    collection_period,
    concentration,
    days_beyond_terms_open,
    dso_countback,
    dso_simple,
    index_points,
    mean_days,
    percent,
    ratio,
    true_dso,
    turnover,
)


def test_simple_dso_is_the_example_of_jd_edwards():
    # (10,869 x 90) / (5,538 + 4,566 + 7,570), printed 55.35
    assert dso_simple(10_869, 5_538 + 4_566 + 7_570, 90) == pytest.approx(55.347, abs=5e-4)


def test_oracles_example_of_count_back_is_printed_wrongly_as_179_7():
    """Oracle HFM prints 179.7 because it divides 2,000 by April's sales; 1,000 is left by then.

    12,000 - 2,500 - 1,750 - 2,250 - 2,500 - 2,000 = 1,000, so 153 days and 1,000 / 2,250 x 30.
    """
    sales, days = [2_500, 1_750, 2_250, 2_500, 2_000, 2_250], [30, 31, 31, 30, 31, 30]
    by_hand = 153 + 1_000 / 2_250 * 30
    assert dso_countback(12_000, sales, days) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(166.33, abs=5e-3)
    assert by_hand != pytest.approx(179.7, abs=1)


def test_count_back_walks_the_months_and_gives_up_when_sales_run_out():
    assert dso_countback(100, [100, 80], [31, 30]) == 31
    assert dso_countback(0, [100], [31]) == 0
    assert dso_countback(50, [0, 100], [31, 30]) == 31 + 15
    assert math.isnan(dso_countback(500, [100, 80], [31, 30]))
    assert math.isnan(dso_countback(1, [], []))


def test_count_back_passes_a_month_whose_credit_notes_outweigh_its_invoices():
    # 100 owed, 60 sold, then -20, then 200: 60 off, 20 on, and 60 of the 200 are left
    assert dso_countback(100, [60, -20, 200], [30, 31, 30]) == pytest.approx(61 + 60 / 200 * 30)


def test_count_back_of_many_groups_is_that_of_each():
    sales, days = np.array([[100, 80, 60], [10, 10, 10]]), np.array([31, 30, 31])
    assert dso_countback([150, 25], sales, days).tolist() == [49.75, 31 + 30 + 15.5]


def test_true_dso_ties_every_invoice_to_the_sales_of_its_month():
    """Oracle Receivables: Σ days since issue x invoice ÷ net credit sales of its month.

    40 open of a month that sold 80, 20 days old; 50 open of 100, 10 days old: 10 + 5.
    """
    assert true_dso([10 * 50, 20 * 40], [100, 80]) == 15.0
    assert math.isnan(true_dso([10, 0], [0, 50]))
    assert true_dso([10, 0], [10, 0]) == 1.0  # a month with nothing open asks for no sales


def test_the_annual_family_is_that_of_the_credit_research_foundation():
    """With Gaviti's books: ending 120k, current 100k, sales of twelve months 1 M."""
    dso, best = dso_simple(120, 1_000, 365), best_possible_dso(100, 1_000, 365)
    assert (dso, best) == (pytest.approx(43.8), pytest.approx(36.5))
    assert average_days_delinquent(dso, best) == pytest.approx(7.3)
    assert turnover(1_000, 120, 365) == pytest.approx(1_000 / 120)  # of the ending balance
    assert turnover(1_000, (100 + 120) / 2, 365) == pytest.approx(1_000 / 110)  # of the average
    assert collection_period(turnover(1_000, 120, 365)) == pytest.approx(dso)


def test_collection_effectiveness_is_the_example_of_creditguru_with_three_months():
    # (6,200 + 10,890 / 3 - 6,340) / (6,200 + 10,890 / 3 - 3,590), printed 55.9 %
    assert collection_effectiveness(6_200, 10_890, 3, 6_340, 3_590) == pytest.approx(
        55.929, abs=1e-3
    )


def test_the_same_quarter_undivided_is_another_figure():
    """As wizedu prints it, 79.63 %: a common reading, so a figure of a quarter names its N."""
    assert collection_effectiveness(6_200, 10_890, 1, 6_340, 3_590) == pytest.approx(
        79.63, abs=1e-2
    )


def test_gavitis_98_percent_is_76_in_the_form_it_names():
    """Gaviti prints 98 % for a year whose sales it does not divide by twelve.

    The Credit Research Foundation's annual form does, and gives 76.0: 22 points apart on the
    same books. Over one month both agree, so that is the form we lead with.
    """
    year = {"opening": 100_000, "sales": 1_000_000, "closing": 120_000, "not_due": 100_000}
    assert collection_effectiveness(months=1, **year) == pytest.approx(98.0, abs=0.01)
    assert collection_effectiveness(months=12, **year) == pytest.approx(76.0, abs=0.01)


def test_nothing_overdue_is_a_collection_effectiveness_of_100():
    assert collection_effectiveness(100, 90, 1, 70, 70) == 100


def test_days_beyond_terms_in_both_common_forms():
    # SAP: payments of 4,000, 6,000 and 2,000 on the day, 6 and 8 days late: 52,000 / 12,000
    paid = mean_days(4_000 * 0 + 6_000 * 6 + 2_000 * 8, 12_000)
    assert paid == pytest.approx(4.3333, abs=1e-4)
    # Experian: 100 at 1-30, 50 at 31-60, 20 at 61-90, 10 beyond, of 1,000 owed
    by_hand = (100 * 15 + 50 * 45 + 20 * 75 + 10 * 105) / 1_000
    assert days_beyond_terms_open([100, 50, 20, 10], 1_000) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(6.3)


@pytest.mark.parametrize(
    ("days_late", "points"),
    [(-30, 100), (-20, 90), (-10, 85), (0, 80), (15, 70), (22, 60), (30, 50), (45, 45), (60, 40),
     (90, 30), (120, 20), (150, 10), (180, 0), (999, 0), (-99, 100)],
)  # fmt: skip
def test_the_payment_index_runs_through_the_published_knots(days_late, points):
    assert index_points(days_late) == pytest.approx(points)


def test_concentration_and_shares_by_hand():
    assert concentration([1.0]) == 10_000
    assert concentration([0.6, 0.3, 0.1]) == pytest.approx(4_600)
    assert percent(30, 120) == 25
    assert math.isnan(percent(1, 0))


def test_a_measure_is_undefined_rather_than_infinite():
    assert math.isnan(dso_simple(100, 0, 90))
    assert math.isnan(dso_simple(100, -5, 90))
    assert math.isnan(turnover(100, 0, 90))
    assert math.isnan(collection_effectiveness(0, 90, 1, 100, 90))
    assert np.isnan(ratio([1, 2], [0, 4])).tolist() == [True, False]
