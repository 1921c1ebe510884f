"""Sums and products have one order; whatever has none is found where it is written."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from payrisk.arrays import (
    matrix_product,
    prefix_row_sums,
    row_sums,
    solve_positive_definite,
    weighted_sums,
)

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("src", "models", "pipelines", "api")
BLAS = {
    "dot", "vdot", "inner", "matmul", "vecdot", "matvec", "vecmat", "tensordot", "einsum",
    "einsum_path", "linalg", "convolve", "cov", "corrcoef", "polyfit", "lstsq",
    "multivariate_normal", "minimize", "LogisticRegression", "LinearRegression", "Ridge",
}  # fmt: skip
"""Names of NumPy, SciPy and scikit-learn under which BLAS adds up."""
REASONED = {
    # a sparse matrix, which no BLAS multiplies, of whole counts, which any order adds alike
    "src/payrisk/monitoring/drift.py",
    # scikit-learn's own regression: the baseline that a recipe is judged beside, never served
    "src/payrisk/learning/new_customer/scorecards.py",
}


def products(source):
    """(line, what) of every product that BLAS may make."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            yield node.lineno, "@"
        elif isinstance(node, ast.Attribute) and node.attr in BLAS:
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            named = {part for alias in node.names for part in alias.name.split(".")}
            for name in sorted((named | set((node.module or "").split("."))) & BLAS):
                yield node.lineno, name


def test_no_product_is_left_to_blas():
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if any(products(path.read_text(encoding="utf-8")))
    }
    assert found == REASONED, "see payrisk.arrays"


@pytest.mark.parametrize(
    "source",
    [
        "a @ b",
        "a @= b",
        "np.dot(a, b)",
        "a.T.dot(b)",
        "np.einsum('ij,j->i', a, b)",
        "np.linalg.solve(a, b)",
        "from numpy.linalg import inv",
        "from numpy import tensordot",
        "from scipy.optimize import minimize",
    ],
)
def test_a_product_is_found_however_it_is_written(source):
    assert len(list(products(source))) == 1


SHAPES = [(1, 1), (1, 40), (7, 1), (7, 3), (64, 8), (64, 26), (130, 129), (65, 400)]


def laid_out(n, k):
    """The same numbers by row, by column, and as every second column of a wider table."""
    values = np.random.default_rng(n * 1000 + k).normal(size=(n, k)) * 1e3
    wide = np.zeros((n, 2 * k))
    wide[:, ::2] = values
    return values, np.asfortranarray(values), wide[:, ::2]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_is_added_alike_alone_and_among_others_however_it_lies(shape):
    weights = np.random.default_rng(1).normal(size=shape[1])
    right = np.random.default_rng(2).normal(size=(shape[1], 5))
    ways = (
        row_sums,
        lambda values: weighted_sums(values, weights),
        lambda values: matrix_product(values, right),
    )
    for way in ways:
        by_row, *others = laid_out(*shape)
        every = way(by_row)
        for values in (by_row, *others):
            assert np.array_equal(way(values), every)
            for size in (1, 7, 64):
                for at in range(0, shape[0], size):
                    assert np.array_equal(way(values[at : at + size]), every[at : at + size])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_is_added_alike_among_longer_ones(shape):
    values, *_ = laid_out(*shape)
    longer = np.column_stack([values, np.full((shape[0], 150), 7.0)])
    lengths = np.where(np.arange(shape[0]) % 3 == 0, shape[1] + 150, shape[1])
    expected = np.where(lengths > shape[1], row_sums(longer), row_sums(values))
    assert np.array_equal(prefix_row_sums(lengths, longer), expected)
    for at in range(shape[0]):
        alone = prefix_row_sums(lengths[at : at + 1], longer[at : at + 1, : lengths[at]])
        assert np.array_equal(alone, expected[at : at + 1])


def test_they_are_the_sums_and_products_that_they_say():
    values, *_ = laid_out(30, 40)
    weights, right = values[0], np.triu(np.tril(laid_out(40, 20)[0], 3), -3)
    assert row_sums(values) == pytest.approx(values.sum(axis=1))
    assert prefix_row_sums(np.full(30, 40), values) == pytest.approx(values.sum(axis=1))
    assert weighted_sums(values, weights) == pytest.approx(values @ weights)
    assert matrix_product(values, right) == pytest.approx(values @ right)
    assert matrix_product(values, np.zeros((40, 3))).tolist() == [[0.0] * 3] * 30
    square = values[:, :20].T @ values[:, :20] + np.eye(20)
    assert square @ solve_positive_definite(square, weights[:20]) == pytest.approx(weights[:20])


@pytest.mark.parametrize(
    "shape", [(1, 40, 1), (2, 40, 1), (1, 15, 15), (90, 15, 15), (400, 20, 20)]
)
def test_a_product_adds_its_terms_one_after_another_however_large_it_is(shape):
    n, k, m = shape
    rng = np.random.default_rng(7)
    left, right = rng.normal(size=(n, k)), rng.normal(size=(k, m))
    right[rng.random(right.shape) < 0.3] = 0.0
    expected = np.zeros((n, m))
    for term in range(k):
        expected = expected + left[:, term, None] * right[term]
    assert matrix_product(left, right).tobytes() == expected.tobytes()
