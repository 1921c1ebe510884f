"""What is asked again is answered with the same bytes, made once, until something moves."""

from __future__ import annotations

import pytest

from payrisk_api.remembered import RememberedDocuments


class Answering:
    """Stands where answers do: only who it is counts."""


def test_a_document_is_made_once_for_each_answers_and_key():
    remembered, made = RememberedDocuments(), []

    def make():
        made.append(1)
        return {"n": len(made)}

    before, after = Answering(), Answering()
    first = remembered.document(before, ("aging", 1, None), make)
    assert remembered.document(before, ("aging", 1, None), make) == first == b'{"n":1}'
    # another entity's key, another morning and another ledger are other questions
    assert remembered.document(before, ("aging", 1, ("E1",)), make) == b'{"n":2}'
    assert remembered.document(before, ("aging", 2, None), make) == b'{"n":3}'
    assert remembered.document(after, ("aging", 1, None), make) == b'{"n":4}'


def test_what_fails_is_not_remembered():
    remembered, answering = RememberedDocuments(), Answering()
    with pytest.raises(ZeroDivisionError):
        remembered.document(answering, "key", lambda: 1 / 0)
    assert remembered.document(answering, "key", lambda: 2) == b"2"


def test_the_oldest_go_when_there_are_too_many_bytes():
    remembered, answering, made = RememberedDocuments(most_bytes=250), Answering(), []

    def ask(key):
        return remembered.document(answering, key, lambda: made.append(key) or "x" * 98)

    for key in (1, 2, 1, 3, 1, 2):
        ask(key)
    assert made == [1, 2, 3, 2]
