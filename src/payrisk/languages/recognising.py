"""Recognises a sentence that was filled in before, and says it in another language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from payrisk.languages.catalogues import SOURCE, Catalogue

PLACE = re.compile(r"\{(\w+)[^}]*\}")


class SentenceBook:
    """Sentences with places, `{amount} are overdue`, that library answers come filled in with."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Keep the sentences as they stand before anything is filled in."""
        self.patterns = tuple(dict.fromkeys(patterns))

    @cached_property
    def _compiled(self) -> list[tuple[str, re.Pattern[str], int]]:
        made = [(text, _expression(text), len(PLACE.sub("", text))) for text in self.patterns]
        # the one with most words of its own is the most certain one
        return sorted(made, key=lambda entry: -entry[2])

    def translated(self, sentence: str, catalogue: Catalogue) -> str | None:
        """The sentence in the catalogue's language; None where none of these is it.

        What was filled in stays as it was, except where it is itself a sentence of this book.
        """
        if catalogue.language == SOURCE:
            return sentence
        for text, expression, _ in self._compiled:
            match = expression.fullmatch(sentence)
            if match is None or not catalogue.knows(text):
                continue
            filled = {
                name: catalogue.translated(value) if catalogue.knows(value) else value
                for name, value in match.groupdict().items()
            }
            return _filled(catalogue.translated(text), filled)
        return None


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
