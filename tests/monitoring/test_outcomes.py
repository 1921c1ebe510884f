"""Outcomes: expected from curves by hand, never an invoice that has not matured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER
from payrisk.monitoring.matured_calibration import calibration_of_matured
from payrisk.monitoring.observed_vs_expected import ObservedCounts, compare_spans, design_effect
from payrisk.monitoring.paid_so_far import payments_against_expected
from payrisk.monitoring.scored_invoices import ScoredInvoices
from payrisk.monitoring.windows import DaySpan
from payrisk.predictions import PaymentCurves

HAZARD, HORIZON = 0.1, 60


def scored(as_of, paid, due=None, told=None, closed=None, treated=""):
    """Invoices whose chance of being paid is a tenth on each of sixty days."""
    n = len(as_of)
    as_of, paid = np.asarray(as_of, np.int64), np.asarray(paid, np.int64)
    curve = 1.0 - (1.0 - HAZARD) ** np.arange(1, HORIZON + 1)
    rows = pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in range(n)],
            "as_of": as_of,
            "due_on": as_of + 20 if due is None else due,
            "paid_on": paid,
            "closed_on": paid if closed is None else closed,
            "told_on": paid if told is None else told,
            "treated": treated,
        }
    )
    curves = PaymentCurves(as_of, np.tile(curve, (n, 1)), np.full(n, HORIZON))
    return ScoredInvoices(rows, curves, n)


def test_expected_counts_each_day_lived_and_none_after_the_payment():
    rows = scored([100, 100, 100, 90], [104, NEVER, 300, 95])
    [one] = payments_against_expected(rows, [DaySpan(100, 110, 112)])
    assert one.happened.tolist() == [1, 0, 0, 0]
    # five days for the one paid on its fifth, ten for the open ones, none for one paid before
    assert one.expected == pytest.approx([0.5, 1.0, 1.0, 0.0])
    assert one.variance == pytest.approx([0.45, 0.9, 0.9, 0.0])


def test_a_payment_that_is_recorded_later_was_not_known():
    rows = scored([100, 100], [104, 104], told=[104, 112])
    [one] = payments_against_expected(rows, [DaySpan(100, 110, 112)])
    assert one.happened.tolist() == [1, 0]
    assert one.expected == pytest.approx([0.5, 1.0])


def test_who_left_without_cash_was_at_risk_until_then_and_the_treated_never():
    rows = scored([100, 100], [NEVER, NEVER], closed=[103, NEVER], told=[103, NEVER])
    [one] = payments_against_expected(rows, [DaySpan(100, 110, 112)])
    assert one.expected == pytest.approx([0.4, 1.0])
    [apart] = payments_against_expected(
        scored([100], [104], treated="on hold"), [DaySpan(100, 110, 112)]
    )
    assert (apart.happened.sum(), apart.expected.sum()) == (0, 0)


def drawn(seed, n=4_000, later=0):
    rng = np.random.default_rng(seed)
    as_of = rng.integers(60, 128, n)
    return scored(as_of, as_of + rng.geometric(HAZARD, n) - 1 + later)


def test_payments_as_the_curves_say_have_no_excess_whatever_is_still_open():
    for seed in range(5):
        [one] = payments_against_expected(drawn(seed), [DaySpan(100, 124, 128)])
        gap = one.happened.sum() - one.expected.sum()
        assert abs(gap) < 4 * np.sqrt(one.variance.sum())


def test_three_days_later_is_seen_long_before_the_invoices_have_run_their_course():
    [one] = payments_against_expected(drawn(0, later=3), [DaySpan(100, 124, 128)])
    assert one.happened.sum() - one.expected.sum() < -4 * np.sqrt(one.variance.sum())


def test_matured_shares_are_those_that_the_curves_say():
    for name, [one] in calibration_of_matured(drawn(0, 20_000), [DaySpan(100, 200, 200)]).items():
        gap = one.happened.sum() - one.expected.sum()
        assert one.expected.sum() > 200
        assert abs(gap) < 4 * np.sqrt(one.variance.sum()), name


def test_no_unmatured_invoice_is_ever_counted():
    span = DaySpan(100, 118, 120)
    rows = drawn(1, 2_000)
    found = calibration_of_matured(rows, [span])
    # the day that decides whether an invoice is late has not come: whatever then happens is alike
    due = rows.column("due_on")
    late = found["paid late"][0]
    assert late.expected[(due >= span.last) | (due < span.first)].sum() == 0
    assert late.expected[(due < span.last) & (due >= span.first)].sum() > 0
    # a curve of a tenth a day gives 90 % on the 22nd day: nobody has lived so long in 18 days
    assert found["later than P90"][0].expected.sum() == 0
    paid = rows.column("paid_on")
    future = np.where(paid >= span.last, paid + 500, paid)
    other = calibration_of_matured(
        replace(rows, rows=rows.rows.assign(paid_on=future, closed_on=future, told_on=future)),
        [span],
    )
    for name in found:
        assert found[name][0].happened.tolist() == other[name][0].happened.tolist()


def spans(seed, now=1.0, common=0.0, n=300, k=13):
    """A span under watch with `now` times its expectation, and k earlier ones."""
    rng = np.random.default_rng(seed)
    found = []
    for at in range(k + 1):
        level = (now if at == 0 else 1.0) * np.exp(common * rng.normal())
        expected = np.full(n, 0.3)
        found.append(
            ObservedCounts((rng.random(n) < 0.3 * level).astype(float), expected, expected * 0.7)
        )
    return found


def judge(seed, groups=None, **how):
    return compare_spans({"paid so far": spans(seed, **how)}, np.arange(300), groups or {}, 0.01)


def test_months_that_are_off_together_are_no_alarm():
    alarms = [judge(seed, common=0.1)["is_alarm"].any() for seed in range(200)]
    assert sum(alarms) <= 7
    assert all(judge(seed, now=0.5)["is_alarm"].any() for seed in range(20))


def test_a_sure_but_immaterial_difference_is_no_alarm():
    big = [ObservedCounts(np.full(300, 970.0), np.full(300, 1000.0), np.full(300, 1.0))]
    big += [ObservedCounts(np.full(300, 1000.0), np.full(300, 1000.0), np.full(300, 1.0))] * 13
    found = compare_spans({"paid so far": big}, np.arange(300), {}, 0.01)
    assert found["off"].iloc[0] == pytest.approx(-0.03)
    assert not found["is_alarm"].any()


def test_the_group_that_stopped_is_named():
    own = spans(0)
    stopped = np.arange(300) < 60
    now = own[0]
    now = ObservedCounts(np.where(stopped, 0.0, now.happened), now.expected, now.variance)
    labels = {"country": pd.Categorical(np.where(stopped, "FR", "DE"))}
    found = compare_spans({"paid so far": [now, *own[1:]]}, np.arange(300), labels, 0.01)
    assert next(iter(found.loc[found["is_alarm"], "group"])) == "country: FR"


def test_customers_that_pay_together_make_the_sum_less_sure():
    pairs = [
        ObservedCounts(np.array([1.0, 1.0]), np.array([0.5, 0.5]), np.array([0.25, 0.25]))
    ] * 5
    assert design_effect(pairs, np.array([0, 0])) == pytest.approx(2.0)
    assert design_effect(pairs, np.array([0, 1])) == 1.0
