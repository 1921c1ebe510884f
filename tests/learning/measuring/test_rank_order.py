from __future__ import annotations

import numpy as np
import pytest

from payrisk.learning.measuring.bootstrap_risk import paired_risk
from payrisk.learning.measuring.rank_order import rank_order
from payrisk.learning.measuring.risk_metrics import ece, ks, risk_metrics

P = np.array([0.9, 0.8, 0.7, 0.4, 0.3, 0.1])
BAD = np.array([True, True, False, True, False, False])


def test_bands_by_hand():
    found = rank_order(P, BAD, bands=3, loss_given_default=0.5)
    assert found["n"].tolist() == [2, 2, 2]
    assert found["n_bad"].tolist() == [2, 1, 0]
    assert found["bad_rate"].tolist() == [1.0, 0.5, 0.0]
    assert found["expected_loss"].tolist() == pytest.approx([0.85, 0.55, 0.2])
    assert found["captured"].tolist() == pytest.approx([2 / 3, 1.0, 1.0])
    assert found["is_in_order"].all()
    assert not rank_order(1 - P, BAD, bands=3)["is_in_order"].all()


def test_metrics_by_hand():
    found = risk_metrics(P, BAD)
    assert found["auc"] == pytest.approx(8 / 9)
    assert found["gini"] == pytest.approx(7 / 9)
    assert ks(P, BAD) == pytest.approx(2 / 3)
    assert found["level"] == pytest.approx(3 / 3.2)
    assert ece(P, BAD, 2) == pytest.approx((abs(0.8 - 2 / 3) + abs(0.8 / 3 - 1 / 3)) / 2)


def test_the_slope_is_one_for_chances_that_hold_and_half_for_chances_twice_as_sharp():
    rng = np.random.default_rng(0)
    odds = rng.normal(-1, 1.2, 60_000)
    bad = rng.random(60_000) < 1 / (1 + np.exp(-odds))
    assert risk_metrics(1 / (1 + np.exp(-odds)), bad)["slope"] == pytest.approx(1.0, abs=0.03)
    assert risk_metrics(1 / (1 + np.exp(-2 * odds)), bad)["slope"] == pytest.approx(0.5, abs=0.02)


def test_one_class_alone_leaves_what_cannot_be_measured_open():
    found = risk_metrics(P, np.zeros(6, dtype=bool))
    assert np.isnan([found["auc"], found["ks"], found["slope"]]).all()
    assert found["level"] == 0.0


def test_a_model_beside_itself_is_no_better_and_a_better_one_is():
    rng = np.random.default_rng(1)
    odds = rng.normal(-1, 1.5, 3000)
    bad = rng.random(3000) < 1 / (1 + np.exp(-odds))
    good, worse = (1 / (1 + np.exp(-(odds + rng.normal(0, s, 3000)))) for s in (0.1, 2.0))
    same = paired_risk(good, good, bad, draws=200)
    assert same[["better_by", "low", "high"]].abs().to_numpy().max() == 0.0
    found = paired_risk(good, worse, bad, draws=200).set_index("metric")
    assert (found["low"] > 0).all()
    assert (found["low"] <= found["better_by"]).all()
    assert (found["better_by"] <= found["high"]).all()


def test_drawing_groups_gives_wider_intervals_than_drawing_rows():
    rng = np.random.default_rng(2)
    odds = np.repeat(rng.normal(-1, 1.5, 100), 20)
    bad = np.repeat(rng.random(100) < 0.3, 20)
    group = np.repeat(np.array([f"g{at}" for at in range(100)], dtype=object), 20)
    p, q = 1 / (1 + np.exp(-odds)), np.full(2000, 0.3)
    rows, groups = (paired_risk(p, q, bad, g, draws=200).iloc[1] for g in (None, group))
    assert groups["high"] - groups["low"] > 2 * (rows["high"] - rows["low"])
