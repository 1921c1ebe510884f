"""What boosters and lines of applicants are fitted on, and how the boosters grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from payrisk.arrays import Flags, Floats
from payrisk.learning.fit_logistic import fit_linear
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.scoring.logistic import LogisticModel
from payrisk.scoring.new_customer.encoding import InputEncoder

TURNED_GAIN_WEIGHT = 0.7
"""What the gain of an input that turned counts for."""


@dataclass(frozen=True)
class Setting:
    """How the trees grow. least: bad ones of training from which on it is tried."""

    name: str
    rounds: int
    parameters: Mapping[str, float]
    least: int = 0
    most: int = 10**9


SETTINGS = (
    Setting(
        "few",
        60,
        {"learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 10, "lambda_l2": 10.0},
        most=150,
    ),
    Setting(
        "small",
        150,
        {"learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 40, "lambda_l2": 5.0},
    ),
    Setting(
        "long",
        400,
        {"learning_rate": 0.05, "num_leaves": 7, "min_data_in_leaf": 20, "lambda_l2": 5.0},
        least=100,
    ),
)
"""`small` is the recipe of the reference; `few` is for little data, `long` for sharp ratios."""
SHARED: Mapping[str, Any] = {
    "objective": "binary",
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.6,
    "max_bin": 255,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class TrainingMatrix:
    """What a booster or a line is fitted on: (n, width) encoded rows, their table and encoding.

    drawn_in: inputs that pointed the other way in a later year: their gain counts for
    TURNED_GAIN_WEIGHT.
    """

    matrix: Floats
    table: ApplicationTable
    encoding: InputEncoder
    drawn_in: tuple[str, ...] = ()

    @property
    def gain_weights(self) -> Floats:
        """(width,) what each column's gain counts for."""
        names = [self.encoding.inputs[place].name for place in self.encoding.input_of_column]
        return np.array([TURNED_GAIN_WEIGHT if name in self.drawn_in else 1.0 for name in names])

    def take(self, rows: Flags) -> TrainingMatrix:
        """Some of the rows."""
        return replace(self, matrix=self.matrix[rows], table=self.table.take(np.flatnonzero(rows)))

    def fit_booster(self, setting: Setting, seed: int) -> Any:
        """The booster of a setting."""
        import lightgbm

        directions, bad = self.encoding.directions, self.table.bad
        parameters = {**SHARED, **setting.parameters, "seed": seed}
        if any(directions):
            parameters |= {"monotone_constraints": list(directions)}
        if self.drawn_in:
            parameters |= {"feature_contri": list(self.gain_weights)}
        # A leaf must fit into little data as well.
        least = min(int(parameters["min_data_in_leaf"]), max(5, len(bad) // 20))
        data = lightgbm.Dataset(
            self.matrix, label=bad.astype(np.float64), weight=self.table.weight, free_raw_data=True
        )
        return lightgbm.train(
            parameters | {"min_data_in_leaf": least}, data, num_boost_round=setting.rounds
        )

    def fit_line(self, strength: float) -> LogisticModel:
        """The linear model of a strength."""
        return fit_linear(
            self.matrix,
            self.table.bad,
            self.encoding.directions,
            strength * self.gain_weights,
            self.table.weight,
        )
