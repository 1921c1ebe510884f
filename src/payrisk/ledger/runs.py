"""Running sums over sorted groups, without a loop."""

from __future__ import annotations

import numpy as np

from payrisk.ledger.arrays import Flags, Ints


def segment_starts(keys: Ints) -> Flags:
    """True where a new group begins in sorted keys."""
    return np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, bool)


def segment_ends(keys: Ints) -> Flags:
    """True on the last row of each group in sorted keys."""
    return np.concatenate([keys[1:] != keys[:-1], [True]]) if len(keys) else np.zeros(0, bool)


def first_of(starts: Flags) -> Ints:
    """(n,) index of the first row of each row's group."""
    at = np.arange(len(starts))
    return np.asarray(np.maximum.accumulate(np.where(starts, at, 0)))


def running_max(values: Ints, starts: Flags) -> Ints:
    """Running maximum that begins anew at each start; |values| stay below 2**32."""
    lift = first_of(starts) * (1 << 34)
    return np.asarray(np.maximum.accumulate(lift + values) - lift)


def running(values: Ints, starts: Flags) -> Ints:
    """Cumulative sum that begins anew at each start."""
    total = np.cumsum(values, dtype=np.int64)
    if not len(values):
        return total
    return np.asarray(total - (total - values)[first_of(starts)])
