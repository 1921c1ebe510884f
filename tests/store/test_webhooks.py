"""Webhooks: every change, in order, at least once, signed as the standard says."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import http.server
import json
import threading

import pytest

from payrisk.errors import InputError
from payrisk.store import DecisionStore
from payrisk.store.telling.webhooks import (
    WebhookSender,
    add_webhook,
    remove_webhook,
    sent_until,
    signature,
    webhooks,
)
from support.company.records import review

NOW = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC)


class Receiver:
    """Somebody who takes messages, or answers with the statuses that are waiting."""

    def __init__(self) -> None:
        self.taken, self.statuses = [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                if 200 <= status < 300:
                    receiver.taken.append((dict(self.headers.items()), body))
                self.send_response(status)
                if status == 307:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def seqs(self):
        return [json.loads(body)["data"]["seq"] for _, body in self.taken]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def store(tmp_path):
    with DecisionStore(f"sqlite:///{tmp_path}/payrisk.db") as store:
        yield store


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


def sender_of(tmp_path, store, clock):
    return WebhookSender(tmp_path, store.changes, clock, lambda *_: None)


def decide(store, first, last):
    for number in range(first, last):
        store.decide_once(f"k{number}", "s", lambda n=number: review(str(n)))


def test_every_change_arrives_in_order_and_signed(tmp_path, store, clock, receiver):
    hook = add_webhook(tmp_path, receiver.url, (), "2026-01-01", 0)
    decide(store, 0, 5)
    assert sender_of(tmp_path, store, clock).send_pending() == 5
    assert receiver.seqs == [1, 2, 3, 4, 5]
    key = base64.b64decode(hook.secret.removeprefix("whsec_"))
    for headers, body in receiver.taken:
        # by hand, as the standard writes it
        named = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode()
        signed = base64.b64encode(hmac.new(key, named + body, hashlib.sha256).digest()).decode()
        assert headers["Webhook-Signature"] == f"v1,{signed}"
        assert json.loads(body)["type"] == "credit.decided"
    assert sender_of(tmp_path, store, clock).send_pending() == 0


def test_the_signature_is_that_of_the_standards_own_example():
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [500, 429, 404, 307])
def test_what_is_not_taken_is_sent_again_before_anything_after_it(
    tmp_path, store, clock, receiver, status
):
    add_webhook(tmp_path, receiver.url, (), "2026-01-01", 0)
    decide(store, 0, 4)
    receiver.statuses = [200, status, status]
    sender = sender_of(tmp_path, store, clock)
    assert sender.send_pending() == 1
    assert sender.send_pending() == 0  # it waits before it tries again
    clock.at += dt.timedelta(seconds=1)
    assert sender.send_pending() == 0
    clock.at += dt.timedelta(seconds=1)
    assert sender.send_pending() == 0
    clock.at += dt.timedelta(seconds=1)
    assert sender.send_pending() == 3
    assert receiver.seqs == [1, 2, 3, 4]


def test_a_receiver_that_is_gone_loses_nothing(tmp_path, store, clock):
    gone = Receiver()
    hook = add_webhook(tmp_path, gone.url, (), "2026-01-01", 0)
    gone.close()
    decide(store, 0, 3)
    sender = sender_of(tmp_path, store, clock)
    assert sender.send_pending() == 0
    assert sent_until(tmp_path, hook.webhook_id) == 0


def test_a_sender_that_dies_before_it_noted_it_sends_again(
    tmp_path, store, clock, receiver, monkeypatch
):
    add_webhook(tmp_path, receiver.url, (), "2026-01-01", 0)
    decide(store, 0, 4)
    monkeypatch.setattr(
        "payrisk.store.telling.webhooks.write_atomically",
        lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            sender_of(tmp_path, store, clock).send_pending()
    monkeypatch.undo()
    assert sender_of(tmp_path, store, clock).send_pending() == 4
    assert receiver.seqs == [1, 1, 1, 2, 3, 4]
    ids = [headers["Webhook-Id"] for headers, _ in receiver.taken]
    assert ids[:3] == ["msg_1"] * 3  # by which a receiver knows it again


def test_only_what_was_asked_for_is_told_and_only_what_came_after(
    tmp_path, store, clock, receiver
):
    decide(store, 0, 2)
    add_webhook(tmp_path, receiver.url, ("credit.overridden",), "2026-01-01", 0)
    late = add_webhook(tmp_path, receiver.url, (), "2026-01-01", 2)
    decide(store, 2, 4)
    assert sender_of(tmp_path, store, clock).send_pending() == 2
    assert receiver.seqs == [3, 4]
    remove_webhook(tmp_path, late.webhook_id)
    assert [hook.events for hook in webhooks(tmp_path)] == [("credit.overridden",)]
    with pytest.raises(InputError, match="No webhook"):
        remove_webhook(tmp_path, late.webhook_id)


@pytest.mark.parametrize(
    "url",
    ["http://elsewhere.test/x", "ftp://a/b", "https://", "https://u:p@a.test/", "x", "file:///a"],
)
def test_an_address_in_the_clear_or_with_a_password_is_refused(tmp_path, url):
    with pytest.raises(InputError):
        add_webhook(tmp_path, url, (), "2026-01-01", 0)
    assert webhooks(tmp_path) == []


def test_who_is_told_is_the_owners_alone(tmp_path, receiver):
    add_webhook(tmp_path, receiver.url, (), "2026-01-01", 0)
    for path in (tmp_path / "webhooks").iterdir():
        assert path.stat().st_mode & 0o077 == 0
