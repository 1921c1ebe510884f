"""The chance that the open invoices that a customer leaves unpaid are together material."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from payrisk.arrays import Flags, Floats, Ints, row_sums, weighted_sums
from payrisk.predictions import Dependence

GRID = 64
"""Steps of weight that are told apart below 1; heavier sums are material alike."""
NODES_CUSTOMER, NODES_DUE = 15, 9
MOST_CELLS = 4_000_000
_SURE = 1.0 - 1e-12


@dataclass(frozen=True)
class OpenStakes:
    """(n,) open invoices: row of their customer, day due, weight in an arrear, chance to fail.

    An arrear of weight 1 is material. Sorted by customer, then day due.
    """

    customer: Ints
    due_on: Ints
    weight: Floats
    chance: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: Flags | slice) -> OpenStakes:
        """Some of them."""
        return OpenStakes(*(column[rows] for column in vars(self).values()))


def arrear_hazard(stakes: OpenStakes, n_customers: int, dependence: Dependence) -> Floats:
    """(n_customers,) −log of the chance that no material arrear comes about.

    It is the share of joint draws without one, in the limit of many draws: given the common
    factors invoices fail independently, so the factors are summed over Gauss–Hermite nodes and
    the rest is exact but for weights rounded to 1/64. One more invoice never lowers it.
    """
    hazard = np.zeros(n_customers)
    for rows in _portions(stakes):
        part = stakes.take(rows)
        failing = _given_factors(part.chance, dependence)
        who, first = np.unique(part.customer, return_index=True)
        for customer, begins, ends in zip(who, first, [*first[1:], len(part)], strict=True):
            rows_of = slice(int(begins), int(ends))
            none = _none_material(part.take(rows_of), failing[rows_of])
            hazard[customer] = max(0.0, -float(np.log(max(none, 1e-300))))
    return hazard


def _portions(stakes: OpenStakes) -> Iterator[slice]:
    """Whole customers, few enough invoices at a time to bound memory."""
    most = max(MOST_CELLS // (NODES_CUSTOMER * NODES_DUE), 1)
    begins = 0
    while begins < len(stakes):
        ends = min(begins + most, len(stakes))
        if ends < len(stakes):
            last = stakes.customer[ends - 1]
            before = int(np.searchsorted(stakes.customer, last, side="left"))
            after = int(np.searchsorted(stakes.customer, last, side="right"))
            ends = before if before > begins else after
        yield slice(begins, ends)
        begins = ends


@cache
def _nodes(n: int) -> tuple[Floats, Floats]:
    x, weight = np.polynomial.hermite_e.hermegauss(n)
    return x, weight / weight.sum()


def _given_factors(chance: Floats, dependence: Dependence) -> Floats:
    """(n, customer nodes, due nodes) chance to fail given the factors."""
    z = ndtri(np.clip(chance, 1e-12, _SURE))[:, None, None]
    customer = np.sqrt(dependence.customer + dependence.everyone) * _nodes(NODES_CUSTOMER)[0]
    due = np.sqrt(dependence.customer_due) * _nodes(NODES_DUE)[0]
    spread = np.sqrt(dependence.own_share)
    failing = ndtr((z - customer[None, :, None] - due[None, None, :]) / spread)
    return np.asarray(np.where(chance[:, None, None] > 0.0, failing, 0.0))


def _none_material(stakes: OpenStakes, failing: Floats) -> float:
    """Chance that no material arrear comes about of one customer's invoices."""
    step = np.rint(stakes.weight * GRID).astype(np.int64)
    alone = step >= GRID
    small = ~alone & (step > 0)
    if step[small].sum() < GRID:  # the small ones cannot add up to anything
        small[:] = False
    over_customers, over_dues = _nodes(NODES_CUSTOMER)[1], _nodes(NODES_DUE)[1]
    edges = np.flatnonzero(np.diff(stakes.due_on, prepend=stakes.due_on[0] - 1))
    total = np.zeros((NODES_CUSTOMER, GRID))
    total[:, 0] = 1.0
    for begins, ends in zip(edges, [*edges[1:], len(stakes)], strict=True):
        rows = np.arange(begins, ends)
        none_alone = np.prod(1.0 - failing[rows[alone[rows]]], axis=0)
        few = rows[small[rows]]
        if not len(few):
            total *= weighted_sums(none_alone, over_dues)[:, None]
            continue
        block = np.zeros((NODES_CUSTOMER, NODES_DUE, GRID))
        block[:, :, 0] = none_alone
        for row in few:
            moved = failing[row][:, :, None] * block[:, :, : GRID - step[row]]
            block *= 1.0 - failing[row][:, :, None]
            block[:, :, step[row] :] += moved
        total = _sum_weights(total, (block * over_dues[:, None]).sum(axis=1))
    return float(weighted_sums(row_sums(total), over_customers))


def _sum_weights(left: Floats, right: Floats) -> Floats:
    """(nodes, GRID) chances of the sums below 1 of two weights, node by node."""
    out = np.zeros_like(left)
    for step in np.flatnonzero(right.any(axis=0)):
        out[:, step:] += left[:, : GRID - step] * right[:, step : step + 1]
    return out
