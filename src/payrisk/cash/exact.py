"""Amounts split into whole cents that add up again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Cents = npt.NDArray[np.int64]

BLOCK_ROWS = 8192  # bounds the scratch memory, never the result


def split(amounts: Cents, shares: npt.NDArray[np.float64]) -> Cents:
    """Each amount over its shares in whole cents, by largest remainder: every row sums exactly.

    amounts: (n,) cents >= 0; shares: (n, k) >= 0, each row summing to 1 up to rounding. Every
    cell is within one cent of amount × share; of equal remainders the earlier cell gets the
    cent. Source: Hamilton's method of apportionment.

    >>> split(np.array([100]), np.array([[1 / 3, 1 / 3, 1 / 3]])).tolist()
    [[34, 33, 33]]
    """
    done = np.empty(shares.shape, dtype=np.int64)
    for low in range(0, len(amounts), BLOCK_ROWS):
        rows = slice(low, low + BLOCK_ROWS)
        done[rows] = _split(amounts[rows], shares[rows])
    return done


def _split(amounts: Cents, shares: npt.NDArray[np.float64]) -> Cents:
    exact = amounts[:, None] * shares
    cents = np.floor(exact).astype(np.int64)
    missing = amounts - cents.sum(axis=1)
    # Shares that sum to 1 + 1e-16 can give a cent too many: it comes off the smallest remainder.
    remainder = np.where((missing < 0)[:, None] & (cents == 0), 2.0, exact - cents)
    order = np.argsort(-remainder, axis=1, kind="stable")
    place = np.arange(shares.shape[1])
    step = (place < missing[:, None]).astype(np.int64) - (
        place >= shares.shape[1] + missing[:, None]
    )
    sorted_cents = np.take_along_axis(cents, order, axis=1)
    np.put_along_axis(cents, order, np.maximum(sorted_cents + step, 0), axis=1)
    # Beyond 2^53 floats lose whole cents; what is left after one a cell goes to the largest.
    rest = amounts - cents.sum(axis=1)
    if rest.any():
        cents[np.arange(len(cents)), cents.argmax(axis=1)] += rest
    return cents
