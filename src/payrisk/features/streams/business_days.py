"""What a day is in a country's calendar, for many days and countries at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags, Floats, Ints
from payrisk.calendar import day_of, is_business_day, month_end, weekday

if TYPE_CHECKING:
    from payrisk.features.streams.customers import CustomerGroups

FIRST, LAST = day_of("1990-01-01"), day_of("2089-12-31")
"""Days whose holidays are known; of others only the weekday and the date are."""
MARGIN = 40
"""Days that a country's table reaches beyond the last day asked for: more than any closure."""


@dataclass
class _OpenDays:
    """Business days of one country from the day `first` on, an element a day.

    n_open: (days + 1,) business days before each day. next_open: (days,) place of the first
    business day from each day on.
    """

    first: int
    is_open: Flags
    n_open: Ints
    next_open: Ints


@dataclass
class BusinessCalendars:
    """Business days of countries; a country's calendar is read when a day of it is first needed.

    names: the countries, a place each is its code; code 0 is none: weekends only.
    """

    names: tuple[str, ...]
    _tables: dict[int, _OpenDays] = field(default_factory=dict, repr=False)

    def day_facts(self, fact: str, days: Floats, country: Ints) -> Any:
        """(n,) a fact of each day in its country; NaN for NaN, and for a day out of range.

        fact: weekday (Monday = 0), day_of_month, days_to_month_end, is_business_day,
        days_to_business_day (0 on one), business_days_left (after this day in its month),
        is_holiday (of the days from Monday to Friday), month_sixth (see there). The first three
        and the last are of the date alone; the others lie in FIRST..LAST.
        """
        is_day = ~np.isnan(days)
        whole = np.where(is_day, days, 0).astype(np.int64)
        if fact == "weekday":
            facts = weekday(whole).astype(np.float64)
        elif fact == "day_of_month":
            dates = whole.astype("datetime64[D]")
            first = dates.astype("datetime64[M]").astype("datetime64[D]")
            facts = ((dates - first).astype(np.int64) + 1).astype(np.float64)
        elif fact == "days_to_month_end":
            facts = (month_end(whole) - whole).astype(np.float64)
        elif fact == "month_sixth":
            facts = month_sixth(whole).astype(np.float64)
        else:
            is_day = is_day & (whole >= FIRST) & (whole <= LAST)
            facts = np.full(len(whole), np.nan)
            for code in _codes(country[is_day]):
                rows = np.flatnonzero(is_day & (country == code))
                facts[rows] = self._country_facts(fact, whole[rows], int(code))
        return np.where(is_day, facts, np.nan)

    def count_business_days(self, after: Floats, upto: Floats, country: Ints) -> Floats:
        """(n,) business days after one day up to another; negative where they are in turn."""
        low, high = np.minimum(after, upto), np.maximum(after, upto)
        in_range = (low >= FIRST) & (high <= LAST)  # False for NaN
        counts = np.full(len(after), np.nan)
        for code in _codes(country[in_range]):
            rows = np.flatnonzero(in_range & (country == code))
            ends = [day[rows].astype(np.int64) for day in (after, upto)]
            table = self._table(
                int(code), int(min(d.min() for d in ends)), int(max(d.max() for d in ends))
            )
            begin, end = (table.n_open[day - table.first + 1] for day in ends)
            counts[rows] = end - begin
        return counts

    def _country_facts(self, fact: str, days: Days, code: int) -> Any:
        table = self._table(code, int(days.min()), int(days.max()))
        place = days - table.first
        if fact == "is_business_day":
            return table.is_open[place]
        if fact == "days_to_business_day":
            return table.next_open[place] - place
        if fact == "business_days_left":
            return table.n_open[month_end(days) - table.first + 1] - table.n_open[place + 1]
        if fact == "is_holiday":
            return ~table.is_open[place] & (weekday(days) < 5)
        raise KeyError(fact)

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
        place = np.where(is_open, np.arange(len(days)), len(days))
        table = _OpenDays(
            begin,
            is_open,
            np.concatenate([[0], np.cumsum(is_open)]),
            np.minimum.accumulate(place[::-1])[::-1],
        )
        self._tables[code] = table
        return table


def _codes(country: Days) -> Days:
    is_one = len(country) > 0 and bool((country == country[0]).all())
    return country[:1] if is_one else np.unique(country)


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


class LedgerCalendars(NamedTuple):
    """The calendars of a ledger's countries, and the codes of its customers and entities.

    of_country: code of each of the customers' countries, in the order of their own codes.
    of_entity: (entities,) code of each of our entities: of its bank's calendar, else its country.
    """

    calendars: BusinessCalendars
    of_country: Ints
    of_entity: Ints

    @classmethod
    def of(cls, groups: CustomerGroups) -> LedgerCalendars:
        """The calendars that customers and entities of a ledger name; code 0 is none."""
        entities = groups.ledger.tables["entities"]
        bank, country = (entities[name].fillna("") for name in ("bank_calendar", "country"))
        of_entity = bank.where(bank != "", country)
        of_customers = groups.countries.names
        names = pd.Index(["", *sorted((set(of_customers) | set(of_entity)) - {""})])
        return cls(
            BusinessCalendars(tuple(names)),
            np.asarray(names.get_indexer(of_customers), dtype=np.int64),
            np.asarray(names.get_indexer(pd.Index(of_entity)), dtype=np.int64),
        )
