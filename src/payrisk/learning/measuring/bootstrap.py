"""How sure a difference is: intervals from drawing customers and weeks anew, both at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from payrisk.arrays import Days, Ints, Probabilities, weighted_sums
from payrisk.calendar import weekday

DRAWS = 1_000
LEVEL = 0.95
LEAST_BEYOND = 10
"""Draws beyond a bound below which the bound is told by the spread of all draws instead."""
CELLS_AT_ONCE = 4_000_000
"""Weights of draws × cells held at once: 32 MB."""


@dataclass(frozen=True)
class Cells:
    """Rows gathered by customer and week of the as_of, the two ways in which they hang together.

    customer, week: (cells,) codes from 0. code: (rows,) the cell of each.
    """

    customer: Ints
    week: Ints
    code: Ints

    @classmethod
    def of(cls, customers: Ints, as_of: Days) -> Cells:
        """The cells of some rows, given any code of each row's customer."""
        customer = np.unique(customers, return_inverse=True)[1]
        weeks, week = np.unique(as_of - weekday(as_of), return_inverse=True)
        keys, code = np.unique(customer * len(weeks) + week, return_inverse=True)
        return cls(*np.divmod(keys, max(len(weeks), 1)), code)

    def sums(self, values: Probabilities) -> Probabilities:
        """(cells,) sums of a value of the rows."""
        return np.asarray(np.bincount(self.code, values, minlength=len(self.customer)))

    def weights(self, draws: int, seed: int) -> Iterator[Probabilities]:
        """Blocks of (some draws, cells): how often each cell was drawn.

        A draw takes as many customers as there are, and as many weeks, with replacement; a
        cell's weight is the product of how often its customer and its week came.
        """
        rngs = [np.random.default_rng([seed, way]) for way in range(2)]
        n_customers = int(self.customer.max(initial=-1)) + 1
        n_weeks = int(self.week.max(initial=-1)) + 1
        at_once = max(1, CELLS_AT_ONCE // max(len(self.customer), n_customers, 1))
        for at in range(0, draws, at_once):
            size = min(at_once, draws - at)
            customers = _multiplicities(rngs[0], size, n_customers)
            weeks = _multiplicities(rngs[1], size, n_weeks)
            yield customers[:, self.customer] * weeks[:, self.week]


def _multiplicities(rng: np.random.Generator, draws: int, n: int) -> Probabilities:
    """(draws, n) how often each of n came in n draws with replacement."""
    drawn = rng.integers(0, n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)


def level_for_tries(tries: int) -> float:
    """LEVEL shared by so many tries or groups (Bonferroni): each further one must be surer."""
    return 1.0 - (1.0 - LEVEL) / max(tries, 1)


def interval_ends(drawn: Probabilities, level: float) -> Probabilities:
    """(2, k) lower and upper bounds of (draws, k) means at a level.

    Levels that so many draws cannot tell are those of a normal of their spread, so that a
    stricter level is never a narrower interval.
    """
    tail = (1.0 - level) / 2.0
    told = max(tail, min(LEAST_BEYOND / len(drawn), (1.0 - LEVEL) / 2.0))
    low, high = np.quantile(drawn, [told, 1.0 - told], axis=0)
    if tail < told:
        middle, reach = drawn.mean(axis=0), -ndtri(tail) * drawn.std(axis=0)
        low, high = np.minimum(low, middle - reach), np.maximum(high, middle + reach)
    return np.array([low, high])


def intervals(
    values: Probabilities,
    cells: Cells,
    *,
    weights: Probabilities | None = None,
    draws: int = DRAWS,
    level: float = LEVEL,
    seed: int = 0,
) -> Probabilities:
    """(k, 2) two-way bootstrap interval of the mean of each of k values of the rows.

    values: (rows, k). weights: (rows,), all alike where None. Percentiles of the weighted means,
    see `Cells.weights`; all values share the draws, so differences are paired. A little wide by
    construction (it never understates either way of hanging together); with a single week only
    customers vary. See `interval_ends` for levels beyond what draws can tell. NaN without rows.
    """
    if not len(values):
        return np.full((values.shape[1], 2), np.nan)
    own = np.ones(len(values)) if weights is None else weights
    sums = np.column_stack([cells.sums(own), *(cells.sums(own * v) for v in values.T)])
    totals = np.vstack(
        [
            np.column_stack([weighted_sums(drawn, each) for each in sums.T])
            for drawn in cells.weights(draws, seed)
        ]
    )
    totals = totals[totals[:, 0] > 0]  # else its customers have no row in its weeks
    return np.asarray(interval_ends(totals[:, 1:] / totals[:, :1], level).T)
