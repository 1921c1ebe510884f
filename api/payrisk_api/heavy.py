"""Heavy routes: few at once, the others wait their turn a while or are asked to come again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import Gauge

from payrisk_api.errors import ProblemError

AT_ONCE = 2
"""Heavy questions worked out at the same time; each may take some hundred megabytes."""
WAITING = 32
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.25
BUSY = "Too many heavy questions are being answered; send the same request again a little later."


class HeavyGate:
    """Lets `at_once` heavy questions in; up to `waiting` others queue for `seconds`, in order.

    Whoever waits holds no thread, so health and decisions go on beside; who has hung up leaves
    the queue without having been worked for. `answering` and `queued` are told to `inside` and
    `outside`.
    """

    def __init__(
        self,
        inside: Gauge,
        outside: Gauge,
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        seconds: float = WAIT_SECONDS,
    ) -> None:
        """An empty gate; inside and outside: gauges of who is answered and who waits."""
        self._inside, self._outside = inside, outside
        self._waiting, self._seconds = waiting, seconds
        self._places = asyncio.Semaphore(at_once)
        self._n_waiting = 0

    @asynccontextmanager
    async def place(self, request: Request) -> AsyncIterator[None]:
        """A place inside while the block runs; ProblemError 503 where none is had in time."""
        await self._take_place(request)
        self._inside.inc()
        try:
            yield
        finally:
            self._inside.dec()
            self._places.release()

    async def _take_place(self, request: Request) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._n_waiting >= self._waiting:
            raise ProblemError(503, "too-busy", BUSY)
        self._n_waiting += 1
        self._outside.inc()
        until = time.monotonic() + self._seconds
        turn = asyncio.ensure_future(self._places.acquire())
        try:
            while not turn.done():
                await asyncio.wait((turn,), timeout=LOOK_SECONDS)
                is_late = time.monotonic() >= until
                if not turn.done() and (is_late or await request.is_disconnected()):
                    raise ProblemError(503, "too-busy", BUSY)
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._places.release()
            turn.cancel()
            raise
        finally:
            self._n_waiting -= 1
            self._outside.dec()


async def heavily(request: Request, work: Callable[[], Response]) -> Response:
    """What the work answers, from a thread and a place inside the gate."""
    gate: HeavyGate = request.app.state.heavy_gate
    async with gate.place(request):
        return await run_in_threadpool(work)


async def _heavy(request: Request) -> AsyncIterator[None]:
    gate: HeavyGate = request.app.state.heavy_gate
    async with gate.place(request):
        yield


HEAVY = [Depends(_heavy, scope="function")]
"""What a heavy route depends on: a place inside the gate for as long as it is worked for."""
