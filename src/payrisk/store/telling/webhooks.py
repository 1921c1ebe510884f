"""Webhooks: every change sent to whoever asked, in the order of the chain, until it is taken."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from payrisk.errors import InputError, StoreError
from payrisk.files import json_bytes
from payrisk.sealed import write_atomically
from payrisk.store.telling.changes import Change

FOLDER = "webhooks"
PAGE = 100
PATIENCE_SECONDS = 10.0
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds until what was not taken is sent again: twice as many each time."""
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Webhook:
    """Whom to tell: their address, the secret that signs, and which changes (none named: all)."""

    webhook_id: str
    url: str
    secret: str
    events: tuple[str, ...]
    made_at: str


def add_webhook(home: Path, url: str, events: Sequence[str], made_at: str, since: int) -> Webhook:
    """Tell an address of every change after a place of the chain; raises InputError."""
    parts = urlsplit(url)
    is_near = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_near):
        raise InputError("Write the address as https://…; http is for this machine alone.")
    if not parts.hostname or parts.username or parts.password:
        raise InputError("Write the address as https://HOST/PATH, without a name or password.")
    hook = Webhook(
        f"whk_{secrets.token_hex(6)}",
        url,
        f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
        tuple(events),
        made_at,
    )
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(folder / f"{hook.webhook_id}.sent", str(since).encode())
    write_atomically(folder / f"{hook.webhook_id}.json", json_bytes(asdict(hook)))
    return hook


def webhooks(home: Path) -> list[Webhook]:
    """Everyone who is told; raises StoreError for a file that cannot be read."""
    found = []
    for path in sorted((home / FOLDER).glob("whk_*.json")):
        try:
            row = json.loads(path.read_bytes())
            found.append(Webhook(**row | {"events": tuple(row["events"])}))
        except (OSError, ValueError, TypeError, KeyError):
            raise StoreError(
                f"{path} cannot be read; delete it and add the webhook anew."
            ) from None
    return found


def remove_webhook(home: Path, webhook_id: str) -> None:
    """Tell them nothing more; raises InputError where there is no such one."""
    path = home / FOLDER / f"{webhook_id}.json"
    if webhook_id not in {hook.webhook_id for hook in webhooks(home)}:
        raise InputError(f"No webhook {webhook_id}; `payrisk webhooks list` shows them.")
    path.unlink()
    path.with_suffix(".sent").unlink(missing_ok=True)


def sent_until(home: Path, webhook_id: str) -> int:
    """The place of the chain up to which they have taken everything."""
    try:
        return int((home / FOLDER / f"{webhook_id}.sent").read_bytes())
    except (OSError, ValueError):
        return 0


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """The signature of a message (Standard Webhooks, v1: HMAC-SHA256 over id.timestamp.body)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


class WebhookSender:
    """Walks the chain for everyone who is told, each from where they have taken it.

    The chain is the outbox: a change is in it by the transaction that kept it. Where a sender is
    killed it goes on at the last message that was taken, so each arrives at least once and none
    before the one ahead of it.
    """

    def __init__(
        self,
        home: Path,
        changes: Callable[[int, int], Sequence[Change]],
        now: Callable[[], dt.datetime],
        report: Callable[[str, dict[str, Any]], None],
    ) -> None:
        """changes: what was kept after a place, at most so many; report: hears of what fails."""
        self._home, self._changes, self._now, self._report = home, changes, now, report
        self._waits: dict[str, tuple[float, dt.datetime]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="payrisk-webhooks", daemon=True)

    def start(self) -> None:
        """Send in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more; what is under way may be sent again later."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(LOOK_SECONDS * 2)

    def send_pending(self) -> int:
        """Send what is due to everyone; how many messages were taken."""
        return sum(self._send_to(hook) for hook in webhooks(self._home))

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self.send_pending()
            except Exception as error:  # the thread outlives whatever a home or a store can raise
                self._report("webhooks-failed", {"defect": type(error).__name__})

    def _send_to(self, hook: Webhook) -> int:
        wait, again_at = self._waits.get(hook.webhook_id, (0.0, self._now()))
        if wait and self._now() < again_at:
            return 0
        n = 0
        place = sent_until(self._home, hook.webhook_id)
        for change in self._changes(place, PAGE):
            if self._stop.is_set():
                break
            if not hook.events or change.what in hook.events:
                if not self._post(hook, change):
                    longer = min(2 * wait, LONGEST_WAIT) if wait else FIRST_WAIT
                    until = self._now() + dt.timedelta(seconds=longer)
                    self._waits[hook.webhook_id] = longer, until
                    return n
                n += 1
            write_atomically(
                self._home / FOLDER / f"{hook.webhook_id}.sent", str(change.seq).encode()
            )
        self._waits.pop(hook.webhook_id, None)
        return n

    def _post(self, hook: Webhook, change: Change) -> bool:
        """Whether they took it."""
        body = json_bytes({"type": change.what, "timestamp": change.at, "data": change._asdict()})
        message_id = f"msg_{change.seq}"
        timestamp = str(int(self._now().timestamp()))
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked when it was added
            hook.url,
            body,
            {
                "Content-Type": "application/json",
                "webhook-id": message_id,
                "webhook-timestamp": timestamp,
                "webhook-signature": signature(hook.secret, message_id, timestamp, body),
            },
        )
        try:
            with _PLAIN.open(request, timeout=PATIENCE_SECONDS) as answer:
                return bool(200 <= answer.status < 300)
        except (OSError, ValueError) as error:
            self._report("webhook-not-taken", {"id": hook.webhook_id, "why": type(error).__name__})
            return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: what is told is told to the address that was given."""

    def redirect_request(self, *_: Any) -> None:
        """None: the redirect is an answer that is not taken."""
        return


_PLAIN = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
