"""Heavy questions: few at once, the others wait or come again, and health is never behind them."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from payrisk_api.errors import add_handlers
from payrisk_api.heavy import HEAVY, HeavyGate
from payrisk_api.observing import ServiceMetrics


class HeavyService:
    """One heavy route that takes until it is let go, and counts who is in it."""

    def __init__(self, **bounds) -> None:
        self.go = threading.Event()
        self.metrics = ServiceMetrics()
        self.n_begun = 0
        self._inside, self.most_inside = 0, 0
        self._lock = threading.Lock()
        app = FastAPI()
        gate = HeavyGate(self.metrics.heavy_answering, self.metrics.heavy_waiting, **bounds)
        app.state.heavy_gate = gate
        add_handlers(app)
        app.get("/heavy", dependencies=HEAVY)(self.answer)
        app.get("/failing", dependencies=HEAVY)(self.fail)
        self.app = app

    def answer(self):
        with self._lock:
            self.n_begun += 1
            self._inside += 1
            self.most_inside = max(self.most_inside, self._inside)
        self.go.wait(20)
        with self._lock:
            self._inside -= 1
        return "done"

    def fail(self):
        raise ValueError("a defect")

    def count(self, name):
        return self.metrics.registry.get_sample_value(name)


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_so_many_are_answered_at_once_and_the_others_in_their_turn():
    service = HeavyService(at_once=2, waiting=10, seconds=20)
    with TestClient(service.app) as client, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.get, "/heavy") for _ in range(8)]
        until(lambda: service.count("payrisk_heavy_waiting") == 6)
        until(lambda: service.n_begun == 2)
        service.go.set()
        assert [answer.result().status_code for answer in asked] == [200] * 8
    assert service.most_inside == 2
    assert service.count("payrisk_heavy_answering") == service.count("payrisk_heavy_waiting") == 0


def test_whoever_finds_no_place_in_time_is_asked_to_come_again():
    service = HeavyService(at_once=1, waiting=2, seconds=0.3)
    with TestClient(service.app) as client, ThreadPoolExecutor(5) as pool:
        inside = pool.submit(client.get, "/heavy")
        until(lambda: service.n_begun == 1)
        late = [pool.submit(client.get, "/heavy") for _ in range(4)]
        for answer in (asked.result() for asked in late):
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert answer.json()["type"] == "urn:payrisk:problem:too-busy"
        service.go.set()
        assert inside.result().status_code == 200
        assert client.get("/heavy").status_code == 200
    assert service.n_begun == 2


def test_a_defect_gives_its_place_back():
    service = HeavyService(at_once=1, waiting=1, seconds=0.3)
    service.go.set()
    with TestClient(service.app, raise_server_exceptions=False) as client:
        for _ in range(3):
            assert client.get("/failing").status_code == 500
        assert client.get("/heavy").status_code == 200


def test_who_hung_up_while_waiting_is_not_worked_for():
    service = HeavyService(at_once=1, waiting=20, seconds=20)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(service.app, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    held = []
    for _ in range(10):
        connection = http.client.HTTPConnection(*listening.getsockname(), timeout=20)
        connection.request("GET", "/heavy")
        held.append(connection)
        until(lambda: service.n_begun == 1)
    until(lambda: service.count("payrisk_heavy_waiting") == 9)
    for connection in held[1:]:
        connection.close()
    until(lambda: service.count("payrisk_heavy_waiting") == 0)
    service.go.set()
    assert held[0].getresponse().status == 200
    held[0].close()
    server.should_exit = True
    thread.join(10)
    assert service.n_begun == 1
