"""Which language a reader is answered in: the one chosen, else the first a browser asks for."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale

from payrisk.languages.catalogues import LANGUAGES, SOURCE

LARGEST_HEADER = 500
TERRITORIES = {"en": "GB", "pt": "PT"}
"""Whose dates and numbers a language is written with where the reader names no country."""


def chosen_language(preferred: str | None, accepted: str) -> str:
    """Code of a language there is; accepted: an Accept-Language header (RFC 9110, 12.5.4).

    >>> chosen_language(None, "sv, da-DK;q=0.8, en;q=0.5")
    'da'
    >>> chosen_language("el", "de")
    'el'
    """
    if preferred in LANGUAGES:
        return preferred
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:LARGEST_HEADER].split(",")):
        tag, _, quality = part.partition(";q=")
        try:
            wishes.append((-float(quality or 1), place, tag.strip().lower()[:2]))
        except ValueError:
            continue
    for quality_below, _, language in sorted(wishes):
        if language in LANGUAGES and quality_below < 0:
            return language
    return SOURCE


@lru_cache(maxsize=len(LANGUAGES))
def locale_of(language: str) -> Locale:
    """How a language writes numbers and dates."""
    return Locale(language, TERRITORIES.get(language))


def language_name(language: str) -> str:
    """A language as it calls itself.

    >>> language_name("el")
    'Ελληνικά'
    """
    return str(Locale(language).get_display_name(language)).capitalize()
