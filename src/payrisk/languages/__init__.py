"""Languages: the words of pages and letters in the reader's, and money and dates as read there."""

from __future__ import annotations

from payrisk.languages.catalogues import LANGUAGES, Catalogue, catalogue
from payrisk.languages.choosing import chosen_language, language_name
from payrisk.languages.formats import Wording
from payrisk.languages.marking import marked
from payrisk.languages.unseen import DIRECTIONS, invisible_character

__all__ = [
    "DIRECTIONS",
    "LANGUAGES",
    "Catalogue",
    "Wording",
    "catalogue",
    "chosen_language",
    "invisible_character",
    "language_name",
    "marked",
]
