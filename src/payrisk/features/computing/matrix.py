"""The features of many moments as one matrix of 32-bit numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Singles
from payrisk.features.catalogue.all import features
from payrisk.features.catalogue.feature import Feature
from payrisk.features.computing.batch import MomentBatch
from payrisk.features.computing.blocks import split_blocks
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.moments import Moments
from payrisk.features.computing.programs import Program


@dataclass(frozen=True)
class Matrix:
    """(features, moments) float32, NaN where nothing is known; `names` are the features'."""

    names: tuple[str, ...]
    values: Singles

    def __len__(self) -> int:
        return int(self.values.shape[1])

    def column(self, name: str) -> Singles:
        """(moments,) one feature; raises ValueError for a name the matrix does not have."""
        return np.asarray(self.values[self.names.index(name)])

    def frame(self) -> pd.DataFrame:
        """One row a moment, one column a feature, in order."""
        return pd.DataFrame(self.values.T, columns=list(self.names), copy=False)


def build(
    streams: LedgerStreams, moments: Moments | MomentBatch, names: Sequence[str] | None = None
) -> Matrix:
    """The named features (all where None) of each moment, in the moments' order.

    Raises InputError for a name that is not in the catalogue.
    """
    columns = features(names)
    values = np.empty((len(columns), len(moments)), dtype=np.float32)
    fill_features(values, streams, moments, columns)
    return Matrix(tuple(feature.name for feature in columns), values)


def fill_features(
    values: Singles,
    streams: LedgerStreams,
    moments: Moments | MomentBatch,
    columns: Sequence[Feature],
) -> None:
    """Write the features of the moments into a block that was made before."""
    program = Program.of([f.term for f in columns if f.term is not None])
    batch = moments if isinstance(moments, MomentBatch) else MomentBatch.of(streams, moments)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for block in split_blocks(batch):
            order = block.order

            def take(feature: int, numbers: Any, order: Any = order) -> None:
                values[feature, order] = numbers

            program.run(block, take)
