"""Running sums over sorted groups of rows, and spans of places written out, without a loop."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from payrisk.arrays import Flags, Ints

WIDE = 1 << 32


def segment_starts(keys: Ints) -> Flags:
    """True where a new group begins in sorted keys."""
    return np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, bool)


def segment_ends(keys: Ints) -> Flags:
    """True on the last row of each group in sorted keys."""
    return np.concatenate([keys[1:] != keys[:-1], [True]]) if len(keys) else np.zeros(0, bool)


def first_rows(starts: Flags) -> Ints:
    """(n,) index of the first row of each row's group."""
    rows = np.arange(len(starts))
    return np.asarray(np.maximum.accumulate(np.where(starts, rows, 0)))


def running_max(values: Ints, starts: Flags) -> Ints:
    """Running maximum that begins anew at each start; |values| stay below 2**32."""
    lift = first_rows(starts) * (1 << 34)
    return np.asarray(np.maximum.accumulate(lift + values) - lift)


def running_sum(values: Ints, starts: Flags) -> Ints:
    """Cumulative sum that begins anew at each start."""
    total = np.cumsum(values, dtype=np.int64)
    if not len(values):
        return total
    return np.asarray(total - (total - values)[first_rows(starts)])


def pack_row_day(row: Ints, day: Ints) -> Ints:
    """One number for (row, day), in the order of both; |days| stay below 2**31, rows too."""
    return row * WIDE + day


def unpack_row_day(keys: Ints) -> tuple[Ints, Ints]:
    """The rows and days that were packed."""
    row = (keys + WIDE // 2) >> 32
    return row, keys - row * WIDE


def expand_spans(start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """(item, place): every place from `start` to before `stop` of each item, item by item."""
    count = np.maximum(stop - start, 0)
    item = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return item, np.arange(len(item)) + (start - before)[item]


def cut_by_pair_count(start: Ints, stop: Ints, n: int, most: int) -> list[tuple[int, int]]:
    """Cuts of the places 0 to n, none with many more than `most` pairs of `expand_spans`."""
    real = start < stop
    opens = np.bincount(start[real], minlength=n + 1)
    load = np.cumsum(opens - np.bincount(stop[real], minlength=n + 1))[:n]
    turn = np.cumsum(load) // most
    cuts = [0, *(np.flatnonzero(turn[1:] != turn[:-1]) + 1).tolist(), n]
    return list(pairwise(cuts))
