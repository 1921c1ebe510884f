"""How good a forecast of totals was: error, bias, coverage, width and CRPS."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Floats


def wape(expected: Floats, actual: Floats) -> float:
    """Σ |expected − actual| / Σ |actual|: misses of single totals never cancel out.

    >>> wape(np.array([8.0, 12.0]), np.array([10.0, 10.0]))
    0.2
    """
    whole = float(np.abs(actual).sum())
    return float(np.abs(expected - actual).sum()) / whole if whole else float("nan")


def bias(expected: Floats, actual: Floats) -> float:
    """(Σ expected − Σ actual) / Σ |actual|; above 0 = too much was promised."""
    whole = float(np.abs(actual).sum())
    return float(expected.sum() - actual.sum()) / whole if whole else float("nan")


def net_accuracy(expected: Floats, actual: Floats) -> float:
    """1 − |bias|: what vendors print; misses of opposite sign cancel, so it flatters everyone.

    >>> net_accuracy(np.array([8.0, 12.0]), np.array([10.0, 10.0]))
    1.0
    """
    return 1.0 - abs(bias(expected, actual))


def crps(draws: Floats, actual: Floats) -> Floats:
    """(m,) CRPS of each total, in its own unit; draws: (n_draws, m). Lower is better.

    Source: the energy form E|X − a| − E|X − X'| / 2 over all pairs of draws (Gneiting & Raftery
    2007), by sorting.
    """
    n = len(draws)
    ordered = np.sort(draws, axis=0)
    rank = 2.0 * np.arange(1, n + 1) - n - 1
    spread = (rank[:, None] * ordered).sum(axis=0) / n**2
    return np.asarray(np.abs(ordered - actual).mean(axis=0) - spread)


def is_covered(low: Floats, high: Floats, actual: Floats) -> Floats:
    """(m,) 1.0 where the interval held what came, ends included."""
    return np.asarray((low <= actual) & (actual <= high), dtype=np.float64)
