"""A logistic regression on standardised features, as numbers that can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from payrisk.arrays import Floats


def signed_log(values: Floats) -> Floats:
    """Signed log1p: days, counts and cents on one scale; NaN stays."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


@dataclass(frozen=True)
class LogisticModel:
    """log-odds = intercept + Σ coefficient × (squeezed value − centre) / scale; NaN adds 0.

    centre, scale, coefficients: one a feature, in their order.
    """

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def contributions(self, values: Floats) -> Floats:
        """(n, features + 1) what each adds to the log-odds of (n, features) raw values.

        The last is the intercept; rows sum to the log-odds.
        """
        z = (signed_log(values) - np.array(self.centre)) / np.array(self.scale)
        parts = np.where(np.isnan(z), 0.0, z) * np.array(self.coefficients)
        return np.column_stack([parts, np.full(len(values), self.intercept)])

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> LogisticModel:
        """What `to_json` gave; raises KeyError or ValueError when it is not that."""
        centre, scale, coefficients = (
            tuple(float(v) for v in body[name]) for name in ("centre", "scale", "coefficients")
        )
        return cls(centre, scale, coefficients, float(body["intercept"]))
