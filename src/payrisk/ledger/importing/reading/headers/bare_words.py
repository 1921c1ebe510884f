"""Bare words: a text as it is compared, without case, accents and ligatures."""

from __future__ import annotations

import unicodedata


def fold_text(text: str) -> str:
    """A text in lower case without accents; ß is ss, final sigma a sigma."""
    spread = unicodedata.normalize("NFD", text.casefold().replace("ß", "ss"))
    plain = "".join(c for c in spread if not unicodedata.combining(c))
    return plain.replace("ł", "l").replace("ø", "o").replace("ς", "σ")
