"""Recognises a sentence that was filled in before, and says it in another language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from payrisk.languages.catalogues import SOURCE, Catalogue

PLACE = re.compile(r"\{(\w+)[^}]*\}")
SENTENCE = "reason"
"""The place that holds a sentence of its own: where that is not known, nothing of it is."""


class SentenceBook:
    """Sentences with places, `{amount} are overdue`, that library answers come filled in with."""

    def __init__(self, patterns: Iterable[str], inside: Iterable[str] = ()) -> None:
        """Keep the sentences as they stand before anything is filled in.

        inside: words with places, `{n} employees`, that are known only where they are filled in.
        """
        self._sentences = tuple(dict.fromkeys(patterns))
        within = tuple(inside)
        self._inside: SentenceBook | None = SentenceBook(within) if within else None
        more = () if self._inside is None else self._inside.patterns
        self.patterns: tuple[str, ...] = (*self._sentences, *more)

    @cached_property
    def _compiled(self) -> list[tuple[str, re.Pattern[str], int]]:
        made = [(text, _expression(text), len(PLACE.sub("", text))) for text in self._sentences]
        # the one with most words of its own is the most certain one
        return sorted(made, key=lambda entry: -entry[2])

    def translate(self, sentence: str, catalogue: Catalogue) -> str | None:
        """The sentence in the catalogue's language; None where none of these is it.

        What was filled in stays as it was, except where this book knows it as well.
        """
        if catalogue.language == SOURCE:
            return sentence
        for text, expression, _ in self._compiled:
            match = expression.fullmatch(sentence)
            if match is None or not catalogue.knows(text):
                continue
            filled = {
                name: self._within(value, catalogue) for name, value in match.groupdict().items()
            }
            if SENTENCE in filled and filled[SENTENCE] == match[SENTENCE]:
                continue
            return _filled(catalogue.translate(text), filled)
        return None

    def _within(self, value: str, catalogue: Catalogue) -> str:
        """What was filled in, in the catalogue's language where it is known."""
        if catalogue.knows(value):
            return catalogue.translate(value)
        known = self.translate(value, catalogue)
        if known is None and self._inside is not None:
            known = self._inside.translate(value, catalogue)
        return value if known is None else known


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: values[place[1]], text)


def _expression(text: str) -> re.Pattern[str]:
    parts, names, last = [], set(), 0
    for place in PLACE.finditer(text):
        parts.append(re.escape(text[last : place.start()]))
        name = place[1]
        parts.append(f"(?P={name})" if name in names else f"(?P<{name}>.+?)")
        names.add(name)
        last = place.end()
    return re.compile("".join([*parts, re.escape(text[last:])]), re.DOTALL)
