"""Figures of made-up companies together, with intervals from drawing companies anew."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats

DRAWS = 4_000


def ratio(top: Floats, bottom: Floats) -> tuple[float, float, float]:
    """Σ top ÷ Σ bottom over companies, and its 95 % interval from drawing companies anew."""
    draws = np.random.default_rng(0).integers(0, len(top), (DRAWS, len(top)))
    low, high = np.quantile(top[draws].sum(axis=1) / bottom[draws].sum(axis=1), (0.025, 0.975))
    return float(top.sum() / bottom.sum()), float(low), float(high)


def ece(said: Floats, came: Floats) -> float:
    """Σ over tenths of what was said: share of promises × |mean said − share kept|."""
    tenth = np.minimum((said * 10).astype(int), 9)
    gap = np.bincount(tenth, said - came, minlength=10)
    return float(np.abs(gap).sum() / len(said))
