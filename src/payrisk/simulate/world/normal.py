"""The normal distribution function, from a table of it and its exact slope."""

from __future__ import annotations

import math

import numpy as np

from payrisk.arrays import Floats

_EDGE = 9.0  # beyond it the function is 0 or 1 to the last bit that matters
_STEPS = 256  # knots a unit: the cubic between them is within 1e-12
_KNOTS = np.arange(-_EDGE * _STEPS, _EDGE * _STEPS + 2) / _STEPS
_VALUE = np.array([0.5 * math.erfc(-z / math.sqrt(2.0)) for z in _KNOTS])
_SLOPE = np.exp(-0.5 * _KNOTS**2) / math.sqrt(2.0 * math.pi) / _STEPS


def normal_cdf(z: Floats) -> Floats:
    """Chance that a standard normal is at most z, to 1e-12.

    >>> normal_cdf(np.array([-np.inf, 0.0, 1.959963984540054])).round(6).tolist()
    [0.0, 0.5, 0.975]
    """
    place = (np.clip(z, -_EDGE, _EDGE) + _EDGE) * _STEPS
    knot = place.astype(np.int64)
    t = place - knot
    low, rise = _VALUE[knot], _VALUE[knot + 1] - _VALUE[knot]
    m0, m1 = _SLOPE[knot], _SLOPE[knot + 1]
    # cubic Hermite between the two knots, by Horner
    return np.asarray(low + t * (m0 + t * (3 * rise - 2 * m0 - m1 + t * (m0 + m1 - 2 * rise))))
