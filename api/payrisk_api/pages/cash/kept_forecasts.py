"""Forecasts that were just answered, kept while nothing that they stand on moves."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from fastapi import Request

from payrisk.access import Caller
from payrisk.answers import Answers
from payrisk_api.deps import Service
from payrisk_api.pages.frame.asking import document
from payrisk_api.requests.cash import CashQuery
from payrisk_api.routes import cash

MOST_KEPT = 8
"""Documents; each has some hundred kilobytes."""


class KeptForecasts:
    """The last documents of `/v1/cash/forecast`, of one Answers, which never changes itself.

    A look at other steps or another currency of the same morning then draws nothing anew.
    """

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._lock = threading.Lock()
        self._answers: Answers | None = None
        self._documents: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()

    def kept(self, service: Service, caller: Caller, query: CashQuery) -> dict[str, Any] | None:
        """The document of a query, if it was answered before."""
        with self._lock:
            if self._answers is not service.live.current:
                return None
            return self._documents.get(_key(service, caller, query))

    def document(self, request: Request, caller: Caller, query: CashQuery) -> dict[str, Any]:
        """What the route answers; raises as it does."""
        service: Service = request.app.state.service
        known = self.kept(service, caller, query)
        if known is not None:
            return known
        answers = service.live.current
        made = document(cash.forecast(request, service, caller, query))
        with self._lock:
            if self._answers is not answers:
                self._answers = answers
                self._documents.clear()
            if answers is service.live.current:
                self._documents[_key(service, caller, query)] = made
            while len(self._documents) > MOST_KEPT:
                self._documents.popitem(last=False)
        return made


def _key(service: Service, caller: Caller, query: CashQuery) -> tuple[Any, ...]:
    return service.as_of(query.as_of), caller.entities, query.model_dump_json()
