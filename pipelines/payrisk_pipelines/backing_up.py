"""Backups: a home as one verified file, taken beside the service, and made a home again."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from sqlalchemy.engine import URL, make_url

from payrisk.errors import InputError, StoreError
from payrisk.settings import Settings
from payrisk.store import verify_store
from payrisk.store.engine import PERSONAL_KEYS
from payrisk.store.vouching.report import VerificationReport

MANIFEST, FORMAT = "backup.json", 1
STORE = "payrisk.db"
SECRETS = ("keys.json", "session_secret", "signing/own.pem")
SECRET_FOLDERS = ("webhooks/",)
"""What opens the service or signs for the home: kept apart, in a file of its own."""
NOT_KEPT = ("mornings", "pages")
"""What is made anew from the rest."""
DATABASES = (STORE, "mlflow.db")
LARGEST_MANIFEST = 100_000_000


@dataclass(frozen=True)
class Backup:
    """What a backup holds. head: of the store's chain, '' without a store in the home.

    n_unopened: records whose sealed data no key at hand opens: all else of the chain was checked.
    """

    n_files: int
    n_bytes: int
    n_decisions: int
    head: str
    missing: tuple[str, ...] = ()
    n_unopened: int = 0


def back_up(settings: Settings, target: Path, secrets: Path | None = None) -> Backup:
    """Copy a home into one tar file and verify it; the service may run on meanwhile.

    SQLite files are copied at one moment by SQLite itself. What points comes before what it points
    to, so that whatever is promoted or imported meanwhile is whole in the copy. secrets: a second
    file for `SECRETS`, which are in no other. Raises InputError for a target that is there or
    cannot be written, StoreError for a store whose chain does not hold.
    """
    for path in filter(None, (target, secrets)):
        if path.exists():
            raise InputError(f"{path} is there already; name another file.")
    home = settings.home
    with tempfile.TemporaryDirectory(dir=_folder_of(target)) as aside:
        copies = {name: _sqlite_copy(home / name, Path(aside) / name) for name in DATABASES}
        chain = _verified_store(copies[STORE], settings.personal_keys)
        listed = {
            name: {"sha256": "", "bytes": 0} for name in _names(home) if name not in DATABASES
        }
        listed |= {name: {"sha256": "", "bytes": 0} for name, copy in copies.items() if copy}
        with _new_tar(target) as tar:
            for name, entry in listed.items():
                entry |= _add(tar, name, copies.get(name) or home / name)
            there = {name: entry for name, entry in listed.items() if entry["sha256"]}
            manifest = {"format": FORMAT, "head": chain.head, "files": there}
            _add_bytes(tar, MANIFEST, json.dumps(manifest, sort_keys=True, indent=1).encode())
    if secrets is not None:
        with _new_tar(secrets) as tar:
            inside = [path for folder in SECRET_FOLDERS for path in (home / folder).glob("whk_*")]
            for path in [*(home / name for name in SECRETS), *sorted(inside)]:
                if path.exists():
                    _add(tar, path.relative_to(home).as_posix(), path)
    checked = verify_backup(target)
    missing = () if copies[STORE] or _is_sqlite(settings) else ("the decisions in PostgreSQL",)
    return dataclasses.replace(
        checked, n_decisions=chain.n_decisions, missing=missing, n_unopened=chain.n_unopened
    )


def verify_backup(source: Path) -> Backup:
    """Read a backup through; raises InputError unless every byte is what its manifest says."""
    found: dict[str, dict[str, object]] = {}
    manifest: dict[str, object] | None = None
    with _opened(source) as tar:
        for name, content in _contents(tar):
            if name == MANIFEST:
                manifest = json.loads(content.read(LARGEST_MANIFEST))
            elif name in found or _is_secret(name):
                raise InputError(f"{source} holds {name} twice, or a key; take another.")
            else:
                found[name] = _hashed(content)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(f"{source} is no whole backup of this payrisk; take another.")
    if manifest.get("files") != found or not isinstance(manifest.get("head"), str):
        raise InputError(f"{source} is damaged: its files are not those it was made of.")
    n_bytes = sum(int(str(entry["bytes"])) for entry in found.values())
    return Backup(len(found), n_bytes, 0, str(manifest["head"]))


def restore(
    source: Path, home: Path, secrets: Path | None = None, personal_keys: Path | None = None
) -> Backup:
    """Make a home of a backup; raises InputError for one that is damaged or a home that is there.

    secrets: the file of keys that was kept apart; personal_keys: as in the settings. StoreError
    where the chain does not hold.
    """
    if home.exists() and any(home.iterdir()):
        raise InputError(f"{home} is not empty; restore into a new folder, and then move it.")
    checked = verify_backup(source)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in filter(None, (source, secrets)):
        with _opened(file) as tar:
            for name, content in _contents(tar):
                if file == secrets and not _is_secret(name):
                    raise InputError(f"{file} holds {name}, which is no key; take another.")
                if name != MANIFEST:
                    _write(home / name, content)
    store = home / STORE if (home / STORE).exists() else None
    chain = _verified_store(store, personal_keys)
    if chain.head != checked.head:
        raise StoreError(f"The store in {home} is not the one that was backed up; restore again.")
    return dataclasses.replace(checked, n_decisions=chain.n_decisions, n_unopened=chain.n_unopened)


def _write(path: Path, content: IO[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        shutil.copyfileobj(content, out)
        out.flush()
        os.fsync(out.fileno())


def _is_secret(name: str) -> bool:
    return name in SECRETS or name.startswith(SECRET_FOLDERS)


def _names(home: Path) -> list[str]:
    """What is copied, pointers before what they point to."""
    names = []
    for path in home.rglob("*"):
        name = path.relative_to(home).as_posix()
        is_secret = _is_secret(name)
        is_secret |= name.endswith((".lock", ".writer", "-wal", "-shm"))
        is_left_out = name.split("/")[0] in NOT_KEPT or any(
            part.startswith(".") for part in name.split("/")
        )
        if path.is_file() and not path.is_symlink() and not is_secret and not is_left_out:
            names.append(name)
    pointing = ("ledger", "champions/", "shadows/", "policy.toml")
    return sorted(names, key=lambda name: (not name.startswith(pointing), name))


def _sqlite_copy(source: Path, target: Path) -> Path | None:
    """A copy of a SQLite file at one moment, whoever writes to it; None where there is none."""
    if not source.exists():
        return None
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    return target


def _verified_store(path: Path | None, personal_keys: Path | None) -> VerificationReport:
    """A store's chain, which holds as far as the keys at hand let it be checked; StoreError."""
    if path is None:
        return VerificationReport(0, 0, 0, "")
    query = {} if personal_keys is None else {PERSONAL_KEYS: str(personal_keys)}
    url = URL.create("sqlite", database=str(path), query=query)
    report = verify_store(url.render_as_string(hide_password=False))
    if report.faults:
        fault = report.faults[0]
        raise StoreError(
            f"The store does not verify ({fault.what}); `payrisk audit verify` shows."
        )
    return report


def _is_sqlite(settings: Settings) -> bool:
    return make_url(settings.database_url).get_backend_name() == "sqlite"


def _folder_of(target: Path) -> Path:
    folder = target.absolute().parent
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; name a file in one that there is.")
    return folder


@contextlib.contextmanager
def _new_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """A tar that is there once it is whole, its owner's alone."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                yield tar
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); free some space."
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, name: str, path: Path) -> dict[str, object]:
    """Copy a file into the tar; nothing where it has gone since it was listed."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    _add_bytes(tar, name, content)
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


def _contents(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    """The plain files of a tar, none of which lies outside a home."""
    for entry in tar:
        place = PurePosixPath(entry.name)
        is_plain = entry.isreg() and not entry.issparse()  # a sparse one would fill the disk
        content = tar.extractfile(entry) if is_plain else None
        if content is None or place.is_absolute() or ".." in place.parts:
            raise InputError(f"{tar.name!r} holds what no backup holds; take another.")
        yield entry.name, content


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, mode="r:") as tar:
            yield tar
    except (OSError, tarfile.TarError, EOFError, ValueError, KeyError):
        raise InputError(f"{source} cannot be read as a backup; take another.") from None


def _hashed(content: IO[bytes]) -> dict[str, object]:
    sha, n_bytes = hashlib.sha256(), 0
    while block := content.read(1 << 20):
        sha.update(block)
        n_bytes += len(block)
    return {"sha256": sha.hexdigest(), "bytes": n_bytes}
