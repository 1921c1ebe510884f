"""What is made once a run and read by many tests, whichever of the workers asks for it first."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path

try:
    import fcntl
except (
    ImportError
):  # Windows has no flock: there the workers may make a thing twice, one after another
    fcntl = None

SHELF = "PAYRISK_TESTS_SHELF"
"""The folder all workers of a run share, named by conftest; the next run has another."""


def once_a_run(make: Callable[..., object]) -> Callable[..., Path]:
    """A function of the same arguments but the first: the folder that `make` filled with them.

    What lies there is read by other tests at the same time: copy what you want to change. A run
    that wrote to it ends with an error (`written_to`).
    """

    @cache
    @wraps(make)
    def folder_of(*arguments: object) -> Path:
        words = "-".join(str(argument) for argument in arguments)
        folder = Path(os.environ[SHELF]) / f"{make.__name__}-{words}".rstrip("-")
        made = folder.with_name(f"{folder.name}.made")
        with _alone(folder.with_name(f"{folder.name}.lock")):
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a making that failed
                folder.mkdir(parents=True)
                make(folder, *arguments)
                half = made.with_suffix(".half")
                half.write_text(_sealed(folder), encoding="utf-8")
                half.replace(made)  # whole or not there, for a worker that ends just now
        return folder

    return folder_of


def written_to(shelf: Path) -> list[str]:
    """The names of the folders on a run's shelf that are not as they were made."""
    made = sorted(shelf.glob("*.made"))
    return [path.stem for path in made if path.read_text("utf-8") != _sealed(path.with_suffix(""))]


def _sealed(folder: Path) -> str:
    """Digest of every file's name and bytes."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
