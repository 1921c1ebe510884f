"""Random numbers: an independent stream a topic and block, so a new topic shifts no other."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from payrisk.arrays import Flags, Floats, Ints


class Streams:
    """The random numbers of one block of customers (block −1: what all blocks share)."""

    def __init__(self, seed: int, block: int = -1) -> None:
        self.seed = seed
        self.block = block

    def of(self, topic: str) -> np.random.Generator:
        """A generator that depends on the seed, the block and the topic alone."""
        return np.random.default_rng([self.seed, crc32(topic.encode()), self.block + 1])


def draw_integers(rng: np.random.Generator, low: int, high: int, n: int) -> Ints:
    """(n,) whole numbers from low to high, both included."""
    return rng.integers(low, high + 1, n, dtype=np.int64)


def draw_quota(rng: np.random.Generator, n: int, share: float) -> Flags:
    """(n,) a share of n drawn without replacement; at least one where n is 40 or more."""
    size = max(round(n * share), 1 if n >= 40 else 0)
    out = np.zeros(n, dtype=bool)
    out[rng.permutation(n)[:size]] = True
    return out


def draw_places(rng: np.random.Generator, n: int, weights: Floats) -> Ints:
    """(n,) places in `weights`, each drawn with its weight."""
    upto = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(upto, rng.random(n), side="right"), len(weights) - 1)


def logistic(score: Floats) -> Floats:
    """Probability of a log-odds score."""
    return np.asarray(1.0 / (1.0 + np.exp(-score)))
