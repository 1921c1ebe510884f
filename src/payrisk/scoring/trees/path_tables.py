"""What each input adds to the raw score of trees: exact Shapley values, from tables of leaf paths.

TreeSHAP (Lundberg 2020) splits a tree's score by the path-dependent game: with the inputs S known,
a leaf counts by 1 or 0 for each input of its path in S that holds or fails there, and by the share
of the training rows that went that way for each other. So a leaf of score v is a product game, and
the Shapley value of its input i is an integral (Owen 1972),

    φᵢ = v (oᵢ − zᵢ) ∫₀¹ Πⱼ≠ᵢ (zⱼ + t (oⱼ − zⱼ)) dt,

where oⱼ says whether the row holds to the path at input j and zⱼ is the share that did in
training. The integrand is a polynomial in t of degree k − 1 for k inputs: Gauss and Legendre's
rule of ⌈k/2⌉ points is exact, whatever the depth. φ hangs on the row by the k bits of o alone, so
each pattern of bits of each leaf is worked out once, and rows look theirs up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from payrisk.arrays import Flags, Floats, Ints
from payrisk.scoring.trees.splits import Forest

MOST_INPUTS = 16
"""Different inputs on a path at most: a leaf has a place for each pattern of its inputs."""
MOST_PLACES = 1 << 24
"""Places of all leaves together at most; each takes four bytes."""
MOST_KEPT = 1 << 22
"""Numbers of worked-out patterns that are kept; with more it begins anew."""
TABLES_KEPT = 2
"""Models whose tables are held: what a champion of before had worked out goes."""
CHUNK, LEAVES, BLOCK = 256, 1024, 1024
"""Rows and leaves looked up together, and patterns worked out together: what a processor keeps."""

Places = npt.NDArray[np.int32]
Patterns = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class LeafInputs:
    """The inputs that leaves' paths read, a leaf a row, leaves of long paths first.

    Leaves that read no wanted input are left out; of the others the wanted inputs come first.
    n, n_wanted: (leaves,) different inputs, and how many of them are wanted. feature: (leaves,
    most) their columns. share: (leaves, most) of the training rows that held to the path there,
    1 past `n`. score: (leaves,) at the leaf.
    condition: (depth, leaves) which condition each step asks: a split's number where the row must
    go left, plus the number of splits where it must go right. bit: (depth, leaves) the input's
    place in the pattern. n_at: (depth,) how many leaves lie deeper.
    """

    n: Ints
    n_wanted: Ints
    feature: Ints
    share: Floats
    score: Floats
    condition: Ints
    bit: Patterns
    n_at: Ints

    @classmethod
    def of(cls, forest: Forest, is_wanted: Flags) -> LeafInputs:
        """Those of a model's trees. is_wanted: (features,)."""
        columns, wanted = forest.splits.feature.tolist(), set(np.flatnonzero(is_wanted).tolist())
        read = [(path, {columns[step.split] for step in path.steps}) for path in forest.paths]
        paths = [path for path, inputs in read if inputs & wanted]
        paths.sort(key=lambda path: -len(path.steps))
        shape = (max((len(path.steps) for path in paths), default=0), len(paths))
        condition, bit = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.uint16)
        shares: list[dict[int, float]] = []
        for leaf, path in enumerate(paths):
            share: dict[int, float] = {}
            for split, _, cover in path.steps:
                share[columns[split]] = share.get(columns[split], 1.0) * cover
            inputs = sorted(share, key=lambda column: column not in wanted)
            place = {column: nth for nth, column in enumerate(inputs)}
            for step, (split, is_left, _) in enumerate(path.steps):
                condition[step, leaf] = split + (0 if is_left else len(columns))
                bit[step, leaf] = place[columns[split]]
            shares.append({column: share[column] for column in inputs})
        n = np.array([len(share) for share in shares], dtype=np.int64)
        feature = np.zeros((len(paths), int(n.max(initial=0))), dtype=np.int64)
        held = np.ones(feature.shape)
        for leaf, share in enumerate(shares):
            feature[leaf, : len(share)] = list(share)
            held[leaf, : len(share)] = list(share.values())
        n_wanted = np.array([len(wanted.intersection(share)) for share in shares], dtype=np.int64)
        lengths = np.array([len(path.steps) for path in paths], dtype=np.int64)
        n_at = np.array([int((lengths > step).sum()) for step in range(shape[0])], dtype=np.int64)
        score = np.array([path.score for path in paths])
        return cls(n, n_wanted, feature, held, score, condition, bit, n_at)

    def patterns(self, goes_right: Flags) -> Patterns:
        """(leaves, k) for each leaf and row the inputs that fail its path, a bit each."""
        fails = np.concatenate([goes_right, ~goes_right]).astype(np.uint16)
        patterns = np.zeros((len(self.n), goes_right.shape[1]), dtype=np.uint16)
        steps = np.empty_like(patterns)
        for condition, bit, n in zip(self.condition, self.bit, self.n_at, strict=True):
            step = fails.take(condition[:n], axis=0, out=steps[:n], mode="clip")
            step <<= bit[:n, None]
            patterns[:n] |= step
        return patterns

    def values(self, leaf: Ints, pattern: Ints) -> Floats:
        """The Shapley values of (m,) leaves at patterns of theirs, one after another.

        Of each leaf those of its wanted inputs.
        """
        sizes, n_wanted = self.n[leaf], self.n_wanted[leaf]
        starts = np.cumsum(n_wanted) - n_wanted
        values = np.empty(int(n_wanted.sum()))
        for n in np.unique(sizes).tolist():
            inputs = np.arange(n)[:, None]
            of_size = np.flatnonzero(sizes == n)
            for begin in range(0, len(of_size), BLOCK):
                at = of_size[begin : begin + BLOCK]
                fails = (pattern[at] >> inputs & 1).astype(np.bool_)
                share = np.ascontiguousarray(self.share[leaf[at], :n].T)
                parts = _shapley_values(share, self.score[leaf[at]], fails)
                is_kept = inputs < n_wanted[at]
                values[(starts[at] + inputs)[is_kept]] = parts[is_kept]
        return values


def _shapley_values(share: Floats, score: Floats, fails: Flags) -> Floats:
    """(n, m) Shapley values of m leaves that read n inputs each. share, fails: (n, m)."""
    points, weights = np.polynomial.legendre.leggauss((len(share) + 1) // 2)
    change = ~fails - share
    factors = share[:, None] + change[:, None] * ((points + 1.0) / 2.0)[:, None]
    whole = np.multiply.reduce(factors, axis=0) * (weights / 2.0)[:, None]
    # a leaf no training row came to: its share is 0, and so is all it adds
    factors[factors == 0.0] = 1.0
    np.divide(whole, factors, out=factors)
    return np.asarray(score * change * np.add.reduce(factors, axis=1))


class PathTables:
    """The exact contributions of a forest's inputs, each pattern of a leaf worked out once.

    A pattern's values are the same whenever and beside whatever they are worked out, so what was
    asked before changes no answer, only how long it takes.
    """

    def __init__(self, forest: Forest, leaves: LeafInputs) -> None:
        """Work nothing out yet. Use `path_tables`."""
        self._splits, self._leaves = forest.splits, leaves
        self.n_features, self.base = forest.n_features, forest.base
        sizes = np.left_shift(1, leaves.n)
        self._starts = (np.cumsum(sizes) - sizes).astype(np.int32)
        self._lock = threading.Lock()
        self._at = np.full(int(sizes.sum()), -1, dtype=np.int32)
        self._values, self._n_values = np.empty(0), 0
        self._slots = list(_column_slots(leaves))

    def contributions(self, values: npt.NDArray[Any]) -> Floats:
        """(k, features) what each input adds to the raw score of k rows, less its mean `base`.

        values: (k, features). Inputs that are not wanted have 0.
        """
        parts = np.zeros((self.n_features, len(values)))
        for begin in range(0, len(values), CHUNK):
            rows = slice(begin, min(begin + CHUNK, len(values)))
            patterns = self._leaves.patterns(self._splits.goes_right(values[rows]))
            at, numbers = self._looked_up(patterns)
            for slots in self._slots:
                places = at.take(slots.leaf, axis=0)
                places += slots.place
                parts[slots.column, rows] += _column_sums(numbers.take(places, mode="clip"))
        return np.ascontiguousarray(parts.T)

    def _looked_up(self, patterns: Patterns) -> tuple[Places, Floats]:
        """(leaves, k) where the values of each leaf begin, among the numbers beside."""
        places = np.add(patterns, self._starts[:, None], dtype=np.int32)
        with self._lock:
            if self._n_values > MOST_KEPT:  # whoever reads the old ones keeps them
                self._at[:], self._n_values, self._values = -1, 0, np.empty(0)
            at = self._at.take(places, mode="clip")
            is_new = at < 0
            if is_new.any():
                self._work_out(np.unique(places[is_new]))
                at = self._at.take(places)
            return at, self._values

    def _work_out(self, places: Places) -> None:
        """Work out the values of patterns that nobody asked for before, by their places."""
        leaf = np.searchsorted(self._starts, places, side="right") - 1
        numbers = self._leaves.values(leaf, places - self._starts[leaf])
        begin, end = self._n_values, self._n_values + len(numbers)
        if end > len(self._values):
            grown = np.empty(2 * end)
            grown[:begin] = self._values[:begin]
            self._values = grown
        self._values[begin:end] = numbers
        sizes = self._leaves.n_wanted[leaf]
        self._at[places] = begin + np.cumsum(sizes) - sizes
        self._n_values = end


@lru_cache(maxsize=TABLES_KEPT)
def path_tables(text: str, is_asked: tuple[bool, ...] | None = None) -> PathTables | None:
    """The tables of LightGBM's model text; None where LightGBM itself is to be asked.

    is_asked: which of its inputs are asked for; None: every one.
    """
    forest = Forest.of_text(text)
    if forest is None:
        return None
    every = np.ones(forest.n_features, dtype=np.bool_)
    leaves = LeafInputs.of(
        forest, every if is_asked is None else np.array(is_asked, dtype=np.bool_)
    )
    n_places = int(np.left_shift(1, leaves.n).sum())
    if int(leaves.n.max(initial=0)) > MOST_INPUTS or n_places > MOST_PLACES:
        return None
    return PathTables(forest, leaves)


class _ColumnSlots(NamedTuple):
    """Inputs of some leaves that read one column: (m,) the leaf, (m, 1) its place there."""

    column: int
    leaf: Ints
    place: Places


def _column_slots(leaves: LeafInputs) -> Iterator[_ColumnSlots]:
    """The wanted inputs of all leaves, some leaves at a time and column by column."""
    inputs = np.arange(leaves.feature.shape[1])
    for begin in range(0, len(leaves.n), LEAVES):
        here = slice(begin, begin + LEAVES)
        leaf, place = np.nonzero(inputs < leaves.n_wanted[here, None])
        columns = leaves.feature[here][leaf, place]
        for column in np.unique(columns).tolist():
            at = np.flatnonzero(columns == column)
            yield _ColumnSlots(column, leaf[at] + begin, place[at, None].astype(np.int32))


def _column_sums(parts: Floats) -> Floats:
    """(k,) sums over (m, k), added in the order of m however many k there are."""
    if parts.shape[1] == 1:  # a column alone would be added in pairs
        return np.asarray(np.add.reduce(np.repeat(parts, 2, axis=1), axis=0)[:1])
    return np.asarray(np.add.reduce(parts, axis=0))
