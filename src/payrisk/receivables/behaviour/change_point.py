"""Since when a sequence of days late lies higher, or lower, and how sure that is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from payrisk.arrays import Flags, Floats, Ints, matrix_product

MOST_RECENT = 24
"""A change more invoices ago is how a customer pays, not how it began to."""
BEFORE = 48
"""Invoices before the change that tell how a customer paid."""
LEAST_BEFORE, LEAST_SINCE = 8, 2
PLACES = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 21, MOST_RECENT)
"""Payments ago at which a change is looked for; each stands for those up to the next."""

SHIFTS = np.array([10.0, 14.0, 20.0, 28.0, 40.0, 60.0])
"""Days by which payments may have moved; each is as likely as the next."""
TAILS = 4.0
"""Degrees of freedom of an ordinary payment's deviation."""
STRAY_DAYS, STRAY_SHARE, STRAY_WEIGHT = 20.0, 0.10, 10.0
"""A stray payment lies so many days off (Laplace); everybody's share, worth so many invoices."""
BELL_WEIGHT = 6.0
"""The bell counts as so many of the past payments themselves."""
STRAY_SPREADS = 4.0
"""A payment further off than so many spreads is a stray one."""
FLOOR_DAYS = 2.0
"""Nobody is taken to pay more regularly than this (standard deviation, days)."""
OTHERS = 10.0
"""A customer's own spread counts as so many invoices of everybody's beside its own."""


@dataclass(frozen=True)
class ChangePoint:
    """(n,) of each sequence: how likely a change is, when and by how much.

    probability: that it changed within the last MOST_RECENT invoices; NaN where fewer than
    LEAST_BEFORE + LEAST_SINCE are known. n_since: invoices since the likeliest place; before,
    since: the middle days late on both sides; shift: the likeliest size in days.
    """

    probability: Floats
    n_since: Ints
    before: Floats
    since: Floats
    shift: Floats


def change_points(
    days_late: Floats, is_open: Flags, prior: Floats, *, direction: int = 1
) -> ChangePoint:
    """The likeliest change of each row, the last invoice right-most.

    days_late: (n, k), NaN on the left where a row is shorter; is_open: (n, k) days reached by
    now, not final. prior: (n,) chance of a change at any one invoice. direction: 1 for later, −1
    for earlier. How a row paid before is its own past beside a bell (`_habit`); after a
    change the same lies SHIFTS days on. An open invoice counts as paid that late or later.
    """
    x, n = days_late, len(days_late)
    odds = np.zeros(n)
    best = np.full(n, -np.inf)
    n_since, shift = np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    is_long = np.zeros(n, dtype=bool)
    for recent, next_place in itertools.pairwise((*PLACES, MOST_RECENT + 1)):
        past = x[:, max(0, x.shape[1] - recent - BEFORE) : x.shape[1] - recent]
        has_past = (~np.isnan(past)).sum(axis=1) >= LEAST_BEFORE
        if not has_past.any():
            break
        rows = np.flatnonzero(has_past)
        is_long |= has_past
        log_density, log_tail = _habit(past[rows])
        now = x[rows, x.shape[1] - recent :]
        waits = is_open[rows, x.shape[1] - recent :]
        still = _looked_up(log_density, log_tail, now, waits)
        moved = [
            _looked_up(log_density, log_tail, now - direction * shift, waits) for shift in SHIFTS
        ]
        gain = (np.stack(moved, axis=1) - still[:, None, :]).sum(axis=2)
        each = np.exp(np.clip(gain, -50, 50)) / len(SHIFTS)
        odds[rows] += (next_place - recent) * prior[rows] * each.sum(axis=1)
        top = np.log(each.sum(axis=1))
        better = top > best[rows]
        won = rows[better]
        best[won], n_since[won] = top[better], recent
        shift[won] = direction * SHIFTS[np.argmax(gain, axis=1)][better]
    probability = np.where(is_long, odds / (1 + odds), np.nan)
    before, since = _middles(x, n_since)
    return ChangePoint(probability, n_since, before, since, shift)


def _habit(past: Floats) -> tuple[Floats, Floats]:
    """(n, GRID) log chance of each days late by each row's own past, and of so late or later.

    Its past payments, each spread a little, beside a bell about its middle, whose spread and share
    of stray payments are shrunk towards those of all rows.
    """
    count = (~np.isnan(past)).sum(axis=1)[:, None]
    middle = np.nanmedian(past, axis=1)[:, None]
    off = np.abs(past - middle)
    mad = 1.4826 * np.nanmedian(off, axis=1)[:, None]
    everybody = float(np.median(mad)) ** 2
    spread = np.sqrt((count * mad**2 + OTHERS * everybody) / (count + OTHERS))
    spread = np.maximum(spread, FLOOR_DAYS)
    n_stray = (off > STRAY_SPREADS * spread).sum(axis=1)[:, None]
    stray = (n_stray + STRAY_WEIGHT * STRAY_SHARE) / (count + STRAY_WEIGHT)
    about = GRID[None, :] - middle
    bell = _bell(about / spread) / spread
    far = np.exp(-np.abs(about) / STRAY_DAYS) / (2 * STRAY_DAYS)
    counts = np.zeros((len(past), len(GRID)))
    row, column = np.nonzero(~np.isnan(past))
    np.add.at(counts, (row, _place(past[row, column])), 1.0)
    own = matrix_product(counts, KERNEL) / count
    weight = count / (count + BELL_WEIGHT)
    density = weight * own + (1 - weight) * ((1 - stray) * bell + stray * far) + 1e-7
    density = density / density.sum(axis=1, keepdims=True)
    tail = np.cumsum(density[:, ::-1], axis=1)[:, ::-1]
    return np.log(density), np.log(tail)


def _looked_up(log_density: Floats, log_tail: Floats, days: Floats, waits: Flags) -> Floats:
    place = _place(days)
    row = np.arange(len(days))[:, None]
    return np.where(waits, log_tail[row, place], log_density[row, place])


def _place(days: Floats) -> Ints:
    """Where days late stand on the grid, those beyond it at its ends."""
    steps = np.rint(np.nan_to_num(days)) - GRID[0]
    return np.asarray(np.clip(steps, 0, len(GRID) - 1), dtype=np.int64)


def _bell(z: Floats) -> Floats:
    """Density of Student's t."""
    v = TAILS
    scale = np.exp(gammaln((v + 1) / 2) - gammaln(v / 2)) / np.sqrt(v * np.pi)
    return np.asarray(scale * (1 + z**2 / v) ** (-(v + 1) / 2))


GRID = np.arange(-40, 121)
"""Days late that are told apart."""
_STEPS = GRID[:, None] - GRID[None, :]
KERNEL = _bell(_STEPS / FLOOR_DAYS) / FLOOR_DAYS
"""How a past payment tells of days near its own."""


def _middles(x: Floats, n_since: Ints) -> tuple[Floats, Floats]:
    """(n,) middle of each row before and since its change; NaN where there is none."""
    place = x.shape[1] - n_since[:, None]
    column = np.arange(x.shape[1])[None, :]
    is_past = (column < place) & (column >= place - BEFORE)
    has_past = is_past & ~np.isnan(x)
    has_since = (column >= place) & ~np.isnan(x)
    return _middle(x, has_past), _middle(x, has_since)


def _middle(x: Floats, use: Flags) -> Floats:
    """(n,) the median of each row where `use`; NaN where there is none."""
    out, rows = np.full(len(x), np.nan), use.any(axis=1)
    if rows.any():
        out[rows] = np.nanmedian(np.where(use, x, np.nan)[rows], axis=1)
    return out
