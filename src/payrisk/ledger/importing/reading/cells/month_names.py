"""Names of months and weekdays in the languages of the ledger, long and short."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "da", "sv", "el")
"""The languages in which headers, terms and dates are read."""

_FURTHER = {
    "sept": 9,
    "mrz": 3,
    "maerz": 3,
    "janner": 1,
    "jaenner": 1,
    "mrt": 3,
    "ene": 1,
    "set": 9,
    "juill": 7,
    "fevr": 2,
    "μαι": 5,
    "ιουν": 6,
    "ιουλ": 7,
}


@lru_cache(maxsize=10_000)
def plain_word(word: str) -> str:
    """A word as it is compared: lower case, without accents.

    >>> plain_word("Août"), plain_word("MÄRZ")
    ('aout', 'marz')
    """
    spread = unicodedata.normalize("NFD", word.casefold())
    bare = "".join(c for c in spread if not unicodedata.combining(c))
    # What no accent makes: the Polish l and the sigma that ends a Greek word.
    return bare.replace("ł", "l").replace("ς", "σ").replace("ø", "o")


@lru_cache(maxsize=1)
def months() -> dict[str, int]:
    """1 to 12 by the plain word of a month; a word that means two months is left out."""
    meant = {word: {month} for word, month in _FURTHER.items()}
    for month, name in _names("get_month_names"):
        if len(word := plain_word(name)) > 2:
            meant.setdefault(word, set()).add(month)
    return {word: min(numbers) for word, numbers in meant.items() if len(numbers) == 1}


@lru_cache(maxsize=1)
def weekdays() -> frozenset[str]:
    """The plain words of weekdays that are no month's."""
    days = {plain_word(name) for _, name in _names("get_day_names")}
    return frozenset(days - set(months()))


def _names(kind: str) -> list[tuple[int, str]]:
    from babel import dates

    names = getattr(dates, kind)
    out = []
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in names(width, context, language).items():
                    out.append((number, re.sub(r"[.\s]", "", name)))
    return out
