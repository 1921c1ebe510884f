"""KeyRing: HOME/keys.json, who holds which key; read anew the moment it moves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from payrisk.access.api_keys import (
    ApiKey,
    IssuedKey,
    KeySecret,
    RefusedKey,
    new_key_id,
    new_secret,
    read_key_text,
    sha_of,
    unknown_key,
)
from payrisk.errors import InputError, PayriskError
from payrisk.personal_keys import PersonalKeys, UnreadablePersonalData
from payrisk.sealed import write_atomically

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; each write alone is still whole
    fcntl = None  # type: ignore[assignment]

FILE, FORMAT = "keys.json", 1
NAMING = ("holder", "created_by", "revoked_by", "reason")
"""What of a key names persons, and is sealed where the home has keys for that."""
LARGEST_FILE = 10_000_000

Keys = dict[str, ApiKey]
FileMark = tuple[int, int, int]
"""Inode, size and time of a file: they differ once it was written."""


class UnreadableKeys(PayriskError):
    """The keys of a home cannot be read: nobody is let in until they can."""


class KeyRing:
    """The keys of a home.

    They lie in a file and not in the decision store, because a shell makes and revokes them while
    the service holds the store (ADR 0040). A ring that has seen keys never opens a home whose
    keys are gone.
    """

    def __init__(self, home: Path, personal_keys: Path | None = None) -> None:
        """Look nowhere yet. personal_keys: the file of the keys that seal who is named here."""
        self._path = home / FILE
        self._sealing = PersonalKeys(personal_keys)
        self._mark: FileMark | None = None
        self._keys: Keys = {}

    def keys(self) -> Keys:
        """Every key by its id, revoked ones too; raises UnreadableKeys."""
        mark = file_stamp(self._path)
        if mark is None and self._keys:
            raise UnreadableKeys(f"{self._path} is gone; put it back from the backup.")
        if mark is not None and mark != self._mark:
            self._keys = self._read()
            self._mark = mark
        return self._keys

    @property
    def has_keys(self) -> bool:
        """Whether a key was ever made; raises UnreadableKeys."""
        return bool(self.keys())

    def authenticate(self, text: str, now: str) -> ApiKey:
        """The key of a text, as it stands at a time (UTC); raises RefusedKey, UnreadableKeys."""
        written = read_key_text(text)
        return self.in_force(written.key_id, sha_of(written.secret), now)

    def in_force(self, key_id: str, secret_sha: str, now: str) -> ApiKey:
        """The key of an id and the hash of its secret; raises RefusedKey, UnreadableKeys."""
        key = self.keys().get(key_id)
        if key is None or key.secret_in_force(secret_sha, now) is None:
            raise unknown_key()
        state = key.state(now)
        if state != "in force":
            raise RefusedKey(state, f"This key is {state}; ask an admin for another.")
        return key

    def create(
        self,
        holder: str,
        roles: frozenset[str],
        entities: frozenset[str] | None,
        *,
        made_at: str,
        by: str,
        expires_at: str,
    ) -> IssuedKey:
        """Make a key; raises InputError for a holder that names nobody."""
        name = " ".join(holder.split())
        if not name or len(name) > 200 or not name.isprintable():
            raise InputError("Say whose key it is: a name of 1 to 200 letters.")
        secret = new_secret()
        key = ApiKey(
            key_id=new_key_id(),
            holder=name,
            roles=roles,
            entities=entities,
            secrets=(KeySecret(sha_of(secret)),),
            created_at=made_at,
            created_by=by,
            expires_at=expires_at,
        )
        self._change(lambda keys: keys | {key.key_id: key})
        return IssuedKey(key, f"pr_{key.key_id}_{secret}")

    def revoke(self, key_id: str, *, revoked_at: str, by: str, reason: str) -> ApiKey:
        """End a key; what was decided with it stands. Raises InputError for one that is not."""

        def revoked(keys: Keys) -> Keys:
            key = _named(keys, key_id)
            if key.revoked_at:
                return keys
            return keys | {
                key.key_id: replace(key, revoked_at=revoked_at, revoked_by=by, reason=reason)
            }

        return _named(self._change(revoked), key_id)

    def rotate(self, key_id: str, *, rotated_at: str, old_until: str) -> IssuedKey:
        """Give a key a new secret; the old one counts until a time. Raises InputError."""
        secret = new_secret()

        def rotated(keys: Keys) -> Keys:
            key = _named(keys, key_id)
            if key.state(rotated_at) != "in force":
                raise InputError(f"Key {key.key_id} is {key.state(rotated_at)}; create another.")
            counting = [old for old in key.secrets if not old.until or old.until > rotated_at]
            before = tuple(
                KeySecret(old.sha, min(old.until or old_until, old_until)) for old in counting
            )
            return keys | {key.key_id: replace(key, secrets=(KeySecret(sha_of(secret)), *before))}

        key = _named(self._change(rotated), key_id)
        return IssuedKey(key, f"pr_{key.key_id}_{secret}")

    def _read(self) -> Keys:
        try:
            with self._path.open("rb") as file:
                document = json.loads(file.read(LARGEST_FILE))
            if document["format"] != FORMAT:
                raise ValueError
            return {row["key_id"]: _key_of(self._opened(row)) for row in document["keys"]}
        except UnreadablePersonalData as error:
            raise UnreadableKeys(str(error)) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise UnreadableKeys(
                f"{self._path} cannot be read as the keys of this payrisk; put it back from the"
                " backup."
            ) from None

    def forget(self, holder: str, now: str) -> str:
        """Put a pseudonym in place of a holder's name, wherever it stands here; that pseudonym.

        Raises InputError while a key of theirs is in force: who may decide has a name.
        """
        theirs = [key for key in self.keys().values() if key.holder == holder]
        if any(key.state(now) == "in force" for key in theirs):
            raise InputError("A key of this name is in force; revoke it first.")
        pseudonym = f"erased-{theirs[0].key_id if theirs else new_key_id()}"

        def without_name(key: ApiKey) -> ApiKey:
            named: dict[str, Any] = {
                name: pseudonym for name in NAMING if getattr(key, name) == holder
            }
            return replace(key, **named)

        def forgotten(keys: Keys) -> Keys:
            return {key_id: without_name(key) for key_id, key in keys.items()}

        if self.keys():
            self._change(forgotten)
        return pseudonym

    def seal_anew(self) -> int:
        """Seal who is named here by the first key at hand, or in the clear; how many keys."""
        return len(self._change(dict)) if self.has_keys else 0

    def _sealed(self, key: ApiKey) -> dict[str, Any]:
        row = _row_of(key)
        return row | {name: self._sealing.seal(row[name]) for name in NAMING if row[name]}

    def _opened(self, row: dict[str, Any]) -> dict[str, Any]:
        return row | {name: self._sealing.open(row[name]) for name in NAMING}

    def _change(self, changed: Callable[[Keys], Keys]) -> Keys:
        """Write the keys anew, whole and synced, while nobody else does."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file_lock(self._path.with_name(f"{FILE}.lock")):
            keys = changed(self.keys())
            document = {"format": FORMAT, "keys": [self._sealed(key) for key in keys.values()]}
            text = json.dumps(document, indent=1, ensure_ascii=False).encode()
            write_atomically(self._path, text)
        return self.keys()


def _named(keys: Keys, id_or_beginning: str) -> ApiKey:
    bare = id_or_beginning.strip().removeprefix("pr_").partition("_")[0]
    named = [key for key_id, key in keys.items() if bare and key_id.startswith(bare)]
    if len(named) != 1:
        how_many = "Several keys begin" if named else "No key begins"
        raise InputError(f"{how_many} with '{bare}'; `payrisk keys list` shows them.")
    return named[0]


def _row_of(key: ApiKey) -> dict[str, Any]:
    entities = None if key.entities is None else sorted(key.entities)
    return asdict(key) | {
        "roles": sorted(key.roles),
        "entities": entities,
        "secrets": [secret._asdict() for secret in key.secrets],
    }


def _key_of(row: dict[str, Any]) -> ApiKey:
    entities = None if row["entities"] is None else frozenset(row["entities"])
    return ApiKey(
        **row
        | {
            "roles": frozenset(row["roles"]),
            "entities": entities,
            "secrets": tuple(KeySecret(**secret) for secret in row["secrets"]),
        }
    )


def file_stamp(path: Path) -> FileMark | None:
    """What moves when a file is written, None where there is none; raises UnreadableKeys."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableKeys(f"{path} cannot be read ({error.strerror}).") from None
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a file while the block runs; raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
