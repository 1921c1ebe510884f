"""Amounts split into whole cents by shares, so that the parts add up to the amount again."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Cents, Flags, Floats

BLOCK_ROWS = 1024  # bounds the scratch memory, never the result


def apportion(amounts: Cents, shares: Floats) -> Cents:
    """Each amount over its shares in whole cents, by largest remainder: every row sums exactly.

    amounts: (n,) cents >= 0; shares: (n, k) >= 0, each row summing to 1 up to rounding. Every
    cell is within one cent of amount × share; of equal remainders the earlier cell gets the
    cent. Source: Hamilton's method of apportionment.

    >>> apportion(np.array([100]), np.array([[1 / 3, 1 / 3, 1 / 3]])).tolist()
    [[34, 33, 33]]
    """
    done = np.empty(shares.shape, dtype=np.int64)
    for low in range(0, len(amounts), BLOCK_ROWS):
        rows = slice(low, low + BLOCK_ROWS)
        done[rows] = _split(amounts[rows], shares[rows])
    return done


def _split(amounts: Cents, shares: Floats) -> Cents:
    exact = amounts[:, None] * shares
    cents = np.floor(exact).astype(np.int64)
    missing = amounts - cents.sum(axis=1)
    remainder = exact - cents
    cents += _largest(remainder, missing)
    # Shares that sum to 1 + 1e-16 can give a cent too many: it comes off the smallest remainder.
    over = np.flatnonzero(missing < 0)
    if len(over):
        remainder = np.where(cents[over] == 0, 2.0, remainder[over])[:, ::-1]
        cents[over] -= _largest(-remainder, -missing[over])[:, ::-1]
        np.maximum(cents, 0, out=cents)
    # Beyond 2^53 floats lose whole cents; what is left after one a cell goes to the largest.
    rest = amounts - cents.sum(axis=1)
    if rest.any():
        cents[np.arange(len(cents)), cents.argmax(axis=1)] += rest
    return cents


def _largest(values: Floats, n: Cents) -> Flags:
    """Where the n largest of each row are, of ties the first; all of them beyond the width."""
    width = values.shape[1]
    ranked = np.sort(values, axis=1)
    least = ranked[np.arange(len(n)), np.clip(width - n, 0, width - 1)][:, None]
    above = values > least
    above[n <= 0] = False
    left = n - above.sum(axis=1)
    tied = values == least
    # Rows in which every tie is taken need no counting.
    counted = np.flatnonzero(tied.sum(axis=1) > left)
    tied[counted] &= np.cumsum(tied[counted], axis=1) <= left[counted, None]
    return np.asarray(above | tied)
