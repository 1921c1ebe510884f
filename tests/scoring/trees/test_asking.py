"""What trees are asked through LightGBM's library is what its own wrapper says, to the bit."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from payrisk.scoring.trees.asking import ask_trees, mean_raw_score


@pytest.fixture(scope="module")
def booster():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(500, 6))
    says = (values[:, 0] + values[:, 1] ** 2 > 0.5).astype(float)
    own = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 15}
    return lightgbm.train(own, lightgbm.Dataset(values, says), 12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("kind", "words"),
    [("chance", {}), ("raw", {"raw_score": True}), ("contributions", {"pred_contrib": True})],
)
def test_the_bits_are_those_of_the_wrapper(booster, dtype, kind, words):
    rows = np.random.default_rng(5).normal(size=(40, 6)).astype(dtype)
    rows[3, 2] = np.nan
    for some in (rows, rows[:1], rows[::2], np.asfortranarray(rows)):
        theirs = booster.predict(np.ascontiguousarray(some), num_threads=1, **words)
        assert ask_trees(booster, some, kind).tobytes() == theirs.tobytes()
    assert len(ask_trees(booster, rows[:0], kind)) == 0


def test_rows_of_another_width_are_refused_in_lightgbms_words(booster):
    with pytest.raises(ValueError, match="number of features"):
        ask_trees(booster, np.zeros((2, 5)))


def test_the_mean_of_no_boosters_is_nothing(booster):
    rows = np.zeros((2, 6))
    assert mean_raw_score([], rows).tolist() == [0.0, 0.0]
    assert mean_raw_score([booster, booster], rows).tolist() == ask_trees(booster, rows).tolist()
