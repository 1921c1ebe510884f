"""Payment days of all open invoices drawn together, so that totals have the right spread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from payrisk.arrays import Floats, Ints, Singles
from payrisk.predictions import Dependence

Landings = npt.NDArray[np.int16]

BLOCK_ROWS = 128  # keeps the scratch memory in the cache, never moves the result
CELLS, FURTHEST = 512, 4.5
"""Guide cells of a curve's axis of normals, and where the first and last of them begin."""


class _Factor:
    """Normals of a factor, one row a code; codes ascend, a code keeps its row across blocks."""

    def __init__(self, generator: np.random.Generator, n_draws: int, variance: float) -> None:
        self.generator, self.n_draws, self.scale = generator, n_draws, np.float32(variance**0.5)
        self.last_code, self.rows = -1, np.empty((0, n_draws), dtype=np.float32)

    def __call__(self, codes: Ints) -> Singles:
        carried = self.rows[-1:] if codes[0] == self.last_code else self.rows[:0]
        n_new = int(codes[-1]) - int(codes[0]) + 1 - len(carried)
        new = self.generator.standard_normal((n_new, self.n_draws), dtype=np.float32)
        new *= self.scale
        self.rows, self.last_code = np.concatenate([carried, new]), int(codes[-1])
        return np.asarray(self.rows[codes - codes[0]])


def draw_landings(
    paid_by: Floats,
    customer: Ints,
    customer_due: Ints,
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
    n = len(paid_by)
    landed = np.empty((n_draws, n), dtype=np.int16)
    streams = generator.spawn(4)
    by_due = _Factor(streams[0], n_draws, dependence.customer_due)
    by_customer = _Factor(streams[1], n_draws, dependence.customer)
    everyone = _Factor(streams[2], n_draws, dependence.everyone)(np.zeros(1, dtype=np.int64))
    # A factor that no other row shares is one with the row's own part: half as many normals.
    many = np.bincount(customer_due) > 1
    due_code, shares_due = (np.cumsum(many) - 1)[customer_due], many[customer_due]
    own_variance = np.where(
        shares_due, dependence.own_share, dependence.own_share + dependence.customer_due
    )
    for low in range(0, n, BLOCK_ROWS):
        rows = slice(low, min(low + BLOCK_ROWS, n))
        latent = streams[3].standard_normal((rows.stop - low, n_draws), dtype=np.float32)
        latent *= np.sqrt(own_variance[rows, None]).astype(np.float32)
        shared = np.flatnonzero(shares_due[rows])
        if len(shared):
            latent[shared] += by_due(due_code[rows][shared])
        latent += by_customer(customer[rows])
        latent += everyone
        landed[:, rows] = count_steps_below(ndtri(paid_by[rows]).astype(np.float32), latent).T
    return landed


def everyone_factor(n_draws: int, generator: np.random.Generator) -> Floats:
    """(n_draws,) the factor common to all payments in each draw, a standard normal, late above 0.

    generator: fresh, of the seed with which `draw_landings` draws them; so what is drawn apart
    from open invoices can be late in the same draws.
    """
    return generator.spawn(4)[2].standard_normal(n_draws, dtype=np.float32).astype(np.float64)


def count_steps_below(steps: Singles, values: Singles) -> Landings:
    """(m, d) how many of each row's steps lie strictly below each of the row's values.

    steps: (m, k) ascending in each row; values: (m, d). A guide table finds the first step of a
    value's cell, a walk the step itself, so the answer is exact. Source: Chen & Asau, On
    generating random variates from an empirical distribution, AIIE Transactions 6 (1974).
    """
    m, k = steps.shape
    edges = np.arange(m, dtype=np.int32)[:, None]
    # The rule of the cells never falls, so a step of a lower cell lies below for certain.
    of_step, of_value = _cell(steps), _cell(values)
    of_step += edges * CELLS
    of_value += edges * CELLS
    counts = np.bincount(of_step.ravel(), minlength=m * CELLS).reshape(m, CELLS)
    guide = (np.cumsum(counts, axis=1, dtype=np.int32) - counts).astype(np.int32)
    # One step that no value passes closes each row, so a walk cannot leave it.
    walked = np.full((m, k + 1), np.inf, dtype=np.float32)
    walked[:, :k] = steps
    guide += edges * (k + 1)
    walked = walked.ravel()
    place = guide.ravel().take(of_value)
    flat, levels = place.reshape(-1), values.reshape(-1)
    passed = walked.take(flat) < levels
    flat += passed
    left = np.flatnonzero(passed)
    while len(left):
        left = left[walked.take(flat[left]) < levels[left]]
        flat[left] += 1
    place -= edges * (k + 1)
    return place.astype(np.int16)


def _cell(values: Singles) -> npt.NDArray[np.int32]:
    scale = np.float32(CELLS / (2 * FURTHEST))
    inside = np.clip(values, np.float32(-FURTHEST), np.float32(FURTHEST))
    inside += np.float32(FURTHEST)
    inside *= scale
    cells = inside.astype(np.int32)
    return np.minimum(cells, CELLS - 1, out=cells)
