"""One joint simulation of payment days: the same draws serve every total."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from payrisk.predictions import Dependence

Landings = npt.NDArray[np.int16]

BLOCK_ROWS = 2048  # bounds the scratch memory, never the result


class _Factor:
    """Normals of a factor, one row a code; codes ascend, a code keeps its row across blocks."""

    def __init__(self, generator: np.random.Generator, n_draws: int, variance: float) -> None:
        self.generator, self.n_draws, self.scale = generator, n_draws, np.float32(variance**0.5)
        self.last_code, self.rows = -1, np.empty((0, n_draws), dtype=np.float32)

    def __call__(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        kept = self.rows[-1:] if codes[0] == self.last_code else self.rows[:0]
        n_new = int(codes[-1]) - int(codes[0]) + 1 - len(kept)
        new = self.generator.standard_normal((n_new, self.n_draws), dtype=np.float32)
        self.rows, self.last_code = np.concatenate([kept, new * self.scale]), int(codes[-1])
        return np.asarray(self.rows[codes - codes[0]])


def landings(
    paid_by: npt.NDArray[np.float64],
    customer: npt.NDArray[np.int64],
    customer_due: npt.NDArray[np.int64],
    *,
    n_draws: int,
    dependence: Dependence,
    generator: np.random.Generator,
) -> Landings:
    """(n_draws, n) column of `paid_by` on which each invoice lands in each joint draw.

    paid_by: (n, k) non-decreasing chances; a draw beyond the last column lands on k.
    customer, customer_due: (n,) group codes 0, 1, 2 …, ascending without gaps (rows sorted by
    customer, then due date). A Gaussian copula: every single invoice keeps its own curve.
    """
    n, width = paid_by.shape
    landed = np.empty((n_draws, n), dtype=np.int16)
    streams = generator.spawn(4)
    by_due = _Factor(streams[0], n_draws, dependence.customer_due)
    by_customer = _Factor(streams[1], n_draws, dependence.customer)
    everyone = _Factor(streams[2], n_draws, dependence.everyone)(np.zeros(1, dtype=np.int64))
    for low in range(0, n, BLOCK_ROWS):
        rows = slice(low, min(low + BLOCK_ROWS, n))
        size = rows.stop - low
        latent = streams[3].standard_normal((size, n_draws), dtype=np.float32)
        latent *= np.float32(dependence.own**0.5)
        latent += by_due(customer_due[rows])
        latent += by_customer(customer[rows])
        latent += everyone
        # One sorted axis for all rows of the block: row i lives in (2i, 2i + 1].
        shift = 2.0 * np.arange(size)[:, None]
        found = np.searchsorted(
            (paid_by[rows] + shift).ravel(), (ndtr(latent.astype(np.float64)) + shift).ravel()
        ).reshape(size, n_draws)
        landed[:, rows] = (found - width * np.arange(size)[:, None]).T
    return landed
