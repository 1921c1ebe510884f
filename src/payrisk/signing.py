"""Signatures of bundles: made where the gates ran, taken from keys this home trusts alone."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from payrisk import sealed
from payrisk.errors import InputError, ModelError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

FOLDER, OWN_KEY, TRUSTED = "signing", "own.pem", "trusted.json"
PREFIX = "ed25519:"
TAG = "signature"
"""The tag by which a signature travels with a version in MLflow."""
DIGEST = re.compile(r"[0-9a-f]{64}")
LARGEST_SIGNATURE = 2_000


@dataclass(frozen=True)
class TrustedKey:
    """A public key whose bundles this home takes, who says so and since when (UTC)."""

    public: str
    label: str
    trusted_at: str
    trusted_by: str

    @property
    def key_id(self) -> str:
        """A short name of the key, of its own bits."""
        return hashlib.sha256(self.public.encode()).hexdigest()[:12]


def has_keys(home: Path) -> bool:
    """Whether the home has a key of its own or trusts another's."""
    return (home / FOLDER / OWN_KEY).exists() or bool(trusted_keys(home))


def own_public_key(home: Path) -> str:
    """The public half of the home's own key, as text for `payrisk trust add`; made if absent."""
    return _text_of(_own_key(home).public_key())


def sign(home: Path, name: str, digest: str) -> str:
    """Sign the bundle of a model by its digest, keep the signature here and return it."""
    key = _own_key(home)
    text = json.dumps(
        {
            "format": 1,
            "name": name,
            "digest": digest,
            "public": _text_of(key.public_key()),
            "signature": base64.b64encode(key.sign(_signed_bytes(name, digest))).decode(),
        },
        sort_keys=True,
    )
    keep_signature(home, digest, text)
    return text


def keep_signature(home: Path, digest: str, text: str) -> None:
    """Keep a signature under the digest that it is of."""
    folder = home / FOLDER / "signatures"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f".{digest}.{os.getpid()}"
    sealed.write_through(beside, text.encode())
    beside.replace(folder / f"{digest}.sig")


def kept_signature(home: Path, digest: str) -> str:
    """The signature kept of a digest; '' where there is none."""
    if not DIGEST.fullmatch(digest):
        return ""
    try:
        with (home / FOLDER / "signatures" / f"{digest}.sig").open("rb") as file:
            return file.read(LARGEST_SIGNATURE).decode("utf-8", "replace")
    except OSError:
        return ""


def signer(home: Path, name: str, digest: str, text: str) -> str:
    """Whose trusted key signed the bundle of a model: its label, '' where none did."""
    try:
        told = json.loads(text[:LARGEST_SIGNATURE])
        signature = base64.b64decode(told["signature"], validate=True)
        public = str(told["public"])
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        return ""
    trusted = {key.public: key.label for key in trusted_keys(home)}
    if (home / FOLDER / OWN_KEY).exists():
        trusted[own_public_key(home)] = "this home"
    if public not in trusted:
        return ""
    from cryptography.exceptions import InvalidSignature

    try:
        _public_key(public).verify(signature, _signed_bytes(name, digest))
    except InvalidSignature:
        return ""
    return trusted[public]


def trusted_keys(home: Path) -> tuple[TrustedKey, ...]:
    """The keys of others that the home trusts; raises ModelError when they cannot be read."""
    path = home / FOLDER / TRUSTED
    try:
        rows = json.loads(path.read_bytes())
        return tuple(TrustedKey(**row) for row in rows)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError):
        raise ModelError(
            f"{path} cannot be read; put it back, or delete it to trust nobody."
        ) from None


def trust(home: Path, key: TrustedKey) -> TrustedKey:
    """Take bundles signed by this key from now on; raises InputError for what is no key."""
    _public_key(key.public)
    others = [old for old in trusted_keys(home) if old.public != key.public]
    _write_trusted(home, [*others, key])
    return key


def distrust(home: Path, id_or_label: str) -> TrustedKey:
    """Take no bundle of this key any more; what answers stays. Raises InputError without it."""
    keys = trusted_keys(home)
    meant = [key for key in keys if id_or_label in (key.key_id, key.label)]
    if len(meant) != 1:
        raise InputError(f"'{id_or_label}' names no one trusted key; see `payrisk trust list`.")
    _write_trusted(home, [key for key in keys if key != meant[0]])
    return meant[0]


def _write_trusted(home: Path, keys: list[TrustedKey]) -> None:
    path = home / FOLDER / TRUSTED
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = [asdict(key) for key in keys]
    sealed.write_atomically(path, sealed.as_json(rows))


def _signed_bytes(name: str, digest: str) -> bytes:
    return f"payrisk bundle 1\n{name}\n{digest}\n".encode()


def _own_key(home: Path) -> Ed25519PrivateKey:
    """The home's own key, made where there is none; raises ModelError where it cannot be read."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = home / FOLDER / OWN_KEY
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        made = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        beside = path.with_name(f".{OWN_KEY}.{os.getpid()}")
        sealed.write_through(beside, made)
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)  # whoever comes second takes the first one's
        beside.unlink()
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise ModelError(f"The signing key {path} cannot be read; put it back.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ModelError(f"The signing key {path} is of another kind; put it back.")
    return key


def _text_of(key: Ed25519PublicKey) -> str:
    return PREFIX + base64.b64encode(key.public_bytes_raw()).decode()


def _public_key(text: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        if not text.startswith(PREFIX):
            raise ValueError
        return Ed25519PublicKey.from_public_bytes(
            base64.b64decode(text.removeprefix(PREFIX), validate=True)
        )
    except (ValueError, binascii.Error):
        raise InputError(
            "This is no public key; take the line that `payrisk trust show` prints over there."
        ) from None
