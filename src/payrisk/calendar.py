"""Days as integers, and which of them are business days in a country."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable
from functools import lru_cache

import holidays
import numpy as np
import numpy.typing as npt

from payrisk.arrays import Days, Flags
from payrisk.errors import InputError

EPOCH = dt.date(1970, 1, 1)
NEVER = 2**31 - 1
"""The day that does not come: the value of a date that is absent."""

TARGET = "TARGET"
"""The calendar of T2, on whose days euro payments settle; it stands where a country may."""

MONDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday
SATURDAY = 5


def day_of(date: dt.date | str) -> int:
    """Days since 1970-01-01 of a date or an ISO text.

    >>> day_of("1970-01-11")
    10
    """
    if isinstance(date, str):
        try:
            date = dt.date.fromisoformat(date)
        except ValueError:
            raise InputError(f"'{date}' is not a date; write it as YYYY-MM-DD.") from None
    if isinstance(date, dt.datetime):
        date = date.date()
    return (date - EPOCH).days


def date_of(day: int) -> dt.date | None:
    """The date of a day number; None for NEVER.

    >>> date_of(10)
    datetime.date(1970, 1, 11)
    >>> date_of(NEVER) is None
    True
    """
    return None if day >= NEVER else EPOCH + dt.timedelta(days=int(day))


@lru_cache(maxsize=4096)
def iso(day: int) -> str:
    """ISO text of a day number; 'never' for NEVER."""
    date = date_of(day)
    return "never" if date is None else date.isoformat()


def iso_or_none(day: int | None) -> str | None:
    """ISO text of a day number; None for NEVER and for None."""
    return None if day is None or day >= NEVER else iso(day)


def weekday(days: Days | int) -> Days:
    """Weekday of each day, Monday = 0."""
    return np.asarray((np.asarray(days, dtype=np.int64) + MONDAY_OF_EPOCH) % 7)


_OTHER_CODES = {"UK": "GB", "EL": "GR"}
"""Codes of the European Union, of tax numbers and of habit, beside those of ISO 3166."""


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> npt.NDArray[np.datetime64]:
    # 'DE-BY' names a subdivision, whose country stands for one that is not known; an unknown
    # country has weekends only.
    whole, _, part = iso_country(country).partition("-")
    with warnings.catch_warnings():
        # of a year beyond its tables the library warns, once a country, and tells what it knows
        warnings.filterwarnings("ignore", message="Requested Holidays are available only")
        for subdivision in (part, None) if part else (None,):
            try:
                if country == TARGET:
                    return _sorted_days(holidays.financial_holidays("XECB", years=year))
                return _sorted_days(holidays.country_holidays(whole, subdivision, years=year))
            except (NotImplementedError, KeyError):
                continue
    return np.array([], dtype="datetime64[D]")


def _sorted_days(table: Iterable[dt.date]) -> npt.NDArray[np.datetime64]:
    return np.array(sorted(table), dtype="datetime64[D]")


def is_known_country(country: str) -> bool:
    """Whether holidays are known for this ISO 3166 code or TARGET; others get weekends only.

    >>> is_known_country("DE-BY"), is_known_country("ZZ")
    (True, False)
    """
    return country == TARGET or iso_country(country).partition("-")[0] in _countries()


def iso_country(code: str) -> str:
    """The ISO 3166 code of a country that people write by another, or in small letters.

    >>> iso_country("uk"), iso_country("EL"), iso_country(" de-by")
    ('GB', 'GR', 'DE-BY')
    """
    whole, dash, part = code.strip().upper().partition("-")
    return _OTHER_CODES.get(whole, whole) + dash + part


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries())


def _calendar(country: str | None, first: int, last: int) -> np.busdaycalendar:
    if not country:
        return np.busdaycalendar()
    low, high = EPOCH + dt.timedelta(days=first), EPOCH + dt.timedelta(days=last)
    closed = [_holidays(country, year) for year in range(low.year - 1, high.year + 2)]
    return np.busdaycalendar(holidays=np.concatenate(closed))


def _dates(days: Days) -> npt.NDArray[np.datetime64]:
    return np.asarray(days, dtype=np.int64).astype("datetime64[D]")


def is_business_day(days: Days, country: str | None = None) -> Flags:
    """True where the day is neither a weekend nor a holiday of the country."""
    days = np.asarray(days, dtype=np.int64)
    if not days.size:
        return np.zeros(days.shape, dtype=bool)
    calendar = _calendar(country, int(days.min()), int(days.max()))
    return np.asarray(np.is_busday(_dates(days), busdaycal=calendar))


def roll_forward(days: Days, country: str | None = None) -> Days:
    """Each day itself if it is a business day, else the next one."""
    days = np.asarray(days, dtype=np.int64)
    if not days.size:
        return days
    calendar = _calendar(country, int(days.min()), int(days.max()))
    rolled = np.busday_offset(_dates(days), 0, roll="forward", busdaycal=calendar)
    return np.asarray(rolled.astype(np.int64))


def month_end(days: Days | int) -> Days:
    """Last day of each day's month."""
    months = np.asarray(days, dtype=np.int64).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray((months + 1).astype("datetime64[D]").astype(np.int64) - 1)
