"""The words people group by, and the columns they stand for; the same at every door."""

from __future__ import annotations

from collections.abc import Mapping

from payrisk.errors import InputError

CASH = {
    "entity": "entity_id",
    "customer": "customer_id",
    "parent": "parent_id",
    "country": "country",
}
RECEIVABLES = {
    "currency": "currency",
    "customer": "customer_id",
    "entity": "entity_id",
    "parent": "parent_id",
    "country": "country",
    "segment": "segment",
}


def read_group_columns(text: str, words: Mapping[str, str]) -> tuple[str, ...]:
    """The columns of words with commas between them; raises InputError for an unknown word.

    >>> read_group_columns("customer, entity", RECEIVABLES)
    ('customer_id', 'entity_id')
    """
    names = [word.strip() for word in text.split(",") if word.strip()]
    for word in names:
        if word not in words:
            raise InputError(f"'{word}' is no group; use {', '.join(words)}.")
    return tuple(dict.fromkeys(words[word] for word in names))
