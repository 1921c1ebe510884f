"""Whether columns are distributed as before: PSI and KS against thresholds from the own past.

A distance of 0.1 or 0.25 means nothing by itself: it grows with fewer rows, with customers that
come in bulk and with the seasons. So the same distances are taken between earlier spans and the
days before them, over customers drawn anew, and what is usual there is the measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.stats import t as student

from payrisk.arrays import Days, Flags, Floats, Ints
from payrisk.monitoring.windows import Windows

BINS = 10
DRAWS = 400
DRAWS_AT_ONCE = 40
LEAST_ROWS = 20
STEP_DAYS = 7
"""Earlier spans overlap when customers are drawn anew: one begins each week."""


@dataclass(frozen=True)
class WatchedColumns:
    """(n,) rows with what is watched of each.

    values: (n, columns) numbers, or codes from 0 where `is_code`; NaN where nothing is known.
    customer: (n,) any code. day: (n,) the day each row belongs to. money: by name, the columns
    that people book as amounts ("plain"), or their logarithms ("log").
    """

    names: tuple[str, ...]
    values: Floats
    is_code: tuple[bool, ...]
    customer: Ints
    day: Days
    money: Mapping[str, Literal["plain", "log"]] = field(default_factory=dict)

    def take(self, rows: Flags) -> WatchedColumns:
        """Some of the rows."""
        return replace(
            self, values=self.values[rows], customer=self.customer[rows], day=self.day[rows]
        )


@dataclass(frozen=True)
class Drift:
    """What came of comparing: one row a column, and the bound that the largest was held to.

    table: name, psi, ks (total variation of a code), strength (the larger of both over what is
    usual for it; above `bound` is drift), before, now (medians; the most frequent share of a
    code), times (how many times larger the median of booked money is; NaN of all else),
    missing_before, missing_now, is_drift; strongest first. n: rows under watch.
    """

    table: pd.DataFrame
    bound: float
    n: int
    n_before: int

    @property
    def is_alarm(self) -> bool:
        """Whether any column drifted."""
        return bool(self.table["is_drift"].any())

    @property
    def strength(self) -> float:
        """The strongest column over the bound; above 1 is drift."""
        return float(self.table["strength"].max() / self.bound) if len(self.table) else 0.0


def drift(columns: WatchedColumns, windows: Windows, alarm: float, seed: int = 0) -> Drift | None:
    """Compare the days under watch with those before training; None with too few rows.

    alarm: the chance of any column being named although nothing but the usual happened, held
    over all columns and both distances at once.
    """
    now, before = windows.is_watched(columns.day), windows.before(columns.day)
    if now.sum() < LEAST_ROWS or before.sum() < LEAST_ROWS:
        return None
    cells, n_bins = _binned(columns, before)
    onehot = _onehot(cells, n_bins)
    distances = _distances(
        onehot,
        n_bins,
        columns,
        now[None, :].astype(np.float64),
        before[None, :].astype(np.float64),
    )[0]
    starts = [span.first for span in windows.past]
    plain = _past(onehot, n_bins, columns, windows, [(start, None) for start in starts])
    rng = np.random.default_rng(seed)
    n_customers = int(columns.customer.max(initial=-1)) + 1
    first, last = min(starts), max(starts)
    weekly = np.arange(first, last + 1, STEP_DAYS)
    draws = [
        (
            int(rng.choice(weekly)),
            np.bincount(rng.integers(0, n_customers, n_customers), minlength=n_customers).astype(
                np.int64
            ),
        )
        for _ in range(DRAWS)
    ]
    drawn = _past(onehot, n_bins, columns, windows, draws)
    drawn = drawn[~np.isnan(drawn).any(axis=(1, 2))]
    plain = plain[~np.isnan(plain).any(axis=(1, 2))]
    if len(drawn) < DRAWS // 4 or len(plain) < 2:
        return None
    noise = np.maximum(np.array(n_bins) - 1, 1) * (1.0 / now.sum() + 1.0 / before.sum())
    usual = np.quantile(drawn, 0.95, axis=0)
    usual = np.maximum(usual, np.stack([noise, np.sqrt(noise / 4.0)]))
    bound = _bound((plain / usual).max(axis=(1, 2)), (drawn / usual).max(axis=(1, 2)), alarm)
    strength = (distances / usual).max(axis=0)
    return Drift(
        _table(columns, distances, strength, bound, now, before),
        bound,
        int(now.sum()),
        int(before.sum()),
    )


def _bound(plain: Floats, drawn: Floats, alarm: float) -> float:
    """What the largest strength of a span like the past ones exceeds with the chance `alarm`.

    The larger of the quantile of the draws, and of where one more span would fall by those that
    do not overlap (logs taken as normal, Student's prediction bound).
    """
    logs = np.log(plain)
    k = len(logs)
    spread = float(logs.std(ddof=1)) * np.sqrt(1.0 + 1.0 / k)
    ahead = float(np.exp(logs.mean() + student.ppf(1.0 - alarm, k - 1) * spread))
    return max(float(np.quantile(drawn, 1.0 - alarm)), ahead)


def _binned(columns: WatchedColumns, before: Flags) -> tuple[Ints, list[int]]:
    """(n, columns) the bin of each value, 0 where nothing is known; and how many bins there are.

    Numbers are cut at the tenths of the reference.
    """
    bins = np.empty(columns.values.shape, dtype=np.int64)
    sizes = []
    for column, is_code in enumerate(columns.is_code):
        values = columns.values[:, column]
        is_present = ~np.isnan(values)
        if is_code:
            code = np.where(is_present, values, -1).astype(np.int64) + 1
        else:
            reference = values[before & is_present]
            edges = (
                np.unique(np.quantile(reference, np.arange(1, BINS) / BINS))
                if len(reference)
                else reference
            )
            # an atom at an edge is a bin of its own: most counts are 0
            edges = np.unique(np.concatenate([edges, np.nextafter(edges, np.inf)]))
            code = np.where(is_present, np.searchsorted(edges, values, side="right") + 1, 0)
        bins[:, column] = code
        sizes.append(int(code.max(initial=0)) + 1)
    return bins, sizes


def _onehot(cells: Ints, n_bins: list[int]) -> csr_matrix:
    """(all bins, n) which bins each row is in."""
    n, k = cells.shape
    starts = np.concatenate([[0], np.cumsum(n_bins)[:-1]])
    rows = (cells + starts).ravel()
    ones = np.ones(n * k)
    return csr_matrix((ones, (rows, np.repeat(np.arange(n), k))), shape=(sum(n_bins), n))


def _past(
    onehot: csr_matrix,
    n_bins: list[int],
    columns: WatchedColumns,
    windows: Windows,
    draws: Sequence[tuple[int, Ints | None]],
) -> Floats:
    """(asked, 2, columns) distances of earlier spans from the days before each."""
    parts = []
    for portion in _portions(draws):
        now = np.zeros((len(portion), len(columns.day)))
        before = np.zeros_like(now)
        for number, (first, times) in enumerate(portion):
            weight = 1.0 if times is None else times[columns.customer].astype(np.float64)
            now[number] = weight * windows.span(columns.day, first)
            before[number] = weight * windows.before_span(columns.day, first)
        parts.append(_distances(onehot, n_bins, columns, now, before))
    return np.concatenate(parts)


def _portions(
    draws: Sequence[tuple[int, Ints | None]],
) -> Iterator[Sequence[tuple[int, Ints | None]]]:
    for start in range(0, len(draws), DRAWS_AT_ONCE):
        yield draws[start : start + DRAWS_AT_ONCE]


def _distances(
    onehot: csr_matrix, n_bins: list[int], columns: WatchedColumns, now: Floats, before: Floats
) -> Floats:
    """(draws, 2, columns) PSI and KS between two weightings of the rows; NaN with too few."""
    counts = [np.asarray(onehot @ weights.T).T for weights in (now, before)]
    distances = np.empty((len(now), 2, len(n_bins)))
    start = 0
    for column, size in enumerate(n_bins):
        p, q = (count[:, start : start + size] for count in counts)
        start += size
        # half a row in each bin: an empty bin is no infinite distance
        a = (p + 0.5) / (p.sum(axis=1, keepdims=True) + 0.5 * size)
        b = (q + 0.5) / (q.sum(axis=1, keepdims=True) + 0.5 * size)
        distances[:, 0, column] = ((a - b) * np.log(a / b)).sum(axis=1)
        if columns.is_code[column]:
            distances[:, 1, column] = np.abs(a - b).sum(axis=1) / 2.0
        else:
            distances[:, 1, column] = np.abs(np.cumsum(a - b, axis=1)).max(axis=1)
    few = (now.sum(axis=1) < LEAST_ROWS) | (before.sum(axis=1) < LEAST_ROWS)
    distances[few] = np.nan
    return distances


def _table(
    columns: WatchedColumns,
    distances: Floats,
    strength: Floats,
    bound: float,
    now: Flags,
    before: Flags,
) -> pd.DataFrame:
    rows = []
    for column, name in enumerate(columns.names):
        current, then = columns.values[now, column], columns.values[before, column]
        is_code = columns.is_code[column]
        middles = _middle(then, then, is_code=is_code), _middle(current, then, is_code=is_code)
        rows.append(
            {
                "name": name,
                "psi": float(distances[0, column]),
                "ks": float(distances[1, column]),
                "strength": float(strength[column]),
                "before": middles[0],
                "now": middles[1],
                "times": _times(*middles, columns.money.get(name)),
                "missing_before": float(np.isnan(then).mean()),
                "missing_now": float(np.isnan(current).mean()),
                "is_drift": bool(strength[column] > bound),
            }
        )
    table = pd.DataFrame(rows).sort_values("strength", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def _middle(values: Floats, reference: Floats, *, is_code: bool) -> float:
    """The median of numbers; of codes the share of the reference's most frequent one."""
    present = values[~np.isnan(values)]
    if not len(present):
        return float("nan")
    if not is_code:
        return float(np.median(present))
    top = np.bincount(reference[~np.isnan(reference)].astype(np.int64)).argmax()
    return float((present == top).mean())


def _times(before: float, now: float, money: str | None) -> float:
    """How many times larger an amount became; NaN where that means nothing."""
    if money == "log":
        return float(np.exp(now - before))
    return now / before if money and before * now > 0.0 else float("nan")
