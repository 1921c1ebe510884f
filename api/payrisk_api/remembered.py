"""Documents that were answered before: what nothing has moved since is sent again as it was."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from payrisk.answers import Answers
from payrisk.answers.answered import AnsweredQuestions
from payrisk.files import json_bytes

MOST_BYTES = 32_000_000
"""Of all documents of one state of the home together; those asked longest ago go first."""
DOCUMENT = "document.json"


class RememberedDocuments:
    """Documents by what they answer: the ledger, policy and champions, and the whole question.

    Answers over one state of a home never change, so neither does a document that rests on them
    and on its question alone. When something moves, other answers take their place, and begin
    anew. What is a part of a prepared morning outlives the process.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Nothing is remembered yet."""
        self._most_bytes = most_bytes
        self._of: WeakKeyDictionary[Answers, OrderedDict[str, bytes]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def known(
        self,
        answers: Answers,
        question: Mapping[str, Any],
        morning: AnsweredQuestions | None = None,
    ) -> bytes | None:
        """The document of a question that was answered before; arguments as of `document`."""
        key = json_bytes(question).decode()
        with self._lock:
            documents = self._of.setdefault(answers, OrderedDict())
            if key in documents:
                documents.move_to_end(key)
                return documents[key]
        files = None if morning is None else morning.read(question)
        return None if files is None else self._remembered(answers, key, bytes(files[DOCUMENT]))

    def document(
        self,
        answers: Answers,
        question: Mapping[str, Any],
        make: Callable[[], Any],
        morning: AnsweredQuestions | None = None,
    ) -> bytes:
        """The JSON of what `make` says, made once a question. Its errors pass through.

        question: plain values, all that the document hangs on beside the answers: route, morning,
        what is asked and the entities it is for. morning: where it is kept beyond this process.
        """
        before = self.known(answers, question, morning)
        if before is not None:
            return before
        document = json_bytes(make())
        if morning is not None:
            morning.keep(question, {DOCUMENT: document})
        return self._remembered(answers, json_bytes(question).decode(), document)

    def _remembered(self, answers: Answers, key: str, document: bytes) -> bytes:
        with self._lock:
            documents = self._of.setdefault(answers, OrderedDict())
            documents[key] = document
            while len(documents) > 1 and sum(map(len, documents.values())) > self._most_bytes:
                documents.popitem(last=False)
        return document
