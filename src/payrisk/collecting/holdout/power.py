"""What a trial could find: the least effect it would see, told before it starts."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri


def least_detectable_effect(
    spread: float,
    n_treated: int,
    n_control: int,
    *,
    correlation: float = 0.0,
    level: float = 0.95,
    power: float = 0.8,
) -> float:
    """The mean effect a group that is found with this power, in the unit of `spread`.

    spread: standard deviation of the outcome within strata; correlation: of the outcome with what
    was expected before, which leaves √(1 − ρ²) of it.

    >>> round(least_detectable_effect(1.0, 50, 50), 3)
    0.56
    """
    left = spread * float(np.sqrt(1.0 - correlation**2))
    reach = float(ndtri(0.5 + level / 2) + ndtri(power))
    return reach * left * float(np.sqrt(1.0 / n_treated + 1.0 / n_control))
