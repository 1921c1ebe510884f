"""The effect of an arm against the control: adjusted by what was expected before (CUPED)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from payrisk.arrays import Flags, Floats, Ints
from payrisk.errors import InputError

LEAST_IN_ARM = 8
"""Groups that an arm needs before an interval is given."""


@dataclass(frozen=True)
class ArmEffect:
    """What an arm changed a group in the mean, with its interval; arrays where there are runs.

    theta: what the expectation beforehand explains; correlation: of outcome and expectation within
    arms and strata; width_left: the interval's width beside that of the plain difference.
    """

    effect: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    theta: Floats
    correlation: Floats
    width_left: Floats
    n_treated: int
    n_control: int


def arm_effect(
    outcome: Floats, expected: Floats, is_treated: Flags, strata: Ints, level: float = 0.95
) -> ArmEffect:
    """The effect of a treatment that a lot drew within strata.

    outcome, expected: (…, n) of each group in each run; expected is known before the lot is drawn
    (Deng, Xu, Kohavi & Walker 2013, CUPED), and its slope is pooled within arms and strata.
    Strata are weighted by their groups; one with fewer than two groups in an arm joins the others
    like it. The interval is Student's, by Satterthwaite's degrees of freedom. Raises InputError
    where an arm has fewer than LEAST_IN_ARM groups.
    """
    n1, n0 = int(is_treated.sum()), int((~is_treated).sum())
    if min(n1, n0) < LEAST_IN_ARM:
        raise InputError(
            f"An effect needs {LEAST_IN_ARM} groups in each arm; there are {n1} and {n0}."
        )
    cell, n_strata = _cells(is_treated, strata)
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(2 * n_strata))
    size = np.bincount(cell, minlength=2 * n_strata).astype(np.float64)
    y, x = np.asarray(outcome)[..., order], np.asarray(expected)[..., order]

    def means(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, starts, axis=-1) / size)

    of_row = cell[order]
    mean_y, mean_x = means(y), means(x)
    dy, dx = y - mean_y[..., of_row], x - mean_x[..., of_row]
    sxx, sxy, syy = (dx * dx).sum(-1), (dx * dy).sum(-1), (dy * dy).sum(-1)
    theta = np.divide(sxy, sxx, out=np.zeros_like(sxy), where=sxx > 0)
    spread = np.sqrt(sxx * syy)
    correlation = np.divide(sxy, spread, out=np.zeros_like(sxy), where=spread > 0)
    adjusted = mean_y - theta[..., None] * mean_x
    weight = (size[0::2] + size[1::2]) / size.sum()
    effect = (weight * (adjusted[..., 1::2] - adjusted[..., 0::2])).sum(-1)

    def variance(deviations: Floats, lost: float) -> tuple[Floats, Floats]:
        squares = np.add.reduceat(deviations**2, starts, axis=-1) / (size - 1)
        scale = len(cell) - 2 * n_strata
        parts = np.repeat(weight**2, 2) * squares / size * (scale / (scale - lost))
        total = parts.sum(-1)
        freedom = total**2 / np.maximum((parts**2 / (size - 1)).sum(-1), 1e-300)
        return total, freedom

    # how far the arms differ in what was expected of them makes the slope's own error count
    total, freedom = variance(dy - theta[..., None] * dx, 1.0)
    gap = (weight * (mean_x[..., 1::2] - mean_x[..., 0::2])).sum(-1)
    residual = ((dy - theta[..., None] * dx) ** 2).sum(-1) / (len(cell) - 2 * n_strata - 1)
    total = total + np.divide(gap**2 * residual, sxx, out=np.zeros_like(sxx), where=sxx > 0)
    plain, plain_freedom = variance(dy, 0.0)
    error = np.sqrt(total)
    quantile = stdtrit(np.maximum(freedom, 1.0), 0.5 + level / 2)
    before = np.sqrt(plain) * stdtrit(np.maximum(plain_freedom, 1.0), 0.5 + level / 2)
    half = quantile * error
    left = np.divide(half, before, out=np.ones_like(half), where=before > 0)
    return ArmEffect(effect, effect - half, effect + half, error, theta, correlation, left, n1, n0)


def _cells(is_treated: Flags, strata: Ints) -> tuple[Ints, int]:
    """(n,) code of arm and stratum, twice the stratum plus the arm; and how many strata."""
    _, code = np.unique(strata, return_inverse=True)
    n = int(code.max()) + 1
    treated = np.bincount(code, is_treated, minlength=n)
    size = np.bincount(code, minlength=n)
    small = (treated < 2) | (size - treated < 2)
    joined = np.where(small[code], n, code)
    _, code = np.unique(joined, return_inverse=True)
    n = int(code.max()) + 1
    treated = np.bincount(code, is_treated, minlength=n)
    size = np.bincount(code, minlength=n)
    if ((treated < 2) | (size - treated < 2)).any():  # the joined rest is still too few
        code, n = np.zeros_like(code), 1
    return code * 2 + is_treated, n
