"""HOME/champions: which version of each model answers, which answered before, and every move."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from payrisk import sealed
from payrisk.errors import ModelError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; each write alone is still whole
    fcntl = None  # type: ignore[assignment]

MOVES = "moves.jsonl"
NAME = re.compile(r"[a-z][a-z0-9-]{0,60}")
_VERSION = r"[0-9A-Za-z][0-9A-Za-z._-]{0,80}"
_LINE = re.compile(rf"bundles/(?P<name>[^/\s]+)/(?P<version>{_VERSION})(?: (?P<digest>\S+))?")
_BEGINNING = b'{"actor": "'
"""What every line of MOVES begins with: its keys are sorted."""


@dataclass(frozen=True)
class PointedVersion:
    """A version that is pointed to, and the digest of the bundle that was meant ('' = any)."""

    version: str
    digest: str = ""


@dataclass(frozen=True)
class PointerMove:
    """Why a pointer moves: when, how (promote, rollback, sync, shadow, unshadow), by whom.

    gate: what the gates said of the version; reason: why it moves in spite of them.
    """

    at: str
    how: str
    actor: str = ""
    gate: str = ""
    reason: str = ""


def bundle_folder(home: Path, name: str, version: str) -> Path:
    """Where the bundle of a version lives."""
    return home / "bundles" / name / version


def champion(home: Path, name: str) -> PointedVersion | None:
    """What HOME/champions/<name> points to, if anything; ModelError when it cannot be read."""
    return _read(home / "champions" / name, name)[0]


def previous(home: Path, name: str) -> PointedVersion | None:
    """What answered before the present champion; None when nothing did."""
    return _read(home / "champions" / name, name)[1]


def champion_version(home: Path, name: str) -> str | None:
    """The version that answers, if any; ModelError when the pointer cannot be read."""
    pointed = champion(home, name)
    return None if pointed is None else pointed.version


def previous_version(home: Path, name: str) -> str | None:
    """The version that answered before the present champion; None when there is none."""
    pointed = previous(home, name)
    return None if pointed is None else pointed.version


def set_champion(
    home: Path, name: str, version: str, move: PointerMove | None = None, *, digest: str = ""
) -> PointedVersion:
    """Let a version answer from now on, in one atomic step; the former one becomes previous.

    The pointer names the digest of the bundle as it is now: changed later, it answers no more.
    digest: what it must be already, '' for whatever it is. The bundle is on the disk before
    anything names it, and the move is written down before it is made. Raises ModelError when the
    version's bundle is not in HOME/bundles or does not verify.
    """
    target = bundle_folder(home, name, version)
    if not (target / sealed.MANIFEST).is_file():
        raise ModelError(f"Version {version} of '{name}' is not in {target}; promote it first.")
    meant = PointedVersion(version, sealed.read(target).digest)
    if digest and meant.digest != digest:
        raise ModelError(
            f"The bundle '{target}' is no longer the one that answered; promote another version."
        )
    sealed.sync_to_disk(*sorted(target.iterdir()), target, target.parent)
    pointer = home / "champions" / name
    with _locked(home):
        former, before = _read(pointer, name)
        if former is not None and former.version != version:
            before = former
        if move is not None:
            _append_move(home, name, meant, former, move)
        _write(
            pointer, [_line(name, pointed) for pointed in (meant, before) if pointed is not None]
        )
    return meant


def roll_back(home: Path, name: str, move: PointerMove) -> PointedVersion:
    """Let the champion before the present one answer again; raises ModelError without one."""
    former = previous(home, name)
    if former is None:
        raise ModelError(f"'{name}' has no previous champion to roll back to.")
    return set_champion(home, name, former.version, move, digest=former.digest)


def moves(home: Path) -> list[dict[str, Any]]:
    """Every move that was made, oldest first, and in its place what a crash tore.

    A move is written down before it is made: one whose line is torn (`how` is "torn", its `reason`
    says which line) was not made, and the next line names the hash of what is left of it. Raises
    ModelError when a line was changed, taken out or added by other hands: each names the hash of
    the one before it.
    """
    history: list[dict[str, Any]] = []
    before = ""
    for number, line in enumerate(_journal(home).splitlines(), start=1):
        entry = _parsed_line(line, number, before)
        if entry is None or entry.get("before") != before:
            raise ModelError(
                f"Line {number} of '{home / 'champions' / MOVES}' does not follow the one before"
                " it; keep the file for whoever audits it and move it away."
            )
        history.append(entry)
        before = sealed.sha256(line)
    return history


# -- a candidate beside the champion -----------------------------------------------------------


def shadow(home: Path, name: str) -> PointedVersion | None:
    """The version that scores beside the champion of `name`, if any."""
    return _read(home / "shadows" / name, name)[0]


def set_shadow(home: Path, name: str, version: str | None, move: PointerMove) -> None:
    """Let a version score beside the champion from now on; None ends it.

    Raises ModelError when the version's bundle is not in HOME/bundles or does not verify.
    """
    pointer = home / "shadows" / name
    with _locked(home):
        former = shadow(home, name)
        if version is None:
            _append_move(home, name, None, former, move)
            pointer.unlink(missing_ok=True)
            return
        meant = PointedVersion(version, sealed.read(bundle_folder(home, name, version)).digest)
        _append_move(home, name, meant, former, move)
        _write(pointer, [_line(name, meant)])


# -- what MLflow was told ----------------------------------------------------------------------


def mirrored_version(home: Path, name: str) -> str | None:
    """The version that was champion here and in MLflow when the two last agreed."""
    try:
        return (home / "champions" / f".{name}.mirrored").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None


def set_mirrored_version(home: Path, name: str, version: str) -> None:
    """Remember that the alias in MLflow and the pointer here name this version."""
    _write(home / "champions" / f".{name}.mirrored", [version])


# -- files -------------------------------------------------------------------------------------


def _read(pointer: Path, name: str) -> tuple[PointedVersion | None, PointedVersion | None]:
    try:
        lines = pointer.read_text(encoding="utf-8").splitlines()
        matches = [_LINE.fullmatch(line) for line in lines[:2]]
        if not lines or any(matched is None or matched["name"] != name for matched in matches):
            raise ValueError
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (OSError, ValueError):
        raise ModelError(
            f"The pointer '{pointer}' cannot be read; remove it and run `payrisk promote {name}`."
        ) from None
    versions = [
        PointedVersion(matched["version"], matched["digest"] or "")
        for matched in matches
        if matched is not None
    ]
    return versions[0], versions[1] if len(versions) > 1 else None


def _line(name: str, pointed: PointedVersion) -> str:
    return f"bundles/{name}/{pointed.version} {pointed.digest}".strip()


def _journal(home: Path) -> bytes:
    try:
        return (home / "champions" / MOVES).read_bytes()
    except FileNotFoundError:
        return b""


def _parsed_line(line: bytes, number: int, before: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
        return entry if isinstance(entry, dict) else None
    except RecursionError:
        return None
    except ValueError:
        if not line or not line.startswith(_BEGINNING[: len(line)]):
            return None
    why = f"line {number} was torn by a crash, before its move was made"
    torn = asdict(PointerMove("", "torn", reason=why))
    return torn | {"name": "", "version": None, "digest": None, "former": None, "before": before}


def _append_move(
    home: Path,
    name: str,
    meant: PointedVersion | None,
    former: PointedVersion | None,
    move: PointerMove,
) -> None:
    journal = _journal(home)
    lines = journal.splitlines()
    entry = {
        "name": name,
        **asdict(move),
        "version": None if meant is None else meant.version,
        "digest": None if meant is None else meant.digest,
        "former": None if former is None else former.version,
        "before": sealed.sha256(lines[-1]) if lines else "",
    }
    # a line that a crash tore stays as it is, and stays alone
    begin = "\n" if journal and not journal.endswith(b"\n") else ""
    path = home / "champions" / MOVES
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{begin}{json.dumps(entry, sort_keys=True)}\n")
        file.flush()
        os.fsync(file.fileno())
    sealed.sync_to_disk(path.parent)


def _write(pointer: Path, lines: list[str]) -> None:
    pointer.parent.mkdir(parents=True, exist_ok=True)
    aside = pointer.with_name(f".{pointer.name.lstrip('.')}.partial")
    sealed.write_through(aside, "".join(f"{line}\n" for line in lines).encode())
    aside.replace(pointer)
    sealed.sync_to_disk(pointer.parent)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One move at a time, whoever makes it."""
    path = home / "champions"
    path.mkdir(parents=True, exist_ok=True)
    with (path / ".moving").open("a") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
