"""Heartbeat: says every few seconds that a long step goes on, and for how long it has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

EVERY_SECONDS = 5.0


class Heartbeat:
    """A thread that tells of the step at work while its block runs."""

    def __init__(
        self,
        tell: Callable[[str], object],
        *,
        every: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """tell: hears a line; every: seconds between two of one step; clock: seconds."""
        self._tell, self._every, self._clock = tell, every, clock
        self._step, self._began = "", 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="payrisk-heartbeat", daemon=True)

    def begin_step(self, step: str) -> None:
        """What is at work from now on, in words; '' for nothing."""
        self._step, self._began = step, self._clock()

    def __enter__(self) -> Self:
        """Begin to tell."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell no more."""
        self._is_over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._is_over.wait(self._every):
            step = self._step
            if step:
                self._tell(f"{step}  {self._clock() - self._began:.0f} s so far ...")
