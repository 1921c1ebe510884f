"""Catalogues: every string of the pages in each language, read from .po files when asked."""

from __future__ import annotations

import io
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import cast

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from payrisk.errors import InputError

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "da", "el", "pt")
"""Languages that pages and letters are written in; the first one is that of the source."""

SOURCE = LANGUAGES[0]
FOLDER = Path(__file__).parent / "po"


class Catalogue:
    """Strings in one language; what has no translation stays as it is in the source."""

    def __init__(self, language: str, translations: NullTranslations) -> None:
        """Keep the language's code and its translations."""
        self.language, self._translations = language, translations

    def translate(self, sentence: str) -> str:
        """A string in this language."""
        return self._translations.gettext(sentence)

    def counted(self, singular: str, plural: str, n: int) -> str:
        """A string in this language, in the form that goes with n."""
        return self._translations.ngettext(singular, plural, n)

    def knows(self, sentence: str) -> bool:
        """Whether a string can be shown as one of this language."""
        if self.language == SOURCE:
            return True
        entries = cast("dict[str, str]", getattr(self._translations, "_catalog", {}))
        return sentence in entries

    @property
    def translations(self) -> NullTranslations:
        """The gettext object, as templates take it."""
        return self._translations


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language; raises InputError where there is none.

    The .po file is compiled in memory: text is what is kept, and a translation that is marked
    fuzzy is left out.

    >>> catalogue("de").translate("Today")
    'Heute'
    """
    if language not in LANGUAGES:
        raise InputError(
            f"There is no catalogue of '{language}'; use one of {', '.join(LANGUAGES)}."
        )
    if language == SOURCE:
        return Catalogue(language, NullTranslations())
    with (FOLDER / f"{language}.po").open("rb") as file:
        entries = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, entries)
    compiled.seek(0)
    return Catalogue(language, Translations(compiled))
