"""Personal data kept apart from what the chain vouches for, so that it can be erased."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from payrisk.credit.deciding.records import Place
from payrisk.files import json_bytes

ERASED = "[erased]"
"""What stands for a text that is kept apart."""

SHORTEST = 4
"""Letters of a personal text that are looked for in other texts; fewer would be in any word."""

PersonalValues = list[list[Any]]
"""Pairs of a path in the document and the value that belongs there."""


class SplitDocument(NamedTuple):
    """A document without its personal values, and those values with their places."""

    body: bytes
    values: PersonalValues


def split_personal(body: bytes, places: Collection[Place]) -> SplitDocument:
    """A document without its personal values, and those values with their places.

    places: paths of the personal values; what is null or missing there is none. A text anywhere
    else that repeats one of them, or the domain of an e-mail address, is kept apart as well.
    """
    document = json.loads(body)
    named = [place for place in places if _value_at(document, place) is not None]
    words = {word for place in named for word in _words(_value_at(document, place))}
    paths = [*named]
    taken = set(named)
    if words:
        paths += [
            path
            for path, text in _texts(document, ())
            # a code such as an outcome is a word of ours, whatever a company is called
            if path not in taken
            and not text.isidentifier()
            and any(word in text.casefold() for word in words)
        ]
    apart: PersonalValues = []
    for path in paths:
        inner = document
        for step in path[:-1]:
            inner = inner[step]
        value = inner[path[-1]]
        apart.append([list(path), value])
        inner[path[-1]] = ERASED if isinstance(value, str) else None
    return SplitDocument(json_bytes(document), apart)


def join_personal(body: bytes, apart: PersonalValues) -> bytes:
    """The document as it was before `parted`, byte for byte if `encoded` wrote it."""
    document = json.loads(body)
    for path, value in apart:
        inner = document
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
    return json_bytes(document)


def salted_hash(salt: str, content: str) -> str:
    """A hash that vouches for a content and tells nothing of it once its salt is gone."""
    return hashlib.sha256(f"{salt}:{content}".encode()).hexdigest()


def _value_at(document: Any, place: Place) -> Any:
    for step in place:
        if not isinstance(document, dict) or step not in document:
            return None
        document = document[step]
    return document


def _words(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        return
    text = value.strip().casefold()
    for word in (text, text.rpartition("@")[2]):
        if len(word) >= SHORTEST:
            yield word


def _texts(value: Any, path: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, (*path, position))
