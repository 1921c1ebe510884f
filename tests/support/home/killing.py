"""Kills a service while several clients have decisions made, and keeps what it acknowledged."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.home.api_process import Served

DECISIONS = "/v1/credit/decisions"
ASKED_AGAIN_EVERY = 5


class Writer(threading.Thread):
    """Asks for decisions until the service is gone; every fifth key twice."""

    def __init__(self, served: Served, name: str, body_of: Callable[[str], Any]) -> None:
        super().__init__(name=name)
        self.served, self.answered, self.unanswered = served, {}, None
        self.n_differing = 0
        self.body_of = body_of
        self.start()

    def run(self) -> None:
        with contextlib.closing(self.served.connection()) as connection:
            for number in itertools.count():
                key = f"{self.name}-{number}"
                try:
                    self.answered[key] = content = self._ask(key, connection)
                    if number % ASKED_AGAIN_EVERY == 0:
                        self.n_differing += self._ask(key, connection) != content
                except (OSError, http.client.HTTPException):
                    self.unanswered = None if key in self.answered else key
                    return

    def _ask(self, key: str, connection: http.client.HTTPConnection) -> bytes:
        asked = ("POST", DECISIONS, self.body_of(key), key, connection)
        status, _, content = self.served.ask(*asked)
        assert status == 200, content
        return content


@dataclass
class Acknowledged:
    """What services acknowledged before they were killed, and what they were asked last."""

    answered: dict[str, bytes] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    n_differing: int = 0

    def kill(
        self,
        served: Served,
        name: str,
        body_of: Callable[[str], Any],
        *,
        writers: int = 4,
        enough: int = 60,
    ) -> None:
        """Kill a service as soon as it has acknowledged enough decisions, under new keys."""
        threads = [Writer(served, f"{name}-{number}", body_of) for number in range(writers)]
        while sum(len(each.answered) for each in threads) < enough:
            assert any(each.is_alive() for each in threads), served.said()
            time.sleep(0.005)
        served.kill()
        for each in threads:
            each.join()
            self.answered |= each.answered
            self.unanswered += [each.unanswered] if each.unanswered else []
            self.n_differing += each.n_differing
