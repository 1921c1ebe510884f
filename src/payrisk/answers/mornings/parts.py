"""HOME/mornings: parts of prepared mornings, sealed, mapped into memory, made anew if damaged."""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from payrisk.calendar import iso
from payrisk.sealed import MANIFEST, as_json, sha256

MORNINGS_KEPT = 4
VERSIONS_KEPT = 2
"""Of one part of a morning: that of the champion and of the one before it, for a roll-back."""
ANSWERED, ANSWERS_KEPT = "answered", 24
"""The part an answered question is, and how many of a morning stay."""
ABANDONED_SECONDS = 3_600.0
"""After this long whoever was writing a part is taken to have been killed."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
Buffer = bytes | mmap.mmap
DecisionBasis = Mapping[str, Any]


@dataclass(frozen=True)
class MorningPart:
    """One part as it lies on the disk: its files by name, mapped, every byte verified."""

    files: Mapping[str, Buffer]


class MorningParts:
    """The parts kept in one folder, a folder a morning, each named by all it was worked out from.

    A part is written aside and takes its name when it is whole, so that two processes that make it
    at once, a crash or a full disk leave a whole part or none; one that does not match its hashes
    or its basis is thrown away. Nothing here raises: what is not kept is worked out again.
    """

    def __init__(self, folder: Path, *, mornings_kept: int = MORNINGS_KEPT) -> None:
        """mornings_kept: how many stay when another is kept; 0 = none is kept on the disk."""
        self._folder, self._kept = folder, mornings_kept

    def read(self, as_of: int, name: str, basis: DecisionBasis) -> MorningPart | None:
        """The part of a morning that stands on this basis; None where there is none that is whole.

        basis: plain values, all that what is in the part depends on.
        """
        path = self._path(as_of, name, basis)
        try:
            part = _verified(path, _plain(basis))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            _throw_away(path)
            return None
        for used in (path, path.parent):
            with contextlib.suppress(OSError):  # the newest use decides what is pruned last
                os.utime(used)
        return part

    def has(self, as_of: int, name: str, basis: DecisionBasis) -> bool:
        """Whether such a part is there; whether it is whole is seen when it is read."""
        return (self._path(as_of, name, basis) / MANIFEST).is_file()

    def keep(
        self, as_of: int, name: str, basis: DecisionBasis, files: Mapping[str, bytes]
    ) -> bool:
        """Write a part; whether it is there now, written by this process or by another."""
        if not self._kept:
            return False
        path = self._path(as_of, name, basis)
        aside = path.with_name(f".{secrets.token_hex(8)}.partial")
        try:
            aside.mkdir(parents=True)
            for file, content in files.items():
                (aside / file).write_bytes(content)
            (aside / MANIFEST).write_bytes(_manifest(files, _plain(basis)))
            aside.rename(path)
        except OSError:  # no room, no right to write, or another was first
            shutil.rmtree(aside, ignore_errors=True)
            return self.has(as_of, name, basis)
        with contextlib.suppress(OSError):  # another process prunes, too
            self._prune(path)
        return True

    def drop(self) -> int:
        """Throw every morning away, as names to be forgotten may stand in it; how many."""
        try:
            mornings = [path for path in self._folder.iterdir() if DATE.fullmatch(path.name)]
        except OSError:
            return 0
        for path in mornings:
            _throw_away(path)
        return len(mornings)

    def _path(self, as_of: int, name: str, basis: DecisionBasis) -> Path:
        key = sha256(as_json([name, as_of, _plain(basis)]))[:32]
        return self._folder / iso(as_of) / f"{name}-{key}"

    def _prune(self, written: Path) -> None:
        """Remove what was used longest ago, and what a killed process left half written."""
        now = _used_at(written)
        for half in [*self._folder.glob(".*.gone"), *self._folder.glob("[0-9]*/.*")]:
            if now - _used_at(half) > ABANDONED_SECONDS:
                shutil.rmtree(half, ignore_errors=True)
        name = written.name.rpartition("-")[0]
        same = [path for path in written.parent.iterdir() if path.name.rpartition("-")[0] == name]
        mornings = [path for path in self._folder.iterdir() if DATE.fullmatch(path.name)]
        for paths, kept, newest in (
            (same, ANSWERS_KEPT if name == ANSWERED else VERSIONS_KEPT, written),
            (mornings, self._kept, written.parent),
        ):
            others = sorted((p for p in paths if p != newest), key=_used_at, reverse=True)
            for path in others[kept - 1 :]:
                _throw_away(path)


def _manifest(files: Mapping[str, bytes], basis: Any) -> bytes:
    listed = {name: {"sha256": sha256(c), "bytes": len(c)} for name, c in files.items()}
    manifest = {"basis": basis, "files": listed}
    return as_json(manifest | {"digest": sha256(as_json(manifest))})


def _verified(path: Path, basis: Any) -> MorningPart:
    """The part of a folder; raises ValueError or KeyError unless every byte is as sealed."""
    manifest = json.loads((path / MANIFEST).read_bytes())
    digest = manifest.pop("digest")
    if digest != sha256(as_json(manifest)) or manifest["basis"] != basis:
        raise ValueError("another manifest")
    files: dict[str, Buffer] = {}
    for name, entry in manifest["files"].items():
        files[name] = _mapped(path / Path(name).name)
        digest = hashlib.sha256(files[name]).hexdigest()
        if len(files[name]) != entry["bytes"] or digest != entry["sha256"]:
            raise ValueError("damaged")
    return MorningPart(files)


def _mapped(path: Path) -> Buffer:
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return b""  # nothing cannot be mapped
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _throw_away(path: Path) -> None:
    """Remove a folder in one step for whoever looks, then its bytes."""
    aside = path.with_name(f".{secrets.token_hex(8)}.gone")
    with contextlib.suppress(OSError):
        path.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0


def _plain(basis: DecisionBasis) -> Any:
    """The basis as a manifest says it."""
    return json.loads(as_json(dict(basis)))
