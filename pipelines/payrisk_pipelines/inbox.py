"""A folder that is watched: what lands in it is imported once, and laid aside with a word."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from payrisk.errors import InputError, PayriskError
from payrisk.ledger.importing import log
from payrisk.ledger.importing.outcome import ImportOutcome
from payrisk.ledger.importing.reading.sheet import suffix_of
from payrisk_pipelines.importing import ImportSummary

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there one watches on trust
    fcntl = None  # type: ignore[assignment]

IMPORTED, QUARANTINE = "imported", "quarantine"
"""Folders within the watched one: what was taken in, and what a person has to look at."""

WORST_LAST = (0, 3, 1, 2)
"""Exit codes of imports, the worst last: clean, doubts, nothing usable, refused."""

_LOCK = ".watched"
_Sizes = dict[Path, tuple[int, int]]


@dataclass(frozen=True)
class InboxFile:
    """A file that was dealt with: the exit code of its import, where it is now, a sentence."""

    name: str
    code: int
    moved_to: str
    sentence: str


def watch(
    folder: Path,
    home: Path,
    bring: Callable[[Path], ImportSummary],
    *,
    every: float,
    once: bool,
    is_list: bool = False,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[InboxFile]:
    """Import what lands in a folder, file by file in the order of names; endless unless `once`.

    bring: imports one file into the home. A file is taken when neither its size nor its time of
    change moved for `every` seconds; hidden files, links and names without the suffix of a table
    are left. Content that the home has taken in already is laid aside and adds nothing, so that
    a watch that was killed can begin again; is_list: not so lists of open items, for which the
    same content is true of another evening.
    Raises InputError for a folder that cannot be watched, or that is being watched.
    """
    _prepare(folder)
    with _alone(folder):
        before = _sizes(folder)
        while True:
            wait(every)
            now = _sizes(folder)
            for path in sorted(path for path, size in now.items() if before.get(path) == size):
                yield _deal_with(path, folder, home, bring, is_list=is_list)
            if once:
                return
            before = now


def worst_exit_code(codes: list[int]) -> int:
    """The worst of the exit codes of imports; 0 where there is none."""
    return max(codes, key=WORST_LAST.index, default=0)


def _prepare(folder: Path) -> None:
    try:
        for name in (IMPORTED, QUARANTINE):
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be watched ({error.strerror or error}); give a folder that is there"
            " and that this user may write."
        ) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / _LOCK).open("a") as file:
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"{folder} is being watched already; stop the other first.") from None
        yield


def _sizes(folder: Path) -> _Sizes:
    """Size and time of change of every file that may be a table."""
    out = {}
    for path in folder.iterdir():
        is_ours = suffix_of(path) and not path.name.startswith(".") and not path.is_symlink()
        try:
            if is_ours and path.is_file():
                out[path] = (path.stat().st_size, path.stat().st_mtime_ns)
        except OSError:
            continue  # gone since it was listed
    return out


def _deal_with(
    path: Path,
    folder: Path,
    home: Path,
    bring: Callable[[Path], ImportSummary],
    *,
    is_list: bool,
) -> InboxFile:
    """Import one file and lay it aside; what it cannot be is said in a text beside it."""
    try:
        (sha,) = log.file_shas([path]).values()
        if not is_list and (day := log.import_day_of(home, sha)):
            sentence = f"The same content was imported on {day}; it adds nothing."
            return _laid(path, folder / IMPORTED, sha, 0, sentence)
        done = bring(path)
    except PayriskError as error:
        if not path.exists():
            return InboxFile(path.name, 1, "", f"{path.name} is gone before it could be read.")
        (sha,) = log.file_shas([path]).values()
        return _laid(path, folder / QUARANTINE, sha, 2, str(error))
    code, reasons = done.outcome.exit_code, "\n".join(done.report.reasons)
    if done.outcome == ImportOutcome.CLEAN:
        kept = "It is in the ledger." if done.is_new else "It is understood and adds nothing."
        return _laid(path, folder / IMPORTED, sha, code, kept)
    begin = {
        ImportOutcome.DOUBTS: "It is in the ledger, but in doubt:",
        ImportOutcome.REFUSED: "Refused, the ledger is as it was:",
        ImportOutcome.NOTHING: "The ledger is as it was:",
    }[done.outcome]
    sentence = f"{begin}\n{reasons}\nThe report is {done.path}."
    return _laid(path, folder / QUARANTINE, sha, code, sentence)


def _laid(path: Path, where: Path, sha: str, code: int, sentence: str) -> InboxFile:
    """The file moved where it belongs, never over another; its text is there before it is."""
    target = where / path.name
    if target.exists():
        target = where / f"{sha[:8]}-{path.name}"
    try:
        if where.name == QUARANTINE:
            half = where / f".{target.name}.txt"
            half.write_text(f"{sentence}\n", "utf-8")
            half.replace(where / f"{target.name}.txt")
        path.replace(target)
    except FileNotFoundError:
        return InboxFile(path.name, code, "", f"{sentence} The file itself is gone since.")
    except OSError as error:
        raise InputError(
            f"{path.name} was dealt with but cannot be moved to {where}"
            f" ({error.strerror or error}); let this user write there."
        ) from None
    return InboxFile(path.name, code, f"{where.name}/{target.name}", sentence)
