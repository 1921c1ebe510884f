"""How wide the interval of a week's cash must be, by how far past weeks missed (conformal)."""

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
        for position, week in enumerate(range(1, n_weeks + 1)):
            week_rows = rows[rows["week"] == week].tail(MOST_LANDMARKS)
            scale = week_rows["sd"].to_numpy(np.float64) + LEAST_SHARE * week_rows[
                "open"
            ].to_numpy(np.float64)
            miss = np.abs(week_rows["actual"] - week_rows["expected"]).to_numpy(np.float64)
            scores = np.divide(miss, scale, out=np.zeros(len(week_rows)), where=scale > 0)
            # A level is never narrower than a lower one, whatever ties do.
            widths = [conformal_quantile(scores, level) for level in LEVELS]
            k[position] = np.maximum.accumulate(widths)
            n[position], effective[position] = (
                len(week_rows),
                n_without_overlap(week_rows["as_of"].to_numpy(np.int64), 7 * week),
            )
        return cls(k, n, effective)

    def half_widths(self, sd: Floats, unscaled: Floats, open_: float) -> Floats:
        """(weeks, levels) half-widths in cents for draws with these sd and own half-widths.

        sd: (w,) and own: (w, levels) of the draws as simulated. A level that is not verifiable
        widens the draws' own as the highest level that is does; without any, they stay. A week
        past the last known one takes that week's word.
        """
        weeks, out = len(sd), unscaled.copy()
        measured = np.flatnonzero(self.n > 0)
        for week in range(weeks):
            if not len(measured):
                break
            k = self.k[min(week, int(measured[-1]))]
            ratio = 1.0
            for level in range(len(LEVELS)):
                if np.isfinite(k[level]):
                    out[week, level] = k[level] * (sd[week] + LEAST_SHARE * open_)
                    ratio = (
                        out[week, level] / unscaled[week, level]
                        if unscaled[week, level] > 0
                        else ratio
                    )
                else:
                    out[week, level] = unscaled[week, level] * ratio
        return np.asarray(np.maximum.accumulate(out, axis=1))

    def table(self) -> pd.DataFrame:
        """A row a week and level: week, level, n, effective_n, needs and what is `verified`."""
        rows = []
        for position in range(len(self.n)):
            for number, level in enumerate(LEVELS):
                n, apart, needs = (
                    int(self.n[position]),
                    int(self.effective[position]),
                    least_landmarks(level),
                )
                is_held = bool(np.isfinite(self.k[position, number]))
                verdict = (
                    f"on {n} closed landmarks, {apart} without overlap" if is_held else NOT_YET
                )
                rows.append((position + 1, level, n, apart, needs, verdict))
        return pd.DataFrame(
            rows, columns=["week", "level", "n", "effective_n", "needs", "verified"]
        )


def n_without_overlap(days: Ints, span: int) -> int:
    """How many of the ascending days can be chosen at least `span` days from each other."""
    count, free = 0, -(2**62)
    for day in days:
        if day >= free:
            count, free = count + 1, int(day) + span
    return count
