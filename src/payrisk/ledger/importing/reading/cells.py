"""Cells of text into days, minor units, numbers and flags, a whole column at a time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import EPOCH, NEVER
from payrisk.money import decimals as decimals_of
from payrisk.money import is_currency

Text = Any  # pa.Array of strings, null = empty cell

NO_DATE = ("9999-12-31", "99991231", "31.12.9999", "12/31/9999", "00000000", "0000-00-00")
"""How ERP systems write that there is no date."""

EARLIEST, LATEST = dt.date(1950, 1, 1), dt.date(2149, 12, 31)
LARGEST = 10**15
"""Largest amount in minor units: below it float64 carries every cent exactly."""

_SEPARATED = r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
DATE_FORMATS: dict[str, tuple[str, str]] = {
    "iso": (r"(\d{4})-(\d{1,2})-(\d{1,2})", "ymd"),
    "yyyymmdd": (r"(\d{4})(\d{2})(\d{2})(?:\.0+)?", "ymd"),
    "y/m/d": (r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", "ymd"),
    "m/d/y": (_SEPARATED, "mdy"),
    "d/m/y": (_SEPARATED, "dmy"),
    "excel": (r"(\d{5})(?:\.\d+)?", "serial"),
}
"""Date formats a mapping may name: a pattern and what its groups mean."""

_EXCEL_EPOCH = dt.date(1899, 12, 30)
_PLAIN = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$"
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class ParsedColumn:
    """One column read: values (n,), which cells were empty, which could not be understood.

    `why` says in words what a bad cell is not; `repaired` marks values that were rounded.
    """

    values: Any
    empty: Flags
    bad: Flags
    why: str
    repaired: Flags | None = None


def tidy(text: Text, empty_words: Sequence[str] = ()) -> Text:
    """The column without outer spaces; an empty cell or one of the words becomes null."""
    text = pc.utf8_trim_whitespace(text)
    is_empty = pc.equal(text, "")
    if empty_words:
        is_empty = pc.or_(is_empty, pc.is_in(text, value_set=pa.array(list(empty_words))))
    return pc.if_else(is_empty, pa.scalar(None, pa.string()), text)


def one_array(column: Any) -> Text:
    """The chunks of an arrow column as one array."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def flags_of(condition: Text) -> Flags:
    """An arrow condition as (n,) bool; null counts as false."""
    return np.asarray(pc.fill_null(condition, False)).astype(bool)


def empty_cells(text: Text) -> Flags:
    """(n,) bool: where the cell is empty."""
    return np.asarray(pc.is_null(text)).astype(bool)


def _day(text: str, formats: Sequence[tuple[re.Pattern[str], str]]) -> int | None:
    for pattern, order in formats:
        matched = pattern.fullmatch(text)
        if not matched:
            continue
        try:
            if order == "serial":
                date = _EXCEL_EPOCH + dt.timedelta(days=int(matched[1]))
            else:
                part = dict(zip(order, map(int, matched.groups()), strict=True))
                date = dt.date(part["y"], part["m"], part["d"])
        except ValueError:
            continue
        if EARLIEST <= date <= LATEST:
            return (date - EPOCH).days
    return None


def days(text: Text, formats: Sequence[str]) -> ParsedColumn:
    """Days since 1970 by the first format that fits; a time of day is cut off, not converted.

    An empty cell, or one of the dates by which ERP systems say "none", is NEVER. Other days
    outside 1950-2149 are not understood.
    """
    text = pc.replace_substring_regex(text, r"[T ]\s*\d{1,2}:.*$", "")
    text = tidy(text, NO_DATE)
    coded = pc.dictionary_encode(text)
    patterns = [(re.compile(DATE_FORMATS[f][0], re.ASCII), DATE_FORMATS[f][1]) for f in formats]
    parsed = [_day(value, patterns) for value in coded.dictionary.to_pylist()]
    # One more slot than there are values: where an empty cell's code points.
    table = np.array([NEVER if day is None else day for day in parsed] + [NEVER], dtype=np.int64)
    unread = np.array([day is None for day in parsed] + [False], dtype=bool)
    codes = np.asarray(pc.fill_null(coded.indices, len(parsed))).astype(np.int64)
    why = f"not a date ({' or '.join(formats)}, {EARLIEST.year}-{LATEST.year})"
    return ParsedColumn(table[codes], empty_cells(text), unread[codes], why)


@lru_cache(maxsize=512)
def exponent(currency: str) -> int | None:
    """Decimals of a currency's minor unit; None for a code that is no currency."""
    return decimals_of(currency) if is_currency(currency) else None


def exponents(currency: Text) -> tuple[Ints, Flags]:
    """(n,) decimals of each row's currency and where the code is empty or unknown."""
    coded = pc.dictionary_encode(currency)
    decimals = [exponent(code) for code in coded.dictionary.to_pylist()] + [None]
    codes = np.asarray(pc.fill_null(coded.indices, len(decimals) - 1)).astype(np.int64)
    table = np.array([0 if e is None else e for e in decimals], dtype=np.int64)
    return table[codes], np.array([e is None for e in decimals], dtype=bool)[codes]


def _plain(text: Text, decimal: str, thousands: str) -> Text:
    """Numbers as people write them, in the plain form: sign first, point, no grouping."""
    if thousands:
        # Only well-formed groups of three lose their sign, so 1,2 does not become 12.
        escaped, point = re.escape(thousands), re.escape(decimal)
        grouped = rf"^[-+(]?\d{{1,3}}(?:{escaped}\d{{3}})+(?:{point}\d*)?[-)]?$"
        text = pc.if_else(
            pc.match_substring_regex(text, grouped),
            pc.replace_substring(text, thousands, ""),
            text,
        )
    if decimal != ".":
        # A point is no decimal sign here: make sure that what is left of it is not understood.
        text = pc.replace_substring(text, ".", "?")
        text = pc.replace_substring(text, decimal, ".")
    return pc.replace_substring_regex(text, r"^(?:\(([\d.]+)\)|([\d.]+)-)$", r"-\1\2")


def _numbers(text: Text) -> tuple[Floats, Flags]:
    """(n,) float64 of plain numbers and where the text is none."""
    good = flags_of(pc.match_substring_regex(text, _PLAIN))
    clean = pc.if_else(pa.array(good), text, pa.scalar(None, pa.string()))
    values = np.asarray(pc.fill_null(pc.cast(clean, pa.float64()), 0.0))
    with np.errstate(invalid="ignore"):
        return values, ~good | ~np.isfinite(values)


def _n_decimals(text: Text) -> Ints:
    """(n,) digits after the point, trailing zeros not counted; many where there is an exponent."""
    point = pc.find_substring(text, ".")
    stripped = pc.if_else(pc.greater_equal(point, 0), pc.utf8_rtrim(text, "0"), text)
    point = np.asarray(pc.fill_null(point, -1)).astype(np.int64)
    length = np.asarray(pc.fill_null(pc.utf8_length(stripped), 0)).astype(np.int64)
    scientific = flags_of(pc.match_substring(text, "e", ignore_case=True))
    return np.where(scientific, 99, np.where(point < 0, 0, length - 1 - point))


def minor_units(
    text: Text,
    decimals: Ints,
    *,
    decimal: str = ".",
    thousands: str = "",
    divide_by: Floats | None = None,
) -> ParsedColumn:
    """Amounts in major units as int64 minor units, exact to the last one.

    decimals: (n,) of each row's currency. Below `LARGEST` minor units the float product is less
    than half a unit off, so rounding it is exact for every text with no more decimals than the
    currency has. A text with more of them is float noise if it lies within 1e-6 of a minor unit
    (2309.7899999999995): rounded half to even and marked `repaired`; otherwise it is bad.
    divide_by: (n,) rates by which a converted amount is turned back.
    """
    text = _plain(text, decimal, thousands)
    value, bad = _numbers(text)
    if divide_by is not None:
        value = value / divide_by
    # Tested before the product: a huge amount must be bad, not an overflow.
    too_large = np.abs(value) > LARGEST
    scaled = np.where(bad | too_large, 0.0, value) * 10.0**decimals
    too_large |= np.abs(scaled) > LARGEST
    nearest = np.rint(np.where(too_large, 0.0, scaled))
    too_fine = _n_decimals(text) > decimals
    if divide_by is not None:
        too_fine |= divide_by != 1.0
    slack = np.maximum(1e-6, 4 * np.finfo(float).eps * np.abs(scaled))
    off = too_fine & (np.abs(scaled - nearest) > slack) & ~too_large
    is_empty = empty_cells(text)
    why = f"not an amount (decimal sign '{decimal}', no more decimals than the currency has)"
    return ParsedColumn(
        nearest.astype(np.int64),
        is_empty,
        (bad | too_large | off) & ~is_empty,
        why,
        repaired=too_fine & ~off & ~bad & ~too_large & ~is_empty,
    )


def rates(
    text: Text, *, is_share: bool = False, decimal: str = ".", thousands: str = ""
) -> ParsedColumn:
    """Numbers as float64, from 0 to 1 if they are shares; NaN where empty."""
    value, bad = _numbers(_plain(text, decimal, thousands))
    is_empty = empty_cells(text)
    why = f"not a number (decimal sign '{decimal}')"
    if is_share:
        bad |= (value < 0) | (value > 1)
        why = f"not a number from 0 to 1 (decimal sign '{decimal}')"
    values = np.where(is_empty | bad, np.nan, value)
    return ParsedColumn(values, is_empty, bad & ~is_empty, why)


def counts(text: Text) -> ParsedColumn:
    """Whole numbers from 0 to a million as int64 (3 and 3.0 alike); 0 where empty."""
    value, bad = _numbers(text)
    is_empty = empty_cells(text)
    bad = (bad | (value != np.rint(value)) | (value < 0) | (value > 1e6)) & ~is_empty
    values = np.where(bad, 0, value).astype(np.int64)
    return ParsedColumn(values, is_empty, bad, "not a whole number from 0 to 1,000,000")


def flags(text: Text) -> ParsedColumn:
    """Yes and no in the usual spellings as bool; False where empty."""
    low = pc.utf8_lower(text)
    low = pc.replace_substring_regex(low, r"^([01])\.0$", r"\1")
    yes = flags_of(pc.is_in(low, value_set=pa.array(_TRUE)))
    no = flags_of(pc.is_in(low, value_set=pa.array(_FALSE)))
    is_empty = empty_cells(text)
    return ParsedColumn(yes, is_empty, ~yes & ~no & ~is_empty, "neither yes nor no")
