"""Chances as log-odds and back, and how far a 90 % interval reaches.

SciPy's `logit` and `expit` are not used: their last bit is another one for 42 % and 2 % of values
(1.8e-15 and 2.2e-16 at most), and the probabilities that answers and golden rows hold would move.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from payrisk.arrays import Floats

Z_90 = 1.6448536269514722
"""Standard errors from the middle to either end of a 90 % interval."""
_LEAST, _MOST = 1e-9, 1.0 - 1e-9


def log_odds(probability: Floats) -> Floats:
    """(n,) log-odds; certainty is kept a billionth away."""
    p = np.clip(probability, _LEAST, _MOST)
    return np.asarray(np.log(p) - np.log1p(-p))


def probability_of(score: Any) -> Floats:
    """(n,) probabilities of log-odds.

    What judges a model and what answers with it both ask here: 1 ÷ (1 + exp(−x)) written out a
    second way differs from it in a last bit.
    """
    return np.asarray(expit(np.asarray(score, dtype=np.float64)))
