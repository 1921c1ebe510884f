from __future__ import annotations

import numpy as np
import pytest

from payrisk.learning.measuring import bootstrap
from payrisk.learning.measuring.bootstrap import Cells, intervals

MONDAY = 18_001 - (18_001 + 3) % 7


def rows(n: int, seed: int, customers: int = 40, weeks: int = 12):
    """Codes of customers, days and values that hang together in both ways, with mean 0."""
    g = np.random.default_rng(seed)
    customer, week = g.integers(0, customers, n), g.integers(0, weeks, n)
    values = g.normal(size=customers)[customer] + g.normal(size=weeks)[week] + g.normal(size=n)
    return customer, MONDAY + 7 * week + g.integers(0, 7, n), values


def test_rows_of_one_customer_and_week_share_a_cell_from_monday_to_sunday():
    customer = np.array([7, 7, 7, 2])
    days = np.array([MONDAY, MONDAY + 6, MONDAY + 7, MONDAY])
    cells = Cells.of(customer, days)
    assert cells.code[0] == cells.code[1]
    assert len({int(code) for code in cells.code}) == 3
    assert cells.sums(np.array([1.0, 2.0, 4.0, 8.0])).sum() == 15
    weights = np.vstack(list(cells.weights(200, 0)))
    assert weights.shape == (200, 3)
    # two customers and two weeks, each drawn twice: products of 0, 1 and 2
    assert set(np.unique(weights)) <= {0.0, 1.0, 2.0, 4.0}


def test_the_interval_holds_the_truth_where_drawing_rows_would_not():
    held = {"both": 0, "rows": 0}
    for seed in range(100):
        customer, days, values = rows(600, seed)
        low, high = intervals(values[:, None], Cells.of(customer, days), draws=300)[0]
        held["both"] += low <= 0 <= high
        half = 1.96 * values.std() / np.sqrt(len(values))
        held["rows"] += abs(values.mean()) <= half
    assert held["both"] >= 90
    assert held["rows"] <= 50


def test_a_constant_difference_is_sure_and_columns_share_their_draws():
    customer, days, values = rows(300, 1)
    found = intervals(
        np.column_stack([np.full(300, 2.0), values, values + 1]), Cells.of(customer, days)
    )
    assert found[0] == pytest.approx([2.0, 2.0])
    assert found[2] == pytest.approx(found[1] + 1)


def test_a_stricter_level_is_a_wider_interval_beyond_what_draws_can_tell():
    customer, days, values = rows(300, 6)
    cells = Cells.of(customer, days)
    levels = [0.9, 0.95, 0.99] + [1 - 0.05 / tries for tries in (10, 40, 100, 1_000, 100_000)]
    spans = np.array([intervals(values[:, None], cells, level=level)[0] for level in levels])
    assert (np.diff(spans[:, 0]) < 0).all()
    assert (np.diff(spans[:, 1]) > 0).all()


def test_order_blocks_and_codes_change_nothing_and_the_seed_does(monkeypatch):
    customer, days, values = rows(300, 2)
    one = intervals(values[:, None], Cells.of(customer, days))
    turned = np.random.default_rng(0).permutation(300)
    other = intervals(values[turned, None], Cells.of(customer[turned] * 10 + 3, days[turned]))
    assert other == pytest.approx(one)
    assert intervals(values[:, None], Cells.of(customer, days), seed=1) != pytest.approx(one)
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", 1)
    assert intervals(values[:, None], Cells.of(customer, days)) == pytest.approx(one)


def test_a_row_of_weight_two_is_two_rows():
    customer, days, values = rows(200, 3)
    weights = np.where(np.arange(200) < 50, 2.0, 1.0)
    twice = np.concatenate([np.arange(200), np.arange(50)])
    one = intervals(values[:, None], Cells.of(customer, days), weights=weights)
    other = intervals(values[twice, None], Cells.of(customer[twice], days[twice]))
    assert one == pytest.approx(other)


def test_with_one_week_only_customers_vary_and_without_rows_there_is_nothing():
    customer, days, values = rows(300, 4, weeks=1)
    low, high = intervals(values[:, None], Cells.of(customer, days))[0]
    assert low < values.mean() < high
    none = np.zeros(0, dtype=np.int64)
    assert np.isnan(intervals(np.zeros((0, 2)), Cells.of(none, none))).all()
