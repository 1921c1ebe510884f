"""What a model says before any exp or log: the same bits on whatever machine reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Floats
from payrisk.scoring.trees.asking import ask_trees


def raw_scores(boosters: Sequence[Any], matrix: npt.NDArray[Any]) -> Floats:
    """(n, boosters) raw scores of LightGBM boosters for the rows of a matrix."""
    scores = np.empty((len(matrix), len(boosters)))
    for column, booster in enumerate(boosters):
        scores[:, column] = ask_trees(booster, matrix)
    return scores


def digests(matrix: npt.NDArray[Any]) -> list[str]:
    """Per row 16 hex digits that stand for its bits; one NaN is as another."""
    plain = np.where(np.isnan(matrix), np.array(np.nan, matrix.dtype), matrix)
    little = np.ascontiguousarray(plain, dtype=matrix.dtype.newbyteorder("<"))
    return [hashlib.sha256(row.tobytes()).hexdigest()[:16] for row in little]


# A logarithm may differ in its last bit from one processor to the next, so a linear model, which
# reads squeezed values, has no raw score: the probabilities hold it to its word.


class TreeModel(Protocol):
    """A model of which trees are a part, such as `DefaultModel`."""

    def fitted_log_odds(self, rows: pd.DataFrame) -> Mapping[str, Floats]:
        """What its learned parts say alone, by `boosting` and `linear`."""
        ...


def raw_tree_scores(model: TreeModel, rows: pd.DataFrame) -> list[list[float]]:
    """Per flat row the raw score of the trees; nothing where none were fitted."""
    scores = model.fitted_log_odds(rows).get("boosting") if len(rows) else None
    return (
        [[] for _ in range(len(rows))]
        if scores is None
        else [[score] for score in scores.tolist()]
    )
