"""Fit a logistic regression that a person can read: ridge, with the signs that are certain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from payrisk.scoring.logistic import Linear, squeezed

Floats = npt.NDArray[np.float64]


def fit_linear(
    values: Floats, bad: npt.NDArray[np.bool_], signs: Sequence[int], c: float
) -> Linear:
    """Ridge logistic regression whose coefficients keep the signs given (0 = either)."""
    known = ~np.isnan(values)
    x, n = np.where(known, squeezed(values), 0.0), np.maximum(known.sum(axis=0), 1)
    centre = x.sum(axis=0) / n
    scale = np.sqrt((np.where(known, x - centre, 0.0) ** 2).sum(axis=0) / n)
    scale = np.where(scale > 1e-9, scale, 1.0)
    z = np.where(known, (x - centre) / scale, 0.0)
    y = bad.astype(np.float64)

    def loss(b: Floats) -> tuple[float, Floats]:
        eta = z @ b[:-1] + b[-1]
        error = expit(eta) - y
        value = (np.logaddexp(0.0, eta) - y * eta).sum() + 0.5 / c * (b[:-1] @ b[:-1])
        return float(value), np.append(z.T @ error + b[:-1] / c, error.sum())

    limits = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    rate = (y.sum() + 0.5) / (len(y) + 1.0)
    start = np.append(np.zeros(z.shape[1]), np.log(rate / (1.0 - rate)))
    bounds = [*(limits[sign] for sign in signs), (None, None)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    said = found[:-1]
    return Linear(
        tuple(map(float, centre)),
        tuple(map(float, scale)),
        tuple(map(float, said)),
        float(found[-1]),
    )
