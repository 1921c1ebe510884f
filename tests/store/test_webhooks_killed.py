"""Webhooks under kill -9 of either side: nothing lost, in order, signed as the standard checks."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from payrisk.store import DecisionStore
from payrisk.store.telling.webhooks import WebhookSender, add_webhook
from support.full import at_size

KILLS = 20
"""Of each side."""
TESTS = str(Path(__file__).parents[1])

SENDER = """
import datetime as dt, itertools, secrets, sys, time
from pathlib import Path
from payrisk.store import DecisionStore
from payrisk.store.telling.webhooks import WebhookSender
from support.company.records import review
home = Path(sys.argv[1])
with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
    WebhookSender(home, store.changes, lambda: dt.datetime.now(dt.UTC), lambda *_: None).start()
    while True:
        name = secrets.token_hex(8)
        store.decide_once(name, "s", lambda: review(name))
        with (home / "acknowledged").open("a") as file:
            file.write("1")
        time.sleep(0.01)
"""
RECEIVER = """
import http.server, json, os, sys
from standardwebhooks import Webhook
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seq = Webhook(sys.argv[2]).verify(body, headers)["data"]["seq"]
        with open(sys.argv[3], "a") as file:
            file.write(f"{seq}\\n")
            file.flush()
            os.fsync(file.fileno())
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def started():
    running = []

    def start(program, *arguments):
        environment = os.environ | {"PYTHONPATH": TESTS}
        command = [sys.executable, "-c", program, *map(str, arguments)]
        running.append(subprocess.Popen(command, env=environment))
        return running[-1]

    yield start
    for process in running:
        kill(process)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


@at_size
def test_nothing_is_lost_whichever_side_is_killed(tmp_path, started):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hook = add_webhook(tmp_path, f"http://127.0.0.1:{port}/", (), "2026-01-01", 0)
    log = tmp_path / "taken"
    log.touch()
    receiving = RECEIVER, port, hook.secret, log
    receiver, sender = started(*receiving), started(SENDER, tmp_path)
    for number in range(2 * KILLS):
        wait_for_more(log, 3)
        if number % 2:
            kill(sender)
            sender = started(SENDER, tmp_path)
        else:
            kill(receiver)
            receiver = started(*receiving)
    wait_for_more(log, 1)
    kill(sender)
    n_acknowledged = (tmp_path / "acknowledged").stat().st_size
    with DecisionStore(f"sqlite:///{tmp_path}/payrisk.db") as store:
        n_kept = store.count()
        wait_for_rest(tmp_path, store, log, n_kept)
    seqs = taken(log)
    firsts = list(dict.fromkeys(seqs))
    assert firsts == list(range(1, n_kept + 1))  # none missing, none before the one ahead of it
    assert n_kept >= n_acknowledged > 0
    # what is sent again is what had just been sent
    assert all(later >= earlier for earlier, later in itertools.pairwise(seqs))


def taken(log):
    return [int(line) for line in log.read_text().split("\n") if line]


def wait_for_rest(home, store, log, n_kept):
    """Have what is left sent by one sender more, as a service that starts again does."""
    sender = WebhookSender(home, store.changes, lambda: dt.datetime.now(dt.UTC), lambda *_: None)
    wait_for(lambda: sender.send_pending() == 0 and len(set(taken(log))) >= n_kept)


def wait_for_more(log, n):
    before = len(taken(log))
    wait_for(lambda: len(taken(log)) >= before + n)


def wait_for(condition):
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
