"""The least value among the items that hold on a morning, e.g. the oldest overdue invoice."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Ints
from payrisk.features.streams.items import Items
from payrisk.features.streams.keys import is_sorted, pack_keys, sorted_order
from payrisk.features.streams.prefix_sums import Fields

MOST = 2**62
"""What stands where nothing holds."""


def stock_minimum(items: Items, name: str, fields: Fields, entity: Ints, mornings: Ints) -> Ints:
    """(moments,) least value of a field among the items that hold; MOST where none does.

    Moments in the order of (entity, morning) make a row of stations, on which each item covers
    a range. The ranges are hung on the nodes of a binary tree over the stations, then read
    downwards: the cost is that of sorting, however many items overlap.
    """
    n = len(entity)
    least = np.full(n, MOST, dtype=np.int64)
    if not len(items) or not n:
        return least
    values = fields[name](items.values) if name in fields else items.values[name]
    key = pack_keys(entity, mornings)
    order = None if is_sorted(key) else sorted_order(key)
    stations = key if order is None else key[order]
    low = np.searchsorted(stations, pack_keys(items.entity, items.since + 1))
    high = np.searchsorted(stations, pack_keys(items.entity, items.until + 1))
    tree = np.full(2 * n, MOST, dtype=np.int64)
    rows = np.flatnonzero(low < high)
    low, high, values = low[rows] + n, high[rows] + n, values[rows]
    while len(low):
        odd = (low & 1) == 1
        np.minimum.at(tree, low[odd], values[odd])
        odd_end = (high & 1) == 1
        np.minimum.at(tree, high[odd_end] - 1, values[odd_end])
        low, high = (low + 1) >> 1, high >> 1
        going = low < high
        low, high, values = low[going], high[going], values[going]
    level = 1
    while level < 2 * n:
        nodes = np.arange(level, min(2 * level, n))
        if len(nodes):
            for child in (2 * nodes, 2 * nodes + 1):
                tree[child] = np.minimum(tree[child], tree[nodes])
        level *= 2
    leaves = tree[n:]
    if order is None:
        return leaves
    least[order] = leaves
    return least
