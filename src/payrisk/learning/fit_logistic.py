"""Fit a logistic regression that a person can read: ridge, with the signs that are certain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from payrisk.arrays import Flags, Floats, solve_positive_definite, weighted_sums
from payrisk.scoring.log_odds import probability_of
from payrisk.scoring.logistic import LogisticModel, signed_log

STEPS, HALVINGS = 100, 30
"""Bounds that are hardly met: some ten steps are taken, and few of them are halved."""
STILL = 1e-9
"""A step this small is the last: the error that it leaves is about its square."""
ROWS_AT_ONCE = 2048
"""So many rows of some dozen columns stay in a processor's cache."""
FLAT = 1e-10
"""So is a step from where the loss slopes by less, a row; without it an outcome that nobody had
would be sought at −∞."""
CLOSE = 1e-3
"""A coefficient at most so far from 0, and drawn to the forbidden side, is put at 0 at once."""


def fit_linear(
    values: Floats,
    bad: Flags,
    signs: Sequence[int],
    c: float | Floats,
    weights: Floats | None = None,
) -> LogisticModel:
    """Ridge logistic regression whose coefficients keep the signs given (0 = either).

    c: of all coefficients, or (k,) of each. weights: (n,) what each row counts for; all alike
    where None.
    """
    known = ~np.isnan(values)
    x, n = np.where(known, signed_log(values), 0.0), np.maximum(known.sum(axis=0), 1)
    centre = x.sum(axis=0) / n
    scale = np.sqrt((np.where(known, x - centre, 0.0) ** 2).sum(axis=0) / n)
    scale = np.where(scale > 1e-9, scale, 1.0)
    z = np.where(known, (x - centre) / scale, 0.0)
    coefficients, intercept = ridge(z, bad, signs, c, weights)
    return LogisticModel(
        tuple(map(float, centre)),
        tuple(map(float, scale)),
        tuple(map(float, coefficients)),
        intercept,
    )


def ridge(
    z: Floats,
    bad: Flags,
    signs: Sequence[int],
    c: float | Floats,
    weights: Floats | None = None,
) -> tuple[Floats, float]:
    """(k,) coefficients of (n, k) columns, and the intercept, where the ridge loss is least.

    Loss: Σ weight × log loss + Σ coefficient² ÷ 2c, over coefficients of the signs given; weights
    are 1 where None. Newton's steps,
    cut at the signs (projected Newton, Bertsekas 1982), until one is STILL: the loss has a single
    least point, so that the last bits of a logarithm move the answer by as little.
    """
    design = np.ascontiguousarray(np.column_stack([z, np.ones(len(z))]).T)
    strength = np.append(np.full(z.shape[1], 1.0) / c, 0.0)
    sign = np.append(np.asarray(signs, dtype=np.int64), 0)
    y = bad.astype(np.float64)
    counts = np.ones(len(y)) if weights is None else weights
    rate = ((counts * y).sum() + 0.5) / (counts.sum() + 1.0)
    b = np.append(np.zeros(z.shape[1]), np.log(rate / (1.0 - rate)))

    def allowed(b: Floats) -> Floats:
        return np.where(b * sign < 0.0, 0.0, b)

    def score(b: Floats) -> Floats:
        eta = np.zeros(len(y))
        for row, coefficient in zip(design, b, strict=True):
            eta += coefficient * row
        return eta

    def loss(b: Floats, eta: Floats) -> float:
        losses = counts * (np.logaddexp(0.0, eta) - y * eta)
        value = losses.sum() + 0.5 * (strength * b * b).sum()
        return float(value)

    eta = score(b)
    least = loss(b, eta)
    for _ in range(STEPS):
        p = probability_of(eta)
        slope = weighted_sums(design, counts * (p - y)) + strength * b
        weight = counts * p * (1.0 - p)
        steepest = slope / np.maximum(weighted_sums(design**2, weight) + strength, 1e-12)
        close = min(CLOSE, float(np.abs(b - allowed(b - steepest)).max()))
        free = ~((b * sign <= close) & (slope * sign > 0.0))
        step = -b
        step[free] = -solve_positive_definite(
            _curvature(design[free], weight, strength[free]), slope[free]
        )
        for halving in range(HALVINGS):
            tried = allowed(b + step * 0.5**halving)
            eta = score(tried)
            now = loss(tried, eta)
            if now <= least + 1e-12 * abs(least):
                break
        is_flat = not (np.abs(slope)[free | (b != 0.0)] > FLAT * len(y)).any()
        is_still = float(np.abs(tried - b).max()) < STILL
        b, least = tried, now
        if is_flat or is_still:
            break
    return b[:-1], float(b[-1])


def _curvature(design: Floats, weight: Floats, strength: Floats) -> Floats:
    """(k, k) second derivatives of the loss; the upper half is worked out and mirrored."""
    k, n = design.shape
    upper = np.zeros((k, k))
    for first in range(0, n, ROWS_AT_ONCE):
        rows = np.ascontiguousarray(design[:, first : first + ROWS_AT_ONCE])
        weighed = rows * weight[first : first + ROWS_AT_ONCE]
        for at in range(k):
            upper[at, at:] += weighted_sums(rows[at:], weighed[at])
    return np.triu(upper) + np.triu(upper, 1).T + np.diag(strength)
