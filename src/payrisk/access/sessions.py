"""Sessions: what a signed-in page carries instead of its key, signed by a secret of the home."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from payrisk.access.api_keys import ApiKey, RefusedKey, unknown_key
from payrisk.access.ended_sessions import EndedSessions
from payrisk.access.key_ring import KeyRing, UnreadableKeys
from payrisk.sealed import write_through

SIGNING_FILE = "session_secret"
SIGNING_LETTERS = 64
LASTS = dt.timedelta(hours=9)
"""A working day; after it the key is asked for again."""

TOKEN = re.compile(
    r"v1\.([0-9a-f]{12})\.([0-9a-f]{64})\.([0-9]{1,12})\.([0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII
)


@dataclass(frozen=True)
class Session:
    """A page that signed in: by which key, until when (seconds since 1970), and its own mark."""

    key: ApiKey
    until: int
    nonce: str


class SessionSigner:
    """Signs and reads sessions of one home; whoever has no key in force has no session either.

    A session holds no secret of its key. It ends when its holder signs out, with the key, with
    the secret it began with, or after `LASTS`; deleting HOME/session_secret ends all.
    """

    def __init__(self, home: Path, ring: KeyRing) -> None:
        """Look nowhere yet."""
        self._path, self._ring = home / SIGNING_FILE, ring
        self._ended = EndedSessions(home)

    def begin(self, key_text: str, now: dt.datetime) -> str:
        """A token for whoever holds this key; raises RefusedKey, UnreadableKeys."""
        key = self._ring.authenticate(key_text, now.isoformat(timespec="seconds"))
        secret_sha = hashlib.sha256(key_text.rpartition("_")[2].encode()).hexdigest()
        return self._begun(key, secret_sha, now)

    def begin_for(self, holder: str, now: dt.datetime) -> str:
        """A token for the holder of a key, proved by somebody else; raises as `begin`.

        It stands for their newest key in force, and ends with it.
        """
        at = now.isoformat(timespec="seconds")
        theirs = [
            key
            for key in self._ring.keys().values()
            if key.holder.casefold() == holder.casefold() and key.state(at) == "in force"
        ]
        if not theirs:
            raise unknown_key()
        key = max(theirs, key=lambda each: each.created_at)
        return self._begun(key, key.secrets[0].sha, now)

    def mark(self, text: str) -> str:
        """What shows that a text was given out here, and is of nobody's making."""
        return self._signature(f"given.{text}")

    def use_once(self, text: str, until: int, now: dt.datetime) -> bool:
        """Whether a text that was given out is used for the first time; it counts until then.

        until: a second since 1970. Raises UnreadableKeys.
        """
        mark = hashlib.sha256(f"used.{text}".encode()).hexdigest()[:32]
        return until > now.timestamp() and self._ended.end(mark, until, int(now.timestamp()))

    def _begun(self, key: ApiKey, secret_sha: str, now: dt.datetime) -> str:
        until = int((now + LASTS).timestamp())
        content = f"v1.{key.key_id}.{self._mark_of(secret_sha)}.{until}.{secrets.token_hex(16)}"
        return f"{content}.{self._signature(content)}"

    def read(self, token: str, now: dt.datetime) -> Session:
        """The session of a token; raises RefusedKey where it is forged, over, or its key is."""
        match = TOKEN.fullmatch(token)
        if match is None:
            raise _session_over()
        content, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(content)):
            raise _session_over()
        key_id, mark, until, nonce, _ = match.groups()
        if now.timestamp() >= int(until) or self._ended.has(nonce):
            raise _session_over()
        key = self._ring.keys().get(key_id)
        at = now.isoformat(timespec="seconds")
        begun_with = [
            secret.sha
            for secret in (key.secrets if key is not None else ())
            if hmac.compare_digest(self._mark_of(secret.sha), mark)
        ]
        if not begun_with:
            raise _session_over()
        return Session(self._ring.in_force(key_id, begun_with[0], at), int(until), nonce)

    def end(self, session: Session, now: dt.datetime) -> None:
        """End a session here, wherever its token still lies; raises UnreadableKeys."""
        self._ended.end(session.nonce, session.until, int(now.timestamp()))

    def csrf_token(self, session: Session) -> str:
        """What a form of this session must carry, so that no other site can send it."""
        return self._signature(f"csrf.{session.key.key_id}.{session.nonce}")

    def has_csrf_token(self, session: Session, token: str) -> bool:
        """Whether a form carries the token of this session."""
        return hmac.compare_digest(self.csrf_token(session).encode(), token.encode())

    def _mark_of(self, secret_sha: str) -> str:
        """Which secret a session began with, told to nobody who has not the home's."""
        return self._signature(f"secret.{secret_sha}")

    def _signature(self, content: str) -> str:
        return hmac.new(self._home_secret(), content.encode(), hashlib.sha256).hexdigest()

    def _home_secret(self) -> bytes:
        try:
            if not self._path.exists():
                self._make_secret()
            secret = self._path.read_bytes()
        except OSError as error:
            raise UnreadableKeys(f"{self._path} cannot be used ({error.strerror}).") from None
        if len(secret) < SIGNING_LETTERS:
            raise UnreadableKeys(f"{self._path} is not whole; delete it, then all sign in anew.")
        return secret

    def _make_secret(self) -> None:
        """Make it whole under another name first, for two processes may do so at once."""
        beside = self._path.with_name(f".{SIGNING_FILE}.{secrets.token_hex(8)}")
        write_through(beside, secrets.token_hex(SIGNING_LETTERS // 2).encode())
        with contextlib.suppress(FileExistsError):
            os.link(beside, self._path)
        beside.unlink()


def _session_over() -> RefusedKey:
    return RefusedKey("session-over", "This session is over; sign in again.")
