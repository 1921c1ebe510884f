"""Money, dates, shares and counts as the reader's language writes them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from babel import dates, numbers

from payrisk.calendar import NEVER, date_of, day_of
from payrisk.languages.catalogues import Catalogue, catalogue
from payrisk.languages.choosing import locale_of
from payrisk.money import decimal_of, decimals

NONE = "–"
"""What stands where there is no value."""

GAP = "\u00a0"


class Wording:
    """What is said to one reader: a catalogue, and how its language writes values."""

    def __init__(self, language: str) -> None:
        """Raise InputError where there is no such language."""
        self.catalogue: Catalogue = catalogue(language)
        self.language = language
        self.locale = locale_of(language)

    def __call__(self, sentence: str, **values: object) -> str:
        """A string in the language, its placeholders filled.

        >>> Wording("en")("%(n)s of %(all)s", n=1, all=3)
        '1 of 3'
        """
        text = self.catalogue.translate(sentence)
        return text % values if values else text

    def counted(self, singular: str, plural: str, n: int, **values: object) -> str:
        """A string in the form that goes with n, which it may name as `n`.

        >>> Wording("en").counted("%(n)s day", "%(n)s days", 1200)
        '1,200 days'
        """
        return self.catalogue.counted(singular, plural, n) % {"n": self.number(n), **values}

    def money(self, cents: float | None, currency: str | None, *, whole: bool = False) -> str:
        """An amount of minor units with its currency's code.

        >>> Wording("de").money(1234567, "EUR").replace(GAP, " ")
        '12.345,67 EUR'
        """
        if cents is None or cents != cents:
            return NONE
        return f"{self.amount(cents, currency, whole=whole)}{GAP}{currency or ''}".rstrip(GAP)

    def amount(self, cents: float | None, currency: str | None, *, whole: bool = False) -> str:
        """An amount of minor units without its currency; whole: rounded to units."""
        if cents is None or cents != cents:
            return NONE
        digits = 0 if whole else decimals(currency)
        pattern = "#,##0." + "0" * digits if digits else "#,##0"
        text = str(
            numbers.format_decimal(
                decimal_of(cents, currency), format=_pattern(pattern), locale=self.locale
            )
        )
        return text.replace("-", "−")

    def number(self, value: float | None, digits: int = 0) -> str:
        r"""A number with so many decimals at most.

        >>> Wording("fr").number(1234.56, 1).replace("\u202f", " ")
        '1 234,6'
        """
        if value is None or value != value:
            return NONE
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        text = numbers.format_decimal(value, format=_pattern(pattern), locale=self.locale)
        return str(text).replace("-", "−")

    def percent(self, rate: float | None, digits: int = 1) -> str:
        """A rate in [0, 1] as a percentage.

        >>> Wording("en").percent(0.0345)
        '3.4%'
        """
        if rate is None or rate != rate:
            return NONE
        places = "." + "0" * digits if digits else ""
        own = self.locale.percent_formats[None].pattern
        pattern = own.replace("#,##0", f"#,##0{places}")
        return str(numbers.format_percent(rate, format=pattern, locale=self.locale))

    def date(self, day: int | dt.date | str | None, form: str = "medium") -> str:
        """A day number, date or ISO text; form: short, medium, long or full (CLDR).

        >>> Wording("en").date(10)
        '11 Jan 1970'
        """
        if day is None or day in ("", NEVER, "never"):
            return NONE
        return _dated(_ordinal(day), form, self.language)

    def short_date(self, day: int | dt.date | str) -> str:
        """A day without its year.

        >>> Wording("de").short_date(10)
        '11. Jan.'
        """
        return str(dates.format_skeleton("MMMd", date_of(_ordinal(day)), locale=self.locale))

    def number_separator(self, sign: str) -> str:
        """The sign that parts decimals, or thousands; sign: decimal or group."""
        return str(self.locale.number_symbols["latn"][sign])

    def weekday(self, day: int | dt.date | str) -> str:
        """Short name of a day's weekday."""
        return str(dates.format_date(date_of(_ordinal(day)), "EEE", locale=self.locale))

    def period(self, starts_on: int | str, ends_on: int | str) -> str:
        """A span of days, both ends in it.

        >>> Wording("en").period("2026-01-01", "2026-01-31")
        '1–31 Jan 2026'
        """
        first, last = date_of(_ordinal(starts_on)), date_of(_ordinal(ends_on))
        if first is None or last is None:
            return NONE
        if first == last:
            return self.date(first)
        return str(dates.format_interval(first, last, skeleton="yMMMd", locale=self.locale))

    def time(self, moment_text: str | dt.datetime) -> str:
        """A timestamp or its ISO text, to the minute, as it was given: no zone is guessed."""
        moment = (
            dt.datetime.fromisoformat(moment_text) if isinstance(moment_text, str) else moment_text
        )
        clock = dates.format_time(moment, "HH:mm", locale=self.locale)
        zone = " UTC" if moment.utcoffset() == dt.timedelta(0) else ""
        return f"{self.date(moment.date())}, {clock}{zone}"


def _ordinal(day: int | dt.date | str) -> int:
    return int(day) if isinstance(day, int) else day_of(day)


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> numbers.NumberPattern:
    return numbers.parse_pattern(pattern)


@lru_cache(maxsize=8192)
def _dated(day: int, form: str, language: str) -> str:
    return str(dates.format_date(date_of(day), form, locale=locale_of(language)))
