"""Intervals that cover: how far past weeks missed, as widths for the coming ones."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.cash.intervals.landmarks import OPEN, PastWeeks

LEVELS = (0.5, 0.8, 0.9, 0.95)
"""Shares of the future that the central intervals are held to."""
MOST_LANDMARKS = 52
"""Latest landmarks that count: what missed two years ago says little of next week."""
LEAST_SHARE = 1e-4
"""Of the open balance, added to every sd, so that a certain week still has a width."""
NOT_YET = "not verifiable yet"


def least_landmarks(level: float) -> int:
    """Closed landmarks below which no conformal interval of this level exists.

    >>> least_landmarks(0.8), least_landmarks(0.95)
    (4, 19)
    """
    n = 1
    while ceil((n + 1) * level - 1e-9) > n:
        n += 1
    return n


def conformal_quantile(scores: Floats, level: float) -> float:
    """The ⌈(n+1)·level⌉-th smallest score; infinite where n is too small (Vovk et al. 2005)."""
    k = ceil((len(scores) + 1) * level - 1e-9)
    return float(np.sort(scores)[k - 1]) if k <= len(scores) else float("inf")


@dataclass(frozen=True)
class Widths:
    """Half-widths for each week ahead of one currency and layer, in units of the draws' own sd.

    k: (weeks, levels) inf where not verifiable. n: (weeks,) closed landmarks; effective: (weeks,)
    how many of them had windows that do not overlap. By `LEVELS`.
    """

    k: Floats
    n: Ints
    effective: Ints

    @classmethod
    def of(cls, past: PastWeeks, currency: str, n_weeks: int, layer: str = OPEN) -> Widths:
        """From the closed landmarks of the past, the latest MOST_LANDMARKS of each week."""
        rows = past.of(currency, layer)
        k = np.full((n_weeks, len(LEVELS)), np.inf)
        n, effective = np.zeros(n_weeks, dtype=np.int64), np.zeros(n_weeks, dtype=np.int64)
        for at, week in enumerate(range(1, n_weeks + 1)):
            own = rows[rows["week"] == week].tail(MOST_LANDMARKS)
            scale = own["sd"].to_numpy(np.float64) + LEAST_SHARE * own["open"].to_numpy(np.float64)
            miss = np.abs(own["actual"] - own["expected"]).to_numpy(np.float64)
            scores = np.divide(miss, scale, out=np.zeros(len(own)), where=scale > 0)
            # A level is never narrower than a lower one, whatever ties do.
            widths = [conformal_quantile(scores, level) for level in LEVELS]
            k[at] = np.maximum.accumulate(widths)
            n[at], effective[at] = len(own), _apart(own["as_of"].to_numpy(np.int64), 7 * week)
        return cls(k, n, effective)

    def half_widths(self, sd: Floats, own: Floats, open_: float) -> Floats:
        """(weeks, levels) half-widths in cents for draws with these sd and own half-widths.

        sd: (w,) and own: (w, levels) of the draws as simulated. A level that is not verifiable
        widens the draws' own as the highest level that is does; without any, they stay. A week
        past the last known one takes that week's word.
        """
        weeks, out = len(sd), own.copy()
        known = np.flatnonzero(self.n > 0)
        for at in range(weeks):
            if not len(known):
                break
            k = self.k[min(at, int(known[-1]))]
            ratio = 1.0
            for level in range(len(LEVELS)):
                if np.isfinite(k[level]):
                    out[at, level] = k[level] * (sd[at] + LEAST_SHARE * open_)
                    ratio = out[at, level] / own[at, level] if own[at, level] > 0 else ratio
                else:
                    out[at, level] = own[at, level] * ratio
        return np.asarray(np.maximum.accumulate(out, axis=1))

    def table(self) -> pd.DataFrame:
        """A row a week and level: week, level, n, effective_n, needs and what is `verified`."""
        rows = []
        for at in range(len(self.n)):
            for number, level in enumerate(LEVELS):
                n, apart, needs = int(self.n[at]), int(self.effective[at]), least_landmarks(level)
                is_held = bool(np.isfinite(self.k[at, number]))
                said = f"on {n} closed landmarks, {apart} without overlap" if is_held else NOT_YET
                rows.append((at + 1, level, n, apart, needs, said))
        return pd.DataFrame(
            rows, columns=["week", "level", "n", "effective_n", "needs", "verified"]
        )


def _apart(days: Ints, span: int) -> int:
    """How many of the ascending days can be chosen at least `span` days from each other."""
    count, free = 0, -(2**62)
    for day in days:
        if day >= free:
            count, free = count + 1, int(day) + span
    return count
