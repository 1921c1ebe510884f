from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import NEVER
from payrisk.learning.measuring.curve_metrics import (
    JudgedCurves,
    crps,
    curve_metrics,
    deviation_from_uniform,
    nll,
    pit,
)
from payrisk.learning.measuring.risk_metrics import FLOOR, auc, brier, log_loss, risk_metrics
from payrisk.predictions import PaymentCurve, PaymentCurves


def rows(*outcomes: tuple[int, int], due: int = 2, as_of: int = 0) -> pd.DataFrame:
    """(paid_on, last_known_on) of invoices seen at day 0 and due on day 2."""
    paid, last = zip(*outcomes, strict=True)
    return pd.DataFrame(
        {
            "invoice_id": [f"i{k}" for k in range(len(outcomes))],
            "as_of": as_of,
            "due_on": due,
            "paid_on": paid,
            "last_known_on": last,
        }
    )


def judged(curve: list[float], table: pd.DataFrame) -> JudgedCurves:
    as_of = int(table["as_of"].iloc[0])
    size = max(int(table["due_on"].iloc[0]), as_of) + 121 - as_of
    full = np.concatenate([curve, np.full(size - len(curve), curve[-1])])
    one = PaymentCurve(as_of, full)
    return JudgedCurves.of(PaymentCurves.of([one] * len(table)), table)


CURVE = [0.1, 0.3, 0.6, 0.9, 1.0]


def test_crps_of_a_paid_row_by_hand():
    # paid on day 2: (.1)² + (.3)² before, (.4)² + (.1)² + 0 from then on
    assert crps(judged(CURVE, rows((2, NEVER))))[0] == pytest.approx(0.01 + 0.09 + 0.16 + 0.01)


def test_crps_of_an_open_row_stops_at_the_last_known_day():
    assert crps(judged(CURVE, rows((NEVER, 1))))[0] == pytest.approx(0.01 + 0.09)


def test_a_payment_between_two_days_is_scored_by_the_interval():
    """Between days 1 and 3: day 0 counts as unpaid, days 3 and 4 as paid, 1 and 2 not at all."""
    between = judged(CURVE, rows((3, NEVER)).assign(earliest_on=1))
    assert crps(between)[0] == pytest.approx(0.01 + 0.01)
    assert nll(between)[0] == pytest.approx(-np.log(0.9 - 0.1))
    assert 0.1 <= pit(between)[0] <= 0.9
    assert np.isnan(curve_metrics(between)["log_loss_late"])  # due on day 2: late or not?


def test_an_interval_of_one_day_scores_like_the_day():
    exact, same = (judged(CURVE, rows((3, NEVER)).assign(earliest_on=day)) for day in (3, 9))
    plain = judged(CURVE, rows((3, NEVER)))
    for one in (exact, same):
        assert curve_metrics(one) == pytest.approx(curve_metrics(plain), nan_ok=True)


def test_an_invoice_known_never_to_be_paid_counts_to_the_end():
    # days 0..122 (due + 120): .1² + .3² + .6² + .9² and 119 days of 1
    expected = 0.01 + 0.09 + 0.36 + 0.81 + 119
    assert crps(judged(CURVE, rows((NEVER, NEVER))))[0] == pytest.approx(expected)


def test_nll_by_hand():
    found = nll(judged(CURVE, rows((2, NEVER), (NEVER, 1), (NEVER, NEVER), (9, NEVER))))
    expected = [-np.log(0.3), -np.log(0.7), -np.log(FLOOR), -np.log(FLOOR)]
    assert found == pytest.approx(expected)


def test_a_payment_past_the_horizon_is_judged_as_unpaid_up_to_it():
    found = nll(judged([0.1, 0.8], rows((500, NEVER))))
    assert found[0] == pytest.approx(-np.log(0.2))


def test_point_and_interval_metrics_by_hand():
    table = rows((2, NEVER), (4, NEVER), (13, NEVER), (NEVER, 1))
    found = curve_metrics(judged(CURVE, table))  # median day 2, P10 day 0, P90 day 3
    assert found["mae"] == pytest.approx((0 + 2 + 11) / 3)
    assert found["within_3"] == pytest.approx(2 / 3)
    assert found["within_7"] == pytest.approx(2 / 3)
    assert found["coverage_80"] == pytest.approx(1 / 3)
    assert found["width_80"] == 3
    assert (found["n"], found["n_paid"], found["n_late_known"]) == (4, 3, 3)


def test_late_is_judged_only_where_it_is_known_and_was_not_sure_already():
    # open at the evening of the due day is late; open the evening before may still be paid
    table = rows((2, NEVER), (5, NEVER), (NEVER, 1), (NEVER, 2))
    found = curve_metrics(judged(CURVE, table))
    assert found["n_late_known"] == 3
    expected = -(np.log(0.6) + 2 * np.log(0.4)) / 3
    assert found["log_loss_late"] == pytest.approx(expected)
    overdue = curve_metrics(judged(CURVE, rows((5, NEVER), due=-1)))
    assert overdue["n_late_known"] == 0
    assert np.isnan(overdue["auc_late"])


def test_an_interval_without_an_end_covers_a_payment_after_the_horizon():
    found = curve_metrics(judged([0.1, 0.5], rows((500, NEVER), (1, NEVER))))
    assert found["coverage_80"] == 1


def test_the_order_of_rows_never_matters_with_instalments_either():
    table = rows((1, NEVER), (2, NEVER), (3, NEVER), (4, NEVER))
    table = table.assign(invoice_id="A", instalment=[1, 2, 3, 4])
    found, turned = (curve_metrics(judged(CURVE, t)) for t in (table, table[::-1]))
    assert found["pit_deviation"] == turned["pit_deviation"]
    one, other = pit(judged(CURVE, table)), pit(judged(CURVE, table[::-1]))
    assert one.tolist() == other[::-1].tolist()


def test_a_row_aged_past_due_plus_120_is_judged_for_120_days_more():
    table = rows((301, NEVER), due=0, as_of=300)
    assert crps(judged([0.5, 1.0], table))[0] == pytest.approx(0.25)


def test_pit_of_an_open_row_lies_above_what_it_survived():
    found = pit(judged(CURVE, rows(*[(NEVER, 2)] * 200)))
    assert found.min() >= 0.6
    assert found.max() > 0.95


def test_pit_deviation_by_hand():
    assert deviation_from_uniform((np.arange(20) + 0.5) / 20) == pytest.approx(0)
    assert deviation_from_uniform(np.full(10, 1.0)) == pytest.approx(0.95)
    assert np.isnan(deviation_from_uniform(np.zeros(0)))


def paid_by_truth(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A true curve over 0..120 and n payment days drawn from it (NEVER = not within them)."""
    g = np.random.default_rng(seed)
    mass = g.dirichlet(np.full(30, 0.7)) * 0.95
    truth = np.concatenate([np.cumsum(mass), np.full(93, mass.sum())])
    day = np.searchsorted(truth, g.random(n), side="right")
    return truth, np.where(day > 122, NEVER, day)


def test_pit_of_the_true_curve_is_uniform_censored_rows_included():
    truth, paid = paid_by_truth(20_000, 0)
    last = np.random.default_rng(1).integers(0, 60, len(paid))
    seen = np.where(paid <= last, paid, NEVER)
    table = rows(*zip(seen, np.where(seen < NEVER, NEVER, last), strict=True))
    assert deviation_from_uniform(pit(judged(list(truth), table))) < 0.02


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("metric", ["crps", "nll"])
def test_no_other_curve_beats_the_true_one(seed, metric):
    truth, paid = paid_by_truth(20_000, seed)
    last = np.random.default_rng(seed).integers(5, 60, len(paid))
    seen = np.where(paid <= last, paid, NEVER)
    table = rows(*zip(seen, np.where(seen < NEVER, NEVER, last), strict=True))
    best = curve_metrics(judged(list(truth), table))[metric]
    blurred = np.convolve(np.diff(truth, prepend=0), np.full(5, 0.2))[: len(truth)].cumsum()
    for other in (truth**1.3, truth**0.7, np.concatenate([[0.0], truth[:-1]]), blurred):
        assert curve_metrics(judged(list(other), table))[metric] > best


def test_the_order_of_rows_does_not_matter():
    truth, paid = paid_by_truth(300, 3)
    table = rows(*[(day, NEVER) for day in paid])
    turned = table.iloc[::-1]
    one, two = (curve_metrics(judged(list(truth), t)) for t in (table, turned))
    assert one == pytest.approx(two, abs=1e-12)


def test_auc_by_hand_and_when_there_is_one_class():
    outcome = np.array([True, False, True, False])
    assert auc(np.array([0.9, 0.1, 0.4, 0.4]), outcome) == pytest.approx(3.5 / 4)
    assert np.isnan(auc(np.array([0.1]), np.array([True])))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_risk_metrics_stay_in_their_ranges(pairs):
    chance, bad = (np.array(c) for c in zip(*pairs, strict=True))
    found = risk_metrics(chance, bad)
    assert 0 <= found["brier"] <= 1
    assert 0 <= found["log_loss"] <= -np.log(FLOOR) + 1e-9
    assert np.isnan(found["auc"]) or 0 <= found["auc"] <= 1


def test_brier_and_log_loss_by_hand():
    chance, bad = np.array([0.8, 0.4]), np.array([True, False])
    assert brier(chance, bad) == pytest.approx((0.04 + 0.16) / 2)
    assert log_loss(chance, bad) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert np.isnan(log_loss(chance[:0], bad[:0]))


def test_late_is_judged_only_where_the_due_day_lies_within_the_books():
    table = rows((1, NEVER), (4, NEVER), (NEVER, 9), due=2).assign(books_end_on=9)
    assert curve_metrics(judged(CURVE, table))["n_late_known"] == 3
    # paid early and due after the books end: to count it and not its unpaid twin would flatter
    early = table.assign(books_end_on=1, last_known_on=[NEVER, NEVER, 1])
    assert curve_metrics(judged(CURVE, early))["n_late_known"] == 0
