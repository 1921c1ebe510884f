"""Slow clients against a real server and real sockets: none is held, others are served."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time

import pytest
import uvicorn

from payrisk_api.slow_clients import ConnectionBounds, bounded_protocol

BOUNDS = ConnectionBounds(
    request_seconds=0.6, reading_seconds=0.6, head_bytes=4_096, per_peer=60, in_all=80
)
SPAN = 3.0
"""Seconds after which nobody slow may be held: several times the bounds, for busy machines."""
LARGE = b"x" * 30_000_000


async def small_app(scope, receive, send):
    """Answers a word; on /large 30 MB; a body is read first."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    body = LARGE if scope["path"] == "/large" else b"word"
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def port():
    config = uvicorn.Config(
        small_app,
        http=bounded_protocol(BOUNDS),
        lifespan="off",
        log_config=None,
        timeout_keep_alive=1,
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def is_cut(connection: socket.socket, until: float) -> bool:
    """Whether the other side ends the connection by then, whatever it says before."""
    connection.settimeout(max(until - time.monotonic(), 0.01))
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def answers(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(asked):
        asked.request("GET", "/")
        return asked.getresponse().read() == b"word"


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n",
    ],
    ids=["nothing", "blank lines", "half a head", "half a body", "a request and a blank line"],
)
def test_whoever_does_not_end_a_request_is_cut_and_others_are_served(port, begun):
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    try:
        until = time.monotonic() + SPAN
        for connection in slow:
            connection.sendall(begun)
        assert answers(port)
        assert all(is_cut(connection, until) for connection in slow)
    finally:
        for connection in slow:
            connection.close()


def test_a_byte_now_and_then_does_not_hold_a_connection(port):
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        until = time.monotonic() + SPAN
        with contextlib.suppress(OSError):
            while time.monotonic() < until:
                slow.sendall(b"A: b\r\n")
                time.sleep(0.1)
        assert time.monotonic() < until


def test_who_does_not_read_the_answer_is_cut(port):
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(SPAN / 2)
        got = 0
        with contextlib.suppress(OSError):
            while piece := slow.recv(1 << 20):
                got += len(piece)
        assert got < len(LARGE)


def test_a_long_head_is_refused(port):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 2_000)
        with contextlib.suppress(OSError):
            said = connection.recv(100)
            assert said.startswith(b"HTTP/1.1 431")
        assert is_cut(connection, time.monotonic() + SPAN)


def test_an_address_holds_so_many_connections_and_gets_them_back(port):
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(BOUNDS.per_peer + 20)]
    try:
        time.sleep(0.2)
        ended = [is_cut(connection, time.monotonic() + 0.02) for connection in held]
        assert sum(ended) >= 20
    finally:
        for connection in held:
            connection.close()
    deadline = time.monotonic() + SPAN
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if answers(port):
                return
        time.sleep(0.1)
    raise AssertionError("the address is shut out though its connections ended")


def test_a_patient_client_keeps_its_connection_over_many_requests(port):
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(asked):
        for _ in range(4):
            asked.request("POST", "/", b"y" * 100_000)
            assert asked.getresponse().read() == b"word"
            held = asked.sock
            time.sleep(0.3)
        assert held is asked.sock
