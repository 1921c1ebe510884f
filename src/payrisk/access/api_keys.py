"""API keys: `pr_<id>_<secret>`, of which the home keeps the hash of the secret alone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import NamedTuple

from payrisk.access.caller import Caller
from payrisk.errors import PayriskError

KEY_TEXT = re.compile(r"pr_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)


class RefusedKey(PayriskError):
    """A key that does not open anything; `why` is unknown, expired or revoked."""

    def __init__(self, why: str, sentence: str) -> None:
        """Keep why."""
        super().__init__(sentence)
        self.why = why


class KeySecret(NamedTuple):
    """The SHA-256 of a secret, and until when it counts (UTC, '' = as long as its key)."""

    sha: str
    until: str = ""


class KeyText(NamedTuple):
    """What is written in a key."""

    key_id: str
    secret: str


@dataclass(frozen=True)
class ApiKey:
    """A key as the home keeps it; times are UTC in ISO 8601, '' = not so.

    entities: the only ones it is for, None for all; secrets: the newest first.
    """

    key_id: str
    holder: str
    roles: frozenset[str]
    entities: frozenset[str] | None
    secrets: tuple[KeySecret, ...]
    created_at: str
    created_by: str
    expires_at: str
    revoked_at: str = ""
    revoked_by: str = ""
    reason: str = ""

    def state(self, now: str) -> str:
        """How it stands at a time: in force, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if now >= self.expires_at else "in force"

    def secret_in_force(self, sha: str, now: str) -> KeySecret | None:
        """The secret of this hash, if it still counts; compared in constant time."""
        alike = [secret for secret in self.secrets if hmac.compare_digest(secret.sha, sha)]
        return alike[0] if alike and not (alike[0].until and now >= alike[0].until) else None

    def caller(self) -> Caller:
        """Who asks with it."""
        return Caller(self.holder, self.key_id, self.roles, self.entities)


class IssuedKey(NamedTuple):
    """A key and its text, which is shown once and kept nowhere."""

    key: ApiKey
    text: str


def new_key_id() -> str:
    """An id that no key has yet."""
    return secrets.token_hex(6)


def new_secret() -> str:
    """256 bits that nobody can guess."""
    return secrets.token_hex(32)


def sha_of(secret: str) -> str:
    """What is kept of a secret: it has 256 bits, so a plain SHA-256 tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def read_key_text(text: str) -> KeyText:
    """What is written in a key; RefusedKey where it is none."""
    match = KEY_TEXT.fullmatch(text)
    if match is None:
        raise unknown_key()
    return KeyText(*match.groups())


def unknown_key() -> RefusedKey:
    """The refusal that tells nothing of what there is."""
    return RefusedKey("unknown", "This key opens nothing here; ask an admin for one.")
