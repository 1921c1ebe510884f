"""The ledger on disk: immutable Parquet named by its content, verified whenever it is read."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk.calendar import iso
from payrisk.errors import LedgerError
from payrisk.ledger.facts.rules import SettleRules, Tolerance
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.stored.canonical_bytes import (
    FORMATS,
    content_sha,
    format_of,
    from_parquet,
    sorted_by_key,
    to_parquet,
)
from payrisk.ledger.stored.turns import import_lock, write_lock

__all__ = [
    "NAMING",
    "current_sha",
    "go_back",
    "import_lock",
    "kept_shas",
    "load",
    "manifest",
    "named_shas",
    "prune",
    "save",
]

NAMING = ("champions", "bundles", "mlartifacts", "snapshots", "forecasts")
"""Folders of a home whose text files may name a ledger that has to stay."""

_TEXTS = ("", ".json", ".jsonl", ".toml", ".md", ".txt", ".yaml", ".yml", ".csv")


def save(ledger: Ledger, home: Path, *, replaces: str | None = None) -> str:
    """Keep a ledger under `home` as the current one and return its sha (64 hex digits).

    The sha names the content: tables and rules, whatever the order of rows. A ledger that is
    there already is not written again. replaces: the sha that this ledger was built upon ('' =
    none); raises LedgerError when another one has become current since. Who reads the current
    ledger to build upon it holds `import_lock(home)` from before that until this returns.
    """
    tables = {name: sorted_by_key(name, frame) for name, frame in ledger.tables.items()}
    rules = asdict(ledger.rules)
    sha = content_sha(tables, rules)
    folder = _folder(home, sha)
    with write_lock(home):  # nobody points elsewhere between the comparison and the pointing
        current = current_sha(home)
        if replaces is not None and current != replaces:
            raise LedgerError(
                "Another import finished while this one ran; run it again so that it builds on"
                " that."
            )
        if not _is_whole(folder):
            _write(folder, tables, _manifest(ledger, sha, rules))
        if current != sha:
            _point(home, sha)
    return sha


def go_back(home: Path, sha: str, *, replaces: str) -> None:
    """Make a kept ledger the current one again, in place of `replaces`.

    Raises LedgerError for one that is not whole, or when another has become current since. Who
    calls holds `locked(home)`.
    """
    load(home, sha)
    with write_lock(home):
        if current_sha(home) != replaces:
            raise LedgerError("Another import finished meanwhile; look at it, and ask again.")
        _point(home, sha)


def load(home: Path, sha: str | None = None) -> Ledger:
    """The ledger of this sha, by default the current one, every file verified by its hash.

    The manifest vouches for the files, and the name for the facts and rules: both are compared.
    Raises LedgerError when there is none, a file of it is missing or damaged, or what they hold
    is not what the sha names.
    """
    entry = manifest(home, sha)
    folder = _folder(home, entry["sha"])
    tables = {name: _read(folder, name, entry["files"]) for name in TABLES}
    if content_sha(tables, entry["rules"]) != entry["sha"]:
        raise LedgerError(
            f"Ledger {entry['sha'][:12]} under {home} does not hold the facts that its name"
            " stands for; restore its folder from a backup or import the source again."
        )
    return Ledger(tables, _rules(entry["rules"]))


def manifest(home: Path, sha: str | None = None) -> dict[str, Any]:
    """What is known of a stored ledger without reading its facts.

    sha, format, first_day, last_day, rules, files (sha256, bytes, rows) and totals by currency
    (minor units). Raises LedgerError when there is none or it cannot be read.
    """
    sha = sha or current_sha(home)
    if not sha:
        raise LedgerError(
            f"There is no ledger under {home} yet; make one with 'payrisk import SOURCE"
            " --preset NAME' or 'payrisk simulate'."
        )
    try:
        entry = json.loads((_folder(home, sha) / "manifest.json").read_text("utf-8"))
        if isinstance(entry["format"], int) and entry["format"] > FORMATS[-1]:
            raise LedgerError(
                f"The ledger {sha[:12]} has format {entry['format']}, written by a later payrisk;"
                f" this one reads formats up to {FORMATS[-1]}, so use that release or a ledger"
                " imported before ('payrisk ledger show' lists those kept)."
            )
        is_whole = entry["format"] in FORMATS and entry["sha"] == sha
        if not (is_whole and set(entry["files"]) == set(TABLES) and entry["rules"]):
            raise ValueError
    except FileNotFoundError:
        raise LedgerError(
            f"There is no ledger {sha[:12]} under {home}; 'payrisk ledger show' lists those kept."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise _damaged(sha, "manifest.json") from None
    return dict(entry)


def current_sha(home: Path) -> str:
    """The sha of the current ledger; '' when there is none."""
    try:
        return (home / "ledger").read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError):
        raise LedgerError(
            f"The pointer {home / 'ledger'} cannot be read; write the sha of a folder of"
            f" {home / 'ledgers'} into it."
        ) from None


def kept_shas(home: Path) -> list[str]:
    """Every ledger kept under this home."""
    folder = home / "ledgers"
    return sorted(p.name for p in folder.iterdir() if _is_sha(p.name)) if folder.is_dir() else []


def named_shas(home: Path) -> set[str]:
    """The ledgers that the pointer or a text under NAMING still names."""
    stored = set(kept_shas(home))
    named = {current_sha(home)} & stored
    for place in NAMING:
        for path in (home / place).rglob("*"):
            if path.is_file() and path.suffix in _TEXTS:
                text = path.read_text("utf-8", errors="ignore")
                named |= {sha for sha in stored - named if sha in text}
    return named


def prune(home: Path, keep: Iterable[str] = ()) -> list[str]:
    """Remove the ledgers that nothing names, half-written ones included; returns their shas.

    keep: further shas to keep, in full (those that decisions and MLflow's versions name, say).
    """
    with write_lock(home):  # what another import is just writing is neither half nor unnamed
        stay = named_shas(home) | set(keep)
        gone = [sha for sha in kept_shas(home) if sha not in stay]
        for sha in gone:
            shutil.rmtree(_folder(home, sha))
        for half in (home / "ledgers").glob(".*-*"):
            shutil.rmtree(half)
    return gone


def _is_sha(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _folder(home: Path, sha: str) -> Path:
    if not _is_sha(sha):
        raise LedgerError(
            f"'{sha[:80]}' names no ledger; a ledger's name is 64 hexadecimal digits."
        )
    return home / "ledgers" / sha


def _damaged(sha: str, file: str) -> LedgerError:
    return LedgerError(
        f"The file {file} of ledger {sha[:12]} is missing or damaged; restore it from a backup"
        " or import the source again."
    )


def _manifest(ledger: Ledger, sha: str, rules: dict[str, Any]) -> dict[str, Any]:
    totals: dict[str, dict[str, int]] = {}
    for name in ("invoices", "credits"):
        frame = ledger.tables[name]
        for currency, cents in frame.groupby("currency", sort=True)["amount"].sum().items():
            totals.setdefault(str(currency), {})[name] = int(cents)
    return {
        "format": format_of(ledger.tables),
        "sha": sha,
        "first_day": iso(ledger.first_day),
        "last_day": iso(ledger.last_day),
        "rules": rules,
        "totals": totals,
    }


def _rules(entry: dict[str, Any]) -> SettleRules:
    tolerances = {
        currency: Tolerance(**values) for currency, values in entry["tolerances"].items()
    }
    return SettleRules(
        **{**entry, "tolerance": Tolerance(**entry["tolerance"]), "tolerances": tolerances}
    )


def _synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there, and renames are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(folder: Path, tables: Tables, entry: dict[str, Any]) -> None:
    """All files into a folder of their own that takes its name only when it is complete."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        half = folder.parent / f".{folder.name[:12]}-{secrets.token_hex(4)}"
        half.mkdir()
        entry["files"] = {}
        for name, frame in tables.items():
            content = to_parquet(name, frame)
            _synced(half / f"{name}.parquet", content)
            digest = hashlib.sha256(content).hexdigest()
            entry["files"][name] = {"sha256": digest, "bytes": len(content), "rows": len(frame)}
        _synced(half / "manifest.json", json.dumps(entry, indent=2).encode())
        _sync_folder(half)
        if folder.exists():  # a damaged copy of the same content
            shutil.rmtree(folder)
        half.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise LedgerError(
            f"The ledger cannot be written under {folder.parent} ({error.strerror or error});"
            " free some space or choose another --home."
        ) from None


def _point(home: Path, sha: str) -> None:
    half = home / f".ledger-{secrets.token_hex(4)}"
    _synced(half, f"{sha}\n".encode())
    half.replace(home / "ledger")
    _sync_folder(home)


def _is_whole(folder: Path) -> bool:
    try:
        entry = json.loads((folder / "manifest.json").read_text("utf-8"))
        return set(entry["files"]) == set(TABLES) and all(
            hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest() == file["sha256"]
            for name, file in entry["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _read(folder: Path, name: str, files: dict[str, Any]) -> pd.DataFrame:
    path = folder / f"{name}.parquet"
    try:
        content = path.read_bytes()
    except OSError:
        raise _damaged(folder.name, path.name) from None
    if hashlib.sha256(content).hexdigest() != files[name]["sha256"]:
        raise _damaged(folder.name, path.name)
    return from_parquet(name, content)
