"""Contributions from path tables are LightGBM's own, whatever the model and the rows."""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.scoring.trees import path_tables
from payrisk.scoring.trees.splits import Forest

models = st.fixed_dictionaries({
    "num_leaves": st.sampled_from([2, 3, 7, 31, 63]),
    "min_data_in_leaf": st.sampled_from([1, 5, 20]),
    "path_smooth": st.sampled_from([0.0, 10.0]),
    "bagging_fraction": st.sampled_from([0.5, 1.0]),
    "use_missing": st.booleans(),
    "zero_as_missing": st.booleans(),
    "max_bin": st.sampled_from([7, 127]),
    "objective": st.sampled_from(["binary", "regression"]),
    "seed": st.integers(0, 1000),
})  # fmt: skip


def rows_of(seed, n=400, width=9):
    """Rows with ties, zeros, missing values and numbers next to nothing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, width)).astype(np.float32)
    values[:, ::3] = values[:, ::3].round()
    values[:, 1] = np.where(rng.random(n) < 0.3, 1e-36, values[:, 1])
    values[rng.random(values.shape) < 0.1] = np.nan
    return values


def trained(parameters, rounds=6):
    """A booster of some rounds on made-up rows."""
    seed = parameters.get("seed", 0)
    values = rows_of(seed)
    known = np.nan_to_num(values)
    says = known[:, 0] + known[:, 1] * known[:, 2] - known[:, 4] > 0
    own = {"verbose": -1, "num_threads": 1, "bagging_freq": 1, **parameters}
    return lightgbm.train(own, lightgbm.Dataset(values, says.astype(float)), rounds)


def tables_of(booster, wanted=None):
    path_tables.path_tables.cache_clear()
    tables = path_tables.path_tables(booster.model_to_string(), wanted)
    assert tables is not None
    return tables


@given(models, st.integers(0, 1000))
def test_every_contribution_is_lightgbms_own(parameters, seed):
    booster = trained(parameters)
    asked = np.vstack([rows_of(seed, n=40), np.full((1, 9), np.nan), np.zeros((1, 9))])
    tables = tables_of(booster)
    theirs = booster.predict(asked, pred_contrib=True, num_threads=1)
    parts = tables.contributions(asked)
    assert np.abs(parts - theirs[:, :-1]).max() < 1e-9
    assert tables.base == pytest.approx(theirs[0, -1], abs=1e-9)
    # and so they add up to what the trees say
    raw = booster.predict(asked, raw_score=True, num_threads=1)
    assert np.abs(parts.sum(axis=1) + tables.base - raw).max() < 1e-9


def test_a_tree_of_two_inputs_is_split_as_shapley_splits_it_by_hand():
    booster = trained({"num_leaves": 3, "objective": "regression", "min_data_in_leaf": 30}, 1)
    forest = Forest.of_text(booster.model_to_string())
    row = rows_of(5, n=1)
    right = forest.splits.goes_right(row)[:, 0]
    inputs = sorted(set(forest.splits.feature.tolist()))

    def worth(known):
        """What the tree says of the row where some inputs are known, else by training shares."""
        total = 0.0
        for path in forest.paths:
            share = 1.0
            for split, is_left, cover in path.steps:
                is_known = forest.splits.feature[split] in known
                share *= float(right[split] != is_left) if is_known else cover
            total += share * path.score
        return total

    parts = tables_of(booster).contributions(row)[0]
    for column in inputs:
        rest = [name for name in inputs if name != column]
        value = 0.0
        for size in range(len(rest) + 1):
            weight = 1.0 / (len(inputs) * math.comb(len(rest), size))
            for known in itertools.combinations(rest, size):
                value += weight * (worth({*known, column}) - worth(known))
        assert parts[column] == pytest.approx(value, abs=1e-12)
    assert len(inputs) > 1


def test_a_row_is_split_alone_as_among_others_whatever_was_asked_before(monkeypatch):
    booster, asked = trained({"num_leaves": 31}), rows_of(7, n=600)
    among = tables_of(booster).contributions(asked)
    tables = tables_of(booster)
    alone = np.vstack([tables.contributions(asked[[row]]) for row in range(50)])
    assert alone.tobytes() == among[:50].tobytes()
    monkeypatch.setattr(path_tables, "MOST_KEPT", 100)  # it forgets again and again
    assert tables.contributions(asked).tobytes() == among.tobytes()


def test_only_the_wanted_columns_are_filled():
    booster, asked = trained({"num_leaves": 15}), rows_of(3, n=20)
    wanted = np.arange(9) % 2 == 0
    some = tables_of(booster, tuple(wanted)).contributions(asked)
    assert not some[:, ~wanted].any()
    assert np.abs(some - tables_of(booster).contributions(asked))[:, wanted].max() < 1e-12


def test_threads_that_ask_at_once_get_the_same():
    booster, asked = trained({"num_leaves": 63}), rows_of(11, n=400)
    expected = tables_of(booster).contributions(asked)
    tables = tables_of(booster)
    blocks = [asked[begin : begin + 20] for begin in range(0, 400, 20)]
    with ThreadPoolExecutor(8) as pool:
        parts = np.vstack(list(pool.map(tables.contributions, blocks)))
    assert parts.tobytes() == expected.tobytes()


def test_what_tables_do_not_read_is_left_to_lightgbm():
    values = rows_of(1)
    values[:, 0] = np.abs(values[:, 0].round())
    says = np.nan_to_num(values[:, 0]) % 2
    data = lightgbm.Dataset(values, says, categorical_feature=[0])
    own = {"verbose": -1, "num_threads": 1, "min_data_per_group": 1, "cat_smooth": 0.0}
    booster = lightgbm.train(own, data, 3)
    assert "num_cat=1" in booster.model_to_string()
    assert Forest.of_text(booster.model_to_string()) is None
    linear = lightgbm.train(own | {"linear_tree": True}, lightgbm.Dataset(values[:, 1:], says), 2)
    assert Forest.of_text(linear.model_to_string()) is None
    averaged = trained({"boosting": "rf", "bagging_fraction": 0.5, "objective": "binary"})
    assert Forest.of_text(averaged.model_to_string()) is None


def test_trees_without_a_split_add_nothing():
    values = rows_of(2)
    own = {"verbose": -1, "num_threads": 1, "objective": "binary"}
    booster = lightgbm.train(own, lightgbm.Dataset(values, np.ones(len(values))), 3)
    tables = tables_of(booster)
    assert not tables.contributions(values).any()
    theirs = booster.predict(values[:1], pred_contrib=True, num_threads=1)
    assert tables.base == pytest.approx(theirs[0, -1])
