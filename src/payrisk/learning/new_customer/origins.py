"""Past mornings of a table of applications: what was known before each, and what came after."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER
from payrisk.learning.new_customer.applications import ApplicationTable

YEAR, QUARTER = 365, 91
MOST_YEARS, MOST_QUARTERS = 4, 2
"""Mornings walked from at most: the latest that have enough before and after them."""
LEAST_OF_A_CLASS = 20
"""Good ones and bad ones needed before a morning and after it."""


@dataclass(frozen=True)
class ApplicantOrigin:
    """A past morning: rows that were known before `day`, and those dated in the time after it."""

    day: int
    past: Ints
    later: Ints


def origins_of(table: ApplicationTable) -> list[ApplicantOrigin]:
    """The mornings to walk forward from, the latest first: ends of years, then of quarters.

    Years are counted back from the latest application; the quarters lie within the last year,
    which a table that has grown holds most of. Empty where most rows have no date.
    """
    last = table.last_dated
    if last is None or float((table.dated_on < NEVER).mean()) <= 0.5:
        return []
    first = int(table.dated_on.min())
    years = [
        ApplicantOrigin(day, before(table, day), _within(table, day, YEAR))
        for day in range(last + 1 - YEAR, first, -YEAR)
    ]
    quarters = [
        ApplicantOrigin(last + 1 - QUARTER * back, *_quarter(table, last + 1 - QUARTER * back))
        for back in range(1, MOST_QUARTERS + 1)
    ]
    return [
        *[each for each in years if _has_enough(table, each)][:MOST_YEARS],
        *[each for each in quarters if _has_enough(table, each)],
    ]


def before(table: ApplicationTable, day: int) -> Ints:
    """The rows dated before a day whose outcome was known by then, where the table tells."""
    known = table.dated_on + 1 if table.known_on is None else table.known_on
    return np.flatnonzero((table.dated_on < day) & (known <= day))


def _within(table: ApplicationTable, day: int, days: int) -> Ints:
    return np.flatnonzero((table.dated_on >= day) & (table.dated_on < day + days))


def _quarter(table: ApplicationTable, day: int) -> tuple[Ints, Ints]:
    return before(table, day), _within(table, day, QUARTER)


def _has_enough(table: ApplicationTable, origin: ApplicantOrigin) -> bool:
    return all(
        len(rows) and table.take(rows).n_rarer >= LEAST_OF_A_CLASS
        for rows in (origin.past, origin.later)
    )


def with_age_weights(table: ApplicationTable, half_life_days: int) -> ApplicationTable:
    """The table with each application's weight halved by so many days of age; 0: all alike.

    One without a date counts as the dated ones do on average.
    """
    last = table.last_dated
    if not half_life_days or last is None:
        return replace(table, weight=None)
    age = np.asarray(last - table.dated_on, dtype=np.float64)
    dated = table.dated_on < NEVER
    weight = 0.5 ** (np.where(dated, age, 0.0) / half_life_days)
    return replace(table, weight=np.where(dated, weight, weight[dated].mean()))


def age_of_learned(table: ApplicationTable, day: float) -> float:
    """Years from when half of the bad ones, as they are weighed, had applied until a day."""
    rows = np.flatnonzero(table.bad & (table.dated_on < NEVER))
    if not len(rows):
        return 0.0
    weight: Floats = np.ones(len(table)) if table.weight is None else table.weight
    order = rows[np.argsort(table.dated_on[rows], kind="stable")]
    reached = np.cumsum(weight[order])
    middle = order[int(np.searchsorted(reached, reached[-1] / 2.0))]
    return float(day - table.dated_on[middle]) / YEAR


def level_deviation(table: ApplicationTable) -> float:
    """Standard deviation of a year's change of the level's log-odds, over the last ten years.

    Mean square of the changes between years of enough of either class, by the years between
    them, beside LEVEL_PRIOR as if that had been seen twice; what the counts alone would move is
    taken off.
    """
    last = table.last_dated
    if last is None:
        return LEVEL_PRIOR
    back = np.where(table.dated_on < NEVER, (last - table.dated_on) // YEAR, -1)
    levels: list[tuple[int, float, float]] = []
    for year in range(10):
        rows: Flags = back == year
        gone, n = int(table.bad[rows].sum()), int(rows.sum())
        if min(gone, n - gone) >= LEAST_OF_A_CLASS:
            levels.append((year, float(np.log(gone / (n - gone))), 1.0 / gone + 1.0 / (n - gone)))
    squares = [
        max((b[1] - a[1]) ** 2 - a[2] - b[2], 0.0) / (b[0] - a[0])
        for a, b in itertools.pairwise(levels)
    ]
    return float(np.sqrt((2 * LEVEL_PRIOR**2 + sum(squares)) / (2 + len(squares))))


LEVEL_PRIOR = 0.3
"""Log-odds by which a level is taken to move in a year before any two years are seen."""
