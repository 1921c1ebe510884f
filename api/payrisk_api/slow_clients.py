"""Slow clients: a connection that does not send, or does not read, is cut; nobody holds many."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TOO_LONG_A_HEAD = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


@dataclass(frozen=True)
class ConnectionBounds:
    """How patient the door is with one connection, and how many it holds.

    request_seconds: from the first byte (or the connection) to the last of a request;
    reading_seconds: how long an answer may wait to be read on; head_bytes: of request line and
    headers; per_peer: connections of one address, 0 = unbounded (behind a proxy all come from
    one); in_all: connections.
    """

    request_seconds: float = 15.0
    reading_seconds: float = 30.0
    head_bytes: int = 32_768
    per_peer: int = 200
    in_all: int = 1_000


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's httptools protocol under `ConnectionBounds` (ADR 0031).

    uvicorn itself waits for ever for the rest of a request: some hundred sockets that send a byte
    now and then would hold every place. `bounds` and `peers` are those of one server, see
    `bounded_protocol`.
    """

    bounds: ConnectionBounds
    peers: Counter[str]

    def __init__(self, *given: Any, **named: Any) -> None:
        """A connection that nothing has been sent on."""
        super().__init__(*given, **named)
        self._request_timer: asyncio.TimerHandle | None = None
        self._reading_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True
        self._peer: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or cut it where there are too many."""
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self.peers[self._peer] += 1
        is_crowd = 0 < self.bounds.per_peer < self.peers[self._peer]
        if is_crowd or len(self.connections) > self.bounds.in_all:
            transport.abort()
            return
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_request_timer()
        self._stop_reading_timer()
        if self._peer is not None:
            self.peers[self._peer] -= 1
            if not self.peers[self._peer]:
                del self.peers[self._peer]
            self._peer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is too long ends the connection."""
        if self._in_head:
            self._head_bytes += len(data)
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self._request_timer is None:
            self._await_request()
        super().data_received(data)
        if self._in_head and self._head_bytes > self.bounds.head_bytes:
            self.transport.write(TOO_LONG_A_HEAD)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        if self._request_timer is None:
            self._await_request()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is there."""
        self._stop_request_timer()
        self._in_head = True
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The answer is not read as fast as it is written."""
        super().pause_writing()
        if self._reading_timer is None:
            self._reading_timer = self.loop.call_later(
                self.bounds.reading_seconds, self.transport.abort
            )

    def resume_writing(self) -> None:
        """The answer is read on."""
        self._stop_reading_timer()
        super().resume_writing()

    def _await_request(self) -> None:
        self._request_timer = self.loop.call_later(self.bounds.request_seconds, self._cut)

    def _stop_request_timer(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
        self._request_timer = None

    def _stop_reading_timer(self) -> None:
        if self._reading_timer is not None:
            self._reading_timer.cancel()
        self._reading_timer = None

    def _cut(self) -> None:
        self._request_timer = None
        if self.pipeline:
            # a client that sent ahead waits for us, not we for it
            self._await_request()
        else:
            self.transport.abort()


def bounded_protocol(bounds: ConnectionBounds) -> type[BoundedProtocol]:
    """The protocol of one server, which counts its own peers."""
    return type("ServerProtocol", (BoundedProtocol,), {"bounds": bounds, "peers": Counter()})
