"""Receipts in all are as wide as past ones missed: near and far, above and below, on average."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.cash.intervals.landmarks import OPEN, UNBILLED, PastWeeks, past_weeks
from payrisk.cash.intervals.receipts_spread import (
    LEAST_FACTOR,
    MOST_FACTOR,
    STATED_FACTOR,
    PastReceipts,
    draw_multipliers,
)

WEEKS = 8
EXPECTED = np.full(WEEKS, 200.0)


def landmarks(misses, currency="EUR"):
    """(m, WEEKS) by what share each week of m mornings missed, the same in both layers."""
    parts = [
        past_weeks(
            7 * number, currency, layer, np.full(WEEKS, 100.0), np.full(WEEKS, 10.0),
            100.0 * (1.0 + np.broadcast_to(miss, WEEKS)), 100.0,
        )
        for number, miss in enumerate(misses)
        for layer in (OPEN, UNBILLED)
    ]  # fmt: skip
    return PastWeeks().with_more(parts)


def drawn(sd=0.1, n=2000, seed=0):
    g = np.random.default_rng(seed)
    return np.maximum(200.0 * g.normal(1.0, sd, (n, WEEKS)), 0.0)


def width(draws):
    return float(np.diff(np.quantile(draws, [0.1, 0.9], axis=0), axis=0).mean())


def widening(misses):
    """How much wider single weeks are after such a past than they were drawn."""
    before = drawn()
    factors = draw_multipliers(landmarks(misses), "EUR", before, EXPECTED)
    return width(before * factors) / width(before)


def test_without_a_past_the_draws_are_as_wide_as_stated():
    before = drawn()
    for past in (PastWeeks(), landmarks([0.1, 0.2], "USD")):
        after = before * draw_multipliers(past, "EUR", before, EXPECTED)
        assert width(after) == pytest.approx(STATED_FACTOR * width(before), rel=0.15)


def test_a_past_that_missed_more_widens_and_one_that_missed_less_narrows():
    g = np.random.default_rng(1)
    far, near = 0.3 * g.standard_normal((40, WEEKS)), 0.03 * g.standard_normal((40, WEEKS))
    assert 1.5 < widening(far) < MOST_FACTOR * 1.2
    assert LEAST_FACTOR * 0.9 < widening(near) < 0.9
    assert 1.0 < widening(far[:3]) < widening(far)


def test_what_missed_as_the_draws_do_is_covered_as_often_as_it_says():
    g = np.random.default_rng(2)
    held = []
    for seed in range(12):
        past = landmarks(0.2 * g.standard_normal((30, WEEKS)))
        before = drawn(0.1, seed=seed)
        after = before * draw_multipliers(past, "EUR", before, EXPECTED)
        came = 200.0 * g.normal(1.0, 0.2, (400, WEEKS))
        low, high = np.quantile(after, [0.1, 0.9], axis=0)
        held.append(((low <= came) & (came <= high)).mean())
    assert np.mean(held) == pytest.approx(0.8, abs=0.05)


def test_each_side_reaches_as_far_as_its_own_misses():
    g = np.random.default_rng(3)
    above = np.abs(0.3 * g.standard_normal((40, WEEKS)))
    before = drawn()
    after = before * draw_multipliers(landmarks(above), "EUR", before, EXPECTED)
    low, high = np.quantile(after, [0.1, 0.9], axis=0)
    assert ((high - 200.0) > 1.4 * (200.0 - low)).all()


def test_means_stay_and_longer_sums_are_never_surer():
    g = np.random.default_rng(4)
    past = landmarks(0.25 * g.standard_normal((30, 1)))
    before = drawn()
    after = before * draw_multipliers(past, "EUR", before, EXPECTED)
    assert after.mean(axis=0) == pytest.approx(before.mean(axis=0), rel=0.02)
    wide = np.diff(np.quantile(np.cumsum(after, axis=1), [0.1, 0.9], axis=0), axis=0)[0]
    assert (wide >= np.maximum.accumulate(wide) * 0.999).all()
    assert (after >= 0).all()


def test_units_of_money_do_not_matter():
    g = np.random.default_rng(5)
    past = landmarks(0.25 * g.standard_normal((20, WEEKS)))
    money = ["expected", "sd", "actual", "open"]
    tenfold = PastWeeks(past.table.assign(**{name: past.table[name] * 10 for name in money}))
    ours = draw_multipliers(past, "EUR", drawn(), EXPECTED)
    assert np.allclose(ours, draw_multipliers(tenfold, "EUR", 10 * drawn(), 10 * EXPECTED))


def test_a_week_told_of_one_layer_only_counts_for_nothing():
    table = landmarks(np.zeros((3, WEEKS))).table
    cut = table[~((table["layer"] == OPEN) & (table["as_of"] == 7) & (table["week"] == 2))]
    receipts = PastReceipts.of(PastWeeks(cut), "EUR", WEEKS)
    assert np.isnan(receipts.expected[1, 1])
    assert np.isnan(receipts.actual).sum() == 1
    assert receipts.expected[0].tolist() == [200.0] * WEEKS
