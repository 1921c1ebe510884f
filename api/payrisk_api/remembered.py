"""Documents that were answered before: what nothing has moved since is sent again as it was."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary

from payrisk.answers import Answers
from payrisk.files import json_bytes

MOST_BYTES = 32_000_000
"""Of all documents of one state of the home together; those asked longest ago go first."""


class RememberedDocuments:
    """Documents by what they answer: the ledger, policy and champions, and the whole question.

    Answers over one state of a home never change, so neither does a document that rests on them
    and on its key alone. When something moves, other answers take their place, and begin anew.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Nothing is remembered yet."""
        self._most_bytes = most_bytes
        self._of: WeakKeyDictionary[Answers, OrderedDict[Hashable, bytes]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def document(self, answers: Answers, key: Hashable, make: Callable[[], Any]) -> bytes:
        """The JSON of what `make` says, made once a key. Its errors pass through.

        key: all that the document hangs on beside the answers: route, morning, question and the
        entities it is for.
        """
        with self._lock:
            known = self._of.setdefault(answers, OrderedDict())
            if key in known:
                known.move_to_end(key)
                return known[key]
        document = json_bytes(make())
        with self._lock:
            known[key] = document
            while len(known) > 1 and sum(map(len, known.values())) > self._most_bytes:
                known.popitem(last=False)
        return document
