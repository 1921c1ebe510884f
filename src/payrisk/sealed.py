"""Sealed folders: files with a manifest of their hashes, written once, read whole or refused."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from payrisk.errors import ModelError

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 10_000_000
"""Bytes of a manifest that are read before anything is known of it."""


@dataclass(frozen=True)
class SealedFolder:
    """What a folder held in one reading: its manifest, digest included, and every other file."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """What names the contents: one bit otherwise, another digest."""
        return str(self.manifest["digest"])


def seal(path: Path, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> Path:
    """Write files and a manifest of their hashes and the facts; the folder appears when whole.

    It is on the disk by then, power cut or not. Raises ModelError when it is there already.
    """
    if path.exists():
        raise ModelError(f"The bundle folder '{path}' exists already; bundles are never changed.")
    listed = {
        file: {"sha256": sha256(content), "bytes": len(content)}
        for file, content in sorted(files.items())
    }
    manifest = {**facts, "files": listed}
    manifest["digest"] = sha256(as_json(manifest))
    aside = path.with_name(f".{path.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for file, content in (dict(files) | {MANIFEST: as_json(manifest)}).items():
        write_through(aside / file, content)
    sync_to_disk(aside)
    aside.rename(path)
    sync_to_disk(path.parent)
    return path


def write_through(path: Path, content: bytes) -> None:
    """Write a file whose bytes are on the disk, and not on their way there, when this returns.

    It is its owner's alone; raises OSError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file through under another name and then give it its own; raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_through(beside, content)
    beside.replace(path)
    sync_to_disk(path.parent)


def sync_to_disk(*paths: Path) -> None:
    """Have the disk hold files as they were written and folders as they name what is in them."""
    if os.name == "nt":  # nobody can ask for that there, and renames are journalled
        return
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: Path) -> SealedFolder:
    """Every file of a folder, read once; raises ModelError unless each matches the manifest.

    Only plain files that the manifest names may be there: no link, no folder, nothing besides.
    """
    try:
        raw = _read_plain_file(path / MANIFEST, LARGEST_MANIFEST)
        manifest: dict[str, Any] = json.loads(raw)
        digest = manifest.pop("digest")
        listed: dict[str, dict[str, Any]] = manifest["files"]
        is_whole = digest == sha256(as_json(manifest))
        is_whole &= raw == as_json(manifest | {"digest": digest})
        is_whole &= all(Path(file).name == file for file in listed)
        is_whole &= {p.name for p in path.iterdir()} == {*listed, MANIFEST}
        files, damaged = {}, [] if is_whole else [MANIFEST]
        for file, entry in listed.items() if is_whole else ():
            files[file] = _read_plain_file(path / file, entry["bytes"])
            if sha256(files[file]) != entry["sha256"]:
                damaged.append(file)
    except FileNotFoundError as error:
        raise ModelError(
            f"The bundle '{path}' lacks {Path(str(error.filename)).name};"
            " promote the version again or train a new one."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        damaged = [MANIFEST]
    if damaged:
        raise ModelError(
            f"The bundle '{path}' is damaged: {damaged[0]} does not match its recorded sha256;"
            " promote the version again or train a new one."
        )
    return SealedFolder(manifest | {"digest": digest}, files)


def as_json(value: Any) -> bytes:
    """The one way these folders write JSON; raises ValueError for a number that is not one."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def sha256(content: bytes) -> str:
    """The hash as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def _read_plain_file(path: Path, most: int) -> bytes:
    """At most so many bytes and one of a plain file; a link or a pipe is not even opened."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise ValueError("not a plain file")
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        return file.read(most + 1)
