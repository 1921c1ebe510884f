"""What every route needs: the answers of the moment, the store, the clock and the counters."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from payrisk.answers import Answers
from payrisk.calendar import day_of
from payrisk.errors import PayriskError
from payrisk.store import DecisionStore
from payrisk_api.observing import Metrics
from payrisk_api.schemas import AsOfQuery

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 2.0


class Live:
    """The answers in service, replaced as a whole when what they stand on moves.

    A request takes `current` once and keeps it, so no request sees two champions and none is
    dropped by a swap. What cannot be taken up leaves the old in service.
    """

    def __init__(
        self,
        current: Answers,
        *,
        read: Callable[[Answers], Answers] | None = None,
        pointers: Callable[[], object] | None = None,
        seen: object = None,
        told: Callable[[str, dict[str, Any]], None] = lambda _what, _words: None,
        prepare: Callable[[Answers], None] = lambda _answers: None,
        every: float = POLL_SECONDS,
    ) -> None:
        """Serve `current`, read while the pointers were `seen`.

        read: makes new answers from the present ones; pointers: differs when that is due; told:
        hears of it; prepare: works out beforehand what will be asked, and is quick when it has.
        """
        self.current = current
        self._read, self._pointers, self._told, self._every = read, pointers, told, every
        self._prepare = prepare
        self._seen = seen
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def refresh(self) -> bool:
        """Take up what moved; whether anything was."""
        if self._pointers is None or self._read is None:
            return False
        now = self._pointers()
        if now == self._seen:
            return False
        # a pointer that moves again while we read is seen at the next look
        self._seen = now
        try:
            self.current = self._read(self.current)
        except PayriskError as error:
            self._told("swap-refused", {"defect": type(error).__name__})
            return False
        self._told("swapped", {})
        return True

    def start(self) -> None:
        """Look now and then, in a thread of its own: reading a bundle takes a while."""
        self._thread = threading.Thread(target=self._watch, name="payrisk-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._thread is not None:
            # a morning that is being prepared does not hold up the end
            self._thread.join(PATIENCE_SECONDS)

    def _watch(self) -> None:
        while True:
            try:
                self.refresh()
                self._prepare(self.current)
            except Exception as error:
                # the watch must outlive whatever a damaged home can raise
                self._told("swap-refused", {"defect": type(error).__name__})
            if self._stop.wait(self._every):
                return


@dataclass
class Service:
    """Everything a route works with."""

    live: Live
    store: DecisionStore
    metrics: Metrics
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    served_as_of: dt.date | None = None
    _prepared: tuple[int, int] = (0, 0)

    def prepare(self, answers: Answers) -> None:
        """Work out the risks of the served morning, unless these answers have done so."""
        asked = id(answers), self.as_of(None)
        if asked != self._prepared:
            with contextlib.suppress(PayriskError):  # whoever asks is told
                self.metrics.prepared.set(answers.prepare(asked[1]))
            self._prepared = asked
            # books and models stay: looking through them for garbage again and again would stop
            # every answer for a tenth of a second; what the ones before left goes first
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def as_of(self, asked: dt.date | None) -> int:
        """Day to answer for: the one asked, else the served one, else today."""
        return day_of(asked or self.served_as_of or self.now().astimezone().date())


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service)]
AsOf = Annotated[AsOfQuery, Query()]
