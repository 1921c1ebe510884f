"""Arrays: their names, and sums of them that are the same on every processor.

The law of bits. Features, raw scores of trees, whole numbers, and every fit that is compared to
the bit are the same on whatever processor works them out. What went through an exponential or a
logarithm is the same to 1e-12 from one processor to the next, and to the bit on one machine
however many rows are asked for together.

A product of BLAS (`@`, `dot`, a contracting `einsum`, all of `linalg`) keeps neither promise: the
order in which it adds is that of the kernel chosen for the processor, for the number of threads
and for the shape. So sums of products are made here: every product is rounded first, and then
they are added in one order that is fixed by their number alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
"""Strings, or None where nothing is said."""
Singles = npt.NDArray[np.float32]
"""Numbers as trees read them."""
Days = Ints
"""Days since 1970-01-01; NEVER of `payrisk.calendar` where there is none."""
Cents = Ints
"""Money in minor units."""
Probabilities = Floats
"""Numbers in [0, 1]."""

AT_ONCE = 32_768
"""Terms of a product made and added in one go: 256 kB, which a processor keeps at hand."""


def row_sums(parts: npt.ArrayLike) -> Floats:
    """(...,) sums over the last axis of (..., k), each row added like a row alone.

    NumPy adds the k numbers of a row in pairs where they lie side by side in memory, and one
    after another where rows do; a single row is both. So they are laid side by side first.

    >>> row_sums([[1.0, 2.0], [3.0, 4.0]]).tolist()
    [3.0, 7.0]
    """
    return np.asarray(np.add.reduce(np.asarray(parts, dtype=np.float64, order="C"), axis=-1))


def weighted_sums(values: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """(...,) sums over the last axis of (..., k) values times weights that fit their shape.

    >>> weighted_sums([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0]).tolist()
    [12.0, 34.0]
    """
    return row_sums(np.multiply(values, weights, order="C"))


def prefix_row_sums(lengths: Ints, parts: Floats) -> Floats:
    """(n,) sums of the first `lengths` numbers of each row of (n, k), added like a row so long.

    k is that of the longest row asked for: to add up all of k would make other pairs of a row's
    own numbers among longer ones.

    >>> prefix_row_sums(np.array([2, 3]), np.array([[1.0, 2.0, 9.0], [3.0, 4.0, 5.0]])).tolist()
    [3.0, 12.0]
    """
    sums = np.zeros(len(parts))
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        sums[rows] = row_sums(parts[rows, :length])
    return sums


def matrix_product(left: Floats, right: Floats) -> Floats:
    """(n, m) matrix product of (n, k) and (k, m): the k terms are added one after another.

    Of each row of `right` only the span from its first to its last number other than 0 is
    added, so that a band of numbers around a diagonal costs little.

    >>> matrix_product(np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [3.0, 4.0]])).tolist()
    [[7.0, 8.0]]
    """
    (n, k), m = left.shape, right.shape[1]
    columns = np.ascontiguousarray(left.T)
    if max(n, m) > 1 and n * k * m <= AT_ONCE:
        # whole lines are added one after another, as below: the longer side lies in the line
        if m >= n:
            return _added(columns[:, :, None] * right[:, None])
        return np.ascontiguousarray(_added(right[:, :, None] * columns[:, None]).T)
    out, filled = np.zeros((m, n)), right != 0.0
    first = filled.argmax(axis=1)
    after = m - filled[:, ::-1].argmax(axis=1)
    for term in np.flatnonzero(filled.any(axis=1)):
        span = slice(first[term], after[term])
        out[span] += right[term, span, None] * columns[term]
    return np.ascontiguousarray(out.T)


def _added(terms: Floats) -> Floats:
    return np.asarray(np.add.reduce(terms, axis=0, initial=0.0))


def solve_positive_definite(matrix: Floats, right: Floats) -> Floats:
    """(k,) x with matrix · x = right, for a symmetric positive definite (k, k) matrix.

    Gauss's elimination, which needs no exchange of rows for such a matrix.

    >>> solve_positive_definite(np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([4.0, 7.0])).tolist()
    [1.0, 2.0]
    """
    rest = np.column_stack([matrix, right])
    size = len(rest)
    for pivot in range(size):
        rest[pivot, pivot:] /= rest[pivot, pivot].copy()
        rest[pivot + 1 :, pivot:] -= rest[pivot + 1 :, pivot, None] * rest[pivot, pivot:]
    x = np.zeros(size)
    for pivot in range(size - 1, -1, -1):
        x[pivot] = rest[pivot, -1] - weighted_sums(rest[pivot, pivot + 1 : size], x[pivot + 1 :])
    return x
