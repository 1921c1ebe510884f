"""Opening days: what a day is in a country's calendar, for many days and countries at once."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags, Floats, Ints
from payrisk.calendar import EPOCH, MONDAY_OF_EPOCH, day_of, is_business_day, month_end, weekday

if TYPE_CHECKING:
    from payrisk.features.streams.customers import CustomerGroups

FIRST, LAST = day_of("1990-01-01"), day_of("2089-12-31")
"""Days whose calendar is told; of others only the weekday and the date are."""
MARGIN = 40


@dataclass
class _OpenDays:
    """Business days of one country from `first` on: the flags and their running count."""

    first: int
    is_open: Flags
    n_open: Ints
    next_open: Ints


@dataclass
class BusinessCalendars:
    """Countries by code, their calendars read year by year when first asked for.

    country 0 is 'unknown': weekends only.
    """

    names: tuple[str, ...]
    _tables: dict[int, _OpenDays] = field(default_factory=dict, repr=False)

    def facts(self, what: str, days: Floats, country: Days) -> Any:
        """(n,) a fact of each day in its country; NaN for a day that is NaN or not told.

        what: weekday (Monday = 0), day_of_month, days_to_month_end, is_business_day,
        days_to_business_day (0 on one), business_days_left (after this day in its month),
        is_holiday (of the days from Monday to Friday), month_sixth (see there).
        """
        told = ~np.isnan(days)
        whole = np.where(told, days, 0).astype(np.int64)
        if what == "weekday":
            found = weekday(whole).astype(np.float64)
        elif what == "day_of_month":
            dates = whole.astype("datetime64[D]")
            first = dates.astype("datetime64[M]").astype("datetime64[D]")
            found = ((dates - first).astype(np.int64) + 1).astype(np.float64)
        elif what == "days_to_month_end":
            found = (month_end(whole) - whole).astype(np.float64)
        elif what == "month_sixth":
            found = month_sixth(whole).astype(np.float64)
        else:
            told = told & (whole >= FIRST) & (whole <= LAST)
            found = np.full(len(whole), np.nan)
            for code in _codes(country[told]):
                rows = np.flatnonzero(told & (country == code))
                found[rows] = self._opening(what, whole[rows], int(code))
        return np.where(told, found, np.nan)

    def fact(self, what: str, day: float, country: int) -> float:
        """`facts` of one day."""
        if day != day:
            return day
        if what == "weekday":
            return float((int(day) + MONDAY_OF_EPOCH) % 7)
        if not FIRST <= day <= LAST or what not in (
            "day_of_month",
            "days_to_business_day",
            "business_days_left",
        ):
            return float(self.facts(what, np.array([day]), np.array([country]))[0])
        date = EPOCH + dt.timedelta(days=int(day))
        if what == "day_of_month":
            return float(date.day)
        table = self._table(country, int(day), int(day))
        at = int(day) - table.first
        if what == "days_to_business_day":
            return float(table.next_open.item(at) - at)
        end = at + calendar.monthrange(date.year, date.month)[1] - date.day
        return float(table.n_open.item(end + 1) - table.n_open.item(at + 1))

    def business_days(self, after: Floats, upto: Floats, country: Days) -> Floats:
        """(n,) business days after one day up to another; negative where they are in turn."""
        low, high = np.minimum(after, upto), np.maximum(after, upto)
        told = (low >= FIRST) & (high <= LAST)  # False for NaN
        found = np.full(len(after), np.nan)
        for code in _codes(country[told]):
            rows = np.flatnonzero(told & (country == code))
            ends = [day[rows].astype(np.int64) for day in (after, upto)]
            table = self._table(
                int(code), int(min(d.min() for d in ends)), int(max(d.max() for d in ends))
            )
            begin, end = (table.n_open[day - table.first + 1] for day in ends)
            found[rows] = end - begin
        return found

    def _opening(self, what: str, days: Days, code: int) -> Any:
        table = self._table(code, int(days.min()), int(days.max()))
        at = days - table.first
        if what == "is_business_day":
            return table.is_open[at]
        if what == "days_to_business_day":
            return table.next_open[at] - at
        if what == "business_days_left":
            return table.n_open[month_end(days) - table.first + 1] - table.n_open[at + 1]
        if what == "is_holiday":
            return ~table.is_open[at] & (weekday(days) < 5)
        raise KeyError(what)

    def _table(self, code: int, low: int, high: int) -> _OpenDays:
        have = self._tables.get(code)
        if have and have.first <= low and high < have.first + len(have.is_open) - MARGIN:
            return have
        if have:
            low = min(low, have.first)
            high = max(high, have.first + len(have.is_open) - MARGIN - 1)
        begin = _year_start(low)
        days = np.arange(begin, _year_start(high + 366) + MARGIN)
        is_open = is_business_day(days, self.names[code] or None)
        at = np.where(is_open, np.arange(len(days)), len(days))
        table = _OpenDays(
            begin,
            is_open,
            np.concatenate([[0], np.cumsum(is_open)]),
            np.minimum.accumulate(at[::-1])[::-1],
        )
        self._tables[code] = table
        return table


def _codes(country: Days) -> Days:
    return country if len(country) == 1 else np.unique(country)


def month_sixth(days: Days) -> Days:
    """(n,) which sixth of its month a day lies in: 0 for the 1st to 5th, 5 from the 26th.

    >>> month_sixth(np.array([day_of("2024-02-01"), day_of("2024-02-06"), day_of("2024-02-29")]))
    array([0, 1, 5])
    """
    dates = np.asarray(days, dtype=np.int64).astype("datetime64[D]")
    first = dates.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(np.minimum((dates - first).astype(np.int64) // 5, 5))


def _year_start(day: int) -> int:
    year = np.datetime64(day, "D").astype("datetime64[Y]")
    return int(year.astype("datetime64[D]").astype(np.int64))


def of_countries(
    belonging: CustomerGroups,
) -> tuple[BusinessCalendars, Ints, Ints]:
    """The calendars of a ledger's countries, and the codes of customers' countries and entities.

    Code 0 is none; an entity's is that of its bank, else of its own country.
    """
    entities = belonging.ledger.tables["entities"]
    of_entity = (
        entities["bank_calendar"]
        .fillna("")
        .where(entities["bank_calendar"].fillna("") != "", entities["country"].fillna(""))
    )
    of_customers = belonging.countries[1]
    names = pd.Index(["", *sorted((set(of_customers) | set(of_entity)) - {""})])
    return (
        BusinessCalendars(tuple(names)),
        np.asarray(names.get_indexer(of_customers), dtype=np.int64),
        np.asarray(names.get_indexer(pd.Index(of_entity)), dtype=np.int64),
    )
