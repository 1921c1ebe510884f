"""One JSON log line and a few counters a request, with its id and without personal data."""

from __future__ import annotations

import atexit
import contextlib
import logging
import queue
import random
import secrets
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LAST_LINES_SECONDS = 1.0
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


_DRAWN = random.Random(secrets.randbits(256))
"""Ids of requests need not be secret; the system's own randomness would cost the loop a turn."""


class LineWriter:
    """A stream whose lines are written by a thread of its own.

    The loop that answers health waits neither for whoever reads them, nor for its turn after each.
    """

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream until the process ends."""
        self._stream = stream
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="payrisk-log", daemon=True).start()
        atexit.register(self.flush, LAST_LINES_SECONDS)

    def write(self, text: str) -> None:
        """Have a text written."""
        self._lines.put(text)

    def flush(self, seconds: float = 0.0) -> None:
        """Wait at most so long until what was given is written."""
        until = time.monotonic() + seconds
        while seconds and not self._lines.empty() and time.monotonic() < until:
            time.sleep(0.01)

    def _run(self) -> None:
        while True:
            text = self._lines.get()
            with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                self._stream.write(text)
                if self._lines.empty():
                    self._stream.flush()


def json_log(stream: TextIO | None = None) -> Any:
    """Open a log of one JSON object a line. stream: None for standard output, from a thread."""
    return structlog.wrap_logger(
        structlog.PrintLogger(stream or LineWriter(sys.stdout)),  # type: ignore[arg-type]
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


class ServiceMetrics:
    """What the service counts, in a registry of its own."""

    def __init__(self) -> None:
        """Register the counters."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "payrisk_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "payrisk_request_seconds",
            "Seconds a request took.",
            ["route"],
            buckets=BOUNDS,
            registry=self.registry,
        )
        self.decisions = Counter(
            "payrisk_decisions",
            "Decisions made, by kind and outcome.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self.overrides = Counter(
            "payrisk_overrides",
            "Decisions overridden by a person, by what they decided.",
            ["outcome"],
            registry=self.registry,
        )
        self.replays = Counter(
            "payrisk_replays", "Decisions answered again by their key.", registry=self.registry
        )
        self.swaps = Counter(
            "payrisk_swaps",
            "Times a new champion or ledger was taken up, or could not be.",
            ["result"],
            registry=self.registry,
        )
        self.shadows = Counter(
            "payrisk_shadow",
            "Answers that a candidate gave beside the champion, off the path of any request.",
            ["model", "result"],
            registry=self.registry,
        )
        self.prepared = Gauge(
            "payrisk_risks_prepared",
            "Customers whose risk was worked out before anyone asked.",
            registry=self.registry,
        )
        self.heavy_answering = Gauge(
            "payrisk_heavy_answering",
            "Heavy questions that are being answered now.",
            registry=self.registry,
        )
        self.heavy_waiting = Gauge(
            "payrisk_heavy_waiting",
            "Heavy questions that wait for their turn now.",
            registry=self.registry,
        )
        self.models = Gauge(
            "payrisk_model_available",
            "1 for each model in service.",
            ["name", "version"],
            registry=self.registry,
        )
        self.expired = Gauge(
            "payrisk_model_expired",
            "1 for each model in service whose card has expired.",
            ["name", "version"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        """Write the exposition that Prometheus reads."""
        return generate_latest(self.registry)


class RequestObserver:
    """Gives each request an id, logs and counts; the last to see a defect, which ends here."""

    def __init__(self, app: ASGIApp, log: Any, metrics: ServiceMetrics) -> None:
        """Wrap the whole application."""
        self._app, self._log, self._metrics = app, log, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"{_DRAWN.getrandbits(64):016x}"
        scope["payrisk_request_id"] = request_id
        began, status = time.perf_counter(), 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        words: dict[str, Any] = {}
        try:
            await self._app(scope, receive, observed)
        except Exception as error:
            # the message and the locals of a defect may hold what was sent
            words = {"defect": type(error).__name__, "where": _where(error)}
        took = time.perf_counter() - began
        route = _route(scope)
        self._metrics.requests.labels(route, scope["method"], status).inc()
        self._metrics.seconds.labels(route).observe(took)
        say = self._log.error if words else self._log.info
        say(
            "request",
            request_id=request_id,
            method=scope["method"],
            route=route,
            status=status,
            ms=round(took * 1000, 2),
            **words,
        )


def _route(scope: Scope) -> str:
    """The route's pattern: an address itself may name a customer."""
    route = scope.get("route")
    written = getattr(route, "path_format", None)
    return str(written or getattr(route, "path", "unknown"))


def _where(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
