"""Months of the simulation, and the tables of payment-run days by country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from payrisk.arrays import Days, Flags, Ints
from payrisk.calendar import is_business_day, month_end, weekday
from payrisk.simulate.world.world import RUNS

_AFTER = 15  # months that go on after the last bill, so that the truth knows the future


def month_number(days: Days | int) -> Ints:
    """Months since January 1970 of each day."""
    months = np.asarray(days, dtype=np.int64).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(months.astype(np.int64))


def month_first(months: Ints | int) -> Ints:
    """First day of each month number."""
    first = np.asarray(months, dtype=np.int64).astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(first.astype(np.int64))


@dataclass(frozen=True)
class BusinessMonths:
    """The business begins, later the ledger does; bills are written until `ends_on`.

    first_month: month number in which business began. n_billed: months with bills. coverage_on:
    (entities,) day each entity's books begin. Month arrays count from `first_month`.
    """

    first_month: int
    n_billed: int
    ends_on: int
    coverage_on: Ints

    @classmethod
    def of(
        cls, months: int, ends_on: int, warm_up: int, coverage_lag: int, n_entities: int
    ) -> BusinessMonths:
        """The timeline of a ledger of `months` calendar months, the last one that of `ends_on`."""
        last = int(month_number(ends_on))
        begins = last - months + 1
        late = min(coverage_lag, months - 1)
        starts = np.full(n_entities, begins, dtype=np.int64)
        starts[-1] += late
        return cls(begins - warm_up, warm_up + months, ends_on, month_first(starts))

    @cached_property
    def month_starts(self) -> Ints:
        """First day of each month, those after the last bill and one more included."""
        return month_first(self.first_month + np.arange(self.n_billed + _AFTER + 1))

    @property
    def n_months(self) -> int:
        """Months lived through, those after the last bill included."""
        return self.n_billed + _AFTER

    @property
    def first_day(self) -> int:
        """Day on which business began."""
        return int(self.month_starts[0])

    def month(self, days: Days) -> Ints:
        """Month of each day, counted from the first."""
        return month_number(days) - self.first_month


@dataclass(frozen=True)
class RunDays:
    """Tables (countries × kinds of run × days from `first_day`) of payment-run days.

    next_on: the run day on or after a day. last_on: the run day on or before a day. Kind 0 is
    every business day. A day outside the tables reads as their edge.
    """

    countries: tuple[str, ...]
    first_day: int
    next_on: npt.NDArray[np.int32]
    last_on: npt.NDArray[np.int32]

    @classmethod
    def of(cls, countries: Sequence[str], first_day: int, last_day: int) -> RunDays:
        """The tables of some countries; holidays are those of payrisk.calendar."""
        days = np.arange(first_day, last_day + 1)
        shape = (len(countries), len(RUNS), len(days))
        after, before = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.int32)
        for c, country in enumerate(countries):
            open_days = is_business_day(days, country)
            for kind, runs in enumerate(_runs(days, open_days)):
                run_places = np.flatnonzero(runs)
                place = np.searchsorted(run_places, np.arange(len(days)))
                after[c, kind] = days[run_places[np.minimum(place, len(run_places) - 1)]]
                place = np.searchsorted(run_places, np.arange(len(days)), side="right") - 1
                before[c, kind] = days[run_places[np.maximum(place, 0)]]
        return cls(tuple(countries), first_day, after, before)

    def _column(self, days: Ints) -> Ints:
        return np.clip(days - self.first_day, 0, self.next_on.shape[2] - 1)

    def next(self, country: Ints, kind: Ints | int, days: Ints) -> Ints:
        """The run day on or after each day."""
        return np.asarray(self.next_on[country, kind, self._column(days)], dtype=np.int64)

    def last(self, country: Ints, kind: Ints | int, days: Ints) -> Ints:
        """The run day on or before each day."""
        return np.asarray(self.last_on[country, kind, self._column(days)], dtype=np.int64)

    def business_days(self, country: int) -> Ints:
        """All business days of a country, in order."""
        return np.unique(self.next_on[country, 0]).astype(np.int64)


def _runs(days: Ints, open_days: Flags) -> list[Flags]:
    """Per kind of RUNS, which days are run days; a run on a closed day moves to the next open."""
    places = np.arange(len(days))
    opens = np.flatnonzero(open_days)
    after = opens[np.minimum(np.searchsorted(opens, places), len(opens) - 1)]
    before = opens[np.maximum(np.searchsorted(opens, places, side="right") - 1, 0)]
    week, day_of_month = weekday(days), _day_of_month(days)

    def moved(run_days: Flags, to: Ints) -> Flags:
        out = np.zeros(len(days), dtype=bool)
        out[to[run_days]] = True
        return out & open_days

    ends = moved(days == month_end(days), before)
    weekly = [moved(week == d, after) for d in range(5)]
    return [
        open_days,
        *weekly,
        weekly[1] | weekly[3],
        ends,
        moved(np.isin(day_of_month, (10, 25)), after),
        ends | moved(day_of_month == 15, after),
    ]


def _day_of_month(days: Ints) -> Ints:
    return days - month_first(month_number(days)) + 1
