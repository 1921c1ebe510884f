"""The splits and leaves of a LightGBM model, read from its text, and which way rows go at each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from payrisk.arrays import Flags, Floats, Ints

IS_CATEGORY, IS_DEFAULT_LEFT = 1, 2
"""Bits of LightGBM's decision_type; the two above them tell which values count as missing."""
NONE_MISSING, ZERO_MISSING, NAN_MISSING = 0, 1, 2
ZERO = 1e-35
"""LightGBM's kZeroThreshold: what is no further from 0 counts as 0, where 0 counts as missing."""


class LeafStep(NamedTuple):
    """A step of the way from a root to a leaf.

    cover: of the training rows at the split, the share that went this way.
    """

    split: int
    is_left: bool
    cover: float


class LeafPath(NamedTuple):
    """The way from a root to a leaf, and the raw score there."""

    steps: tuple[LeafStep, ...]
    score: float


@dataclass(frozen=True)
class Splits:
    """Every split of every tree, in the order of the inputs they read.

    feature: (n,) column read. threshold: (n,); up to it a value goes left. default_left: (n,)
    which way what is missing goes. missing: (n,) what counts as missing: nothing (NaN is 0 then),
    0 and NaN, or NaN alone.
    """

    feature: Ints
    threshold: Floats
    default_left: Flags
    missing: Ints

    def __len__(self) -> int:
        """How many."""
        return len(self.feature)

    def goes_right(self, values: npt.NDArray[Any]) -> Flags:
        """(n, k) whether each of k rows goes right at each split, as LightGBM decides."""
        right = np.empty((len(self), len(values)), dtype=np.bool_)
        starts = np.flatnonzero(np.diff(self.feature, prepend=-1)).tolist()
        for begin, end in itertools.pairwise([*starts, len(self)]):
            column = np.ascontiguousarray(values[:, self.feature[begin]], dtype=np.float64)
            here = slice(begin, end)
            np.greater(column, self.threshold[here, None], out=right[here])
            self._send_missing(right, here, column)
        return right

    def _send_missing(self, right: Flags, here: slice, column: Floats) -> None:
        """Correct the way of what is missing at some splits that read one column."""
        is_nan = np.isnan(column)
        kinds, to_right = self.missing[here], ~self.default_left[here]
        if is_nan.any():
            by_default = np.where(kinds == NONE_MISSING, self.threshold[here] < 0.0, to_right)
            right[here, is_nan] = by_default[:, None]
        if (kinds == ZERO_MISSING).any():
            at = np.flatnonzero(kinds == ZERO_MISSING)
            is_zero = np.abs(column) <= ZERO
            right[np.ix_(at + here.start, is_zero)] = to_right[at, None]


@dataclass(frozen=True)
class Forest:
    """The trees of a model: their splits, the ways to their leaves, and the mean raw score."""

    splits: Splits
    paths: tuple[LeafPath, ...]
    n_features: int
    base: float

    @classmethod
    def of_text(cls, text: str) -> Forest | None:
        """The trees of LightGBM's model text.

        None where it holds what is not read here: categories, linear leaves, several classes, or
        trees that are averaged.
        """
        head, *parts = text.partition("\nend of trees")[0].split("\nTree=")
        about = _fields(head)
        trees = [_fields(part) for part in parts]
        is_read = about.get("num_tree_per_iteration") == "1" and "average_output" not in head
        if not is_read or any(_is_odd(tree) for tree in trees):
            return None
        columns = [_split_columns(tree) for tree in trees]
        joined = [np.concatenate(each) for each in zip(*columns, strict=True)] if columns else []
        if not joined:
            joined = [np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)]
        feature, threshold, kind = joined
        order = np.argsort(feature, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        splits = Splits(
            feature[order],
            threshold[order],
            (kind[order] & IS_DEFAULT_LEFT) != 0,
            kind[order] >> 2 & 3,
        )
        paths: list[LeafPath] = []
        base, first = 0.0, 0
        for tree in trees:
            own = list(_leaf_paths(tree, place[first:]))
            paths += [path for path in own if path.steps]
            base += sum(path.score * _reach(path) for path in own)
            first += int(tree["num_leaves"]) - 1
        return cls(splits, tuple(paths), int(about["max_feature_idx"]) + 1, base)


def _reach(path: LeafPath) -> float:
    """Of all training rows, the share that came to the leaf."""
    share = 1.0
    for step in path.steps:
        share *= step.cover
    return share


def _fields(part: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in part.splitlines())
    return {name: value for name, sign, value in pairs if sign}


def _is_odd(tree: dict[str, str]) -> bool:
    return tree.get("num_cat") != "0" or tree.get("is_linear", "0") != "0"


def _split_columns(tree: dict[str, str]) -> tuple[Ints, Floats, Ints]:
    names = ("split_feature", "threshold", "decision_type")
    feature, threshold, kind = (tree.get(name, "").split() for name in names)
    return (
        np.array(feature, dtype=np.int64),
        np.array(threshold, dtype=np.float64),
        np.array(kind, dtype=np.int64),
    )


def _leaf_paths(tree: dict[str, str], place: Ints) -> Iterator[LeafPath]:
    """The ways to the leaves of one tree. place: (at least its splits,) of each among all."""
    scores = [float(score) for score in tree["leaf_value"].split()]
    if len(scores) == 1:
        yield LeafPath((), scores[0])
        return
    inside, at_leaf = (
        [int(float(count)) for count in tree[name].split()]
        for name in ("internal_count", "leaf_count")
    )
    children = [
        [int(child) for child in tree[name].split()] for name in ("left_child", "right_child")
    ]
    waiting: list[tuple[int, tuple[LeafStep, ...]]] = [(0, ())]
    while waiting:
        split, steps = waiting.pop()
        for is_left, side in zip((True, False), children, strict=True):
            child = side[split]  # a leaf is told as the complement of its number
            count = inside[child] if child >= 0 else at_leaf[~child]
            way = (*steps, LeafStep(int(place[split]), is_left, count / inside[split]))
            if child >= 0:
                waiting.append((child, way))
            else:
                yield LeafPath(way, scores[~child])
