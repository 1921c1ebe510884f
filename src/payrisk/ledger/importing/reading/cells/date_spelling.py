"""One date as it is written: the day it means, or the numbers whose order is open."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from payrisk.calendar import EPOCH, NEVER
from payrisk.ledger.importing.reading.cells.month_names import months, plain_word, weekdays

EARLIEST, LATEST = dt.date(1950, 1, 1), dt.date(2149, 12, 31)
NO_DATE = ((1900, 1, 1), (1899, 12, 30), (1899, 12, 31), (1753, 1, 1), (1, 1, 1))
"""Days by which systems say that there is none; so do all of the year 9999 and all zeros."""

_ZONE = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_YMD = re.compile(
    rf"(\d{{4}})(?:-(\d{{1,2}})-|[/.](\d{{1,2}})[/.])(\d{{1,2}})\.?{_ZONE}", re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?", re.ASCII)
_OPEN = re.compile(r"(\d{1,2})\s*([/.-]|\s)\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})\.?", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_WORDS = re.compile(r"[^\W\d_]+|\d+", re.UNICODE)
_ZEROS = re.compile(r"[0/.\- ]+", re.ASCII)
_FILLERS = frozenset(
    ["de", "del", "den", "d", "the", "of", "le", "st", "nd", "rd", "th", "er", "ter", "ο", "του"]
)
_EXCEL_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class AmbiguousDate:
    """Three numbers of a date whose order its column must tell: dmy, mdy or ymd.

    days: {order: day since 1970} of the orders that make a day of them. is_short: whether the
    year has two digits.
    """

    separator: str
    is_short: bool
    days: dict[str, int]


@dataclass(frozen=True)
class SerialDate:
    """A day counted from the start of 1900, as spreadsheets keep it."""

    day: int


def read_date(text: str) -> int | AmbiguousDate | SerialDate | None:
    """The day since 1970 that a text means, NEVER for 'none', what is open, or None.

    >>> read_date("2025-03-31"), read_date("31. März 2025"), read_date("Mar 31, 25")
    (20178, 20178, 20178)
    >>> read_date("31/03/2025").days, sorted(read_date("05/01/2026").days)
    ({'dmy': 20178}, ['dmy', 'mdy'])
    """
    if _ZEROS.fullmatch(text) and "0" in text:
        return NEVER
    if hit := _YMD.fullmatch(text):
        return _day(int(hit[1]), int(hit[2] or hit[3]), int(hit[4]))
    if hit := _COMPACT.fullmatch(text):
        return _day(int(hit[1]), int(hit[2]), int(hit[3]))
    if hit := _OPEN.fullmatch(text):
        return _open(hit[1], hit[2], hit[3], hit[4])
    if hit := _SERIAL.fullmatch(text):
        date = _EXCEL_EPOCH + dt.timedelta(days=int(hit[1]))
        return SerialDate((date - EPOCH).days) if EARLIEST <= date <= LATEST else None
    return _named(text)


def _day(year: int, month: int, day: int) -> int | None:
    if year == 9999 or (year, month, day) in NO_DATE:
        return NEVER
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return None
    return (date - EPOCH).days if EARLIEST <= date <= LATEST else None


def _full_year(text: str) -> int:
    """The year of two digits from 1970 to 2069; four digits as they are."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 70 else 2000)


def _open(first: str, separator: str, second: str, last: str) -> int | AmbiguousDate | None:
    tried = {
        "dmy": _day(_full_year(last), int(second), int(first)),
        "mdy": _day(_full_year(last), int(first), int(second)),
    }
    if len(last) == 2 and len(first) == 2:
        tried["ymd"] = _day(_full_year(first), int(second), int(last))
    days = {order: day for order, day in tried.items() if day is not None}
    if NEVER in days.values():
        return NEVER
    return AmbiguousDate(separator.strip(), len(last) == 2, days) if days else None


def _named(text: str) -> int | None:
    """A date whose month is a word: 31-Mar-2025, Mar 31st, 2025, 31 de marzo de 2025."""
    if not any(c.isalpha() for c in text) or len(text) > 40 or re.search(r"[^\w\s.,/ºª'-]", text):
        return None
    month, numbers = None, []
    for word in _WORDS.findall(text):
        plain = plain_word(word)
        if word.isascii() and word.isdigit():
            numbers.append((word, month is not None))
        elif plain in months():
            if month is not None:
                return None
            month = months()[plain]
        elif plain not in _FILLERS and plain not in weekdays() and plain not in ("º", "ª"):
            return None
    if month is None or len(numbers) != 2:
        return None
    (first, _), (second, _) = numbers
    if len(first) == 4 and len(second) <= 2:
        return _day(int(first), month, int(second))
    if len(first) <= 2 and len(second) in (2, 4):
        return _day(_full_year(second), month, int(first))
    return None
