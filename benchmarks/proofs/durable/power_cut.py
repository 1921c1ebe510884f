"""Power cuts: what a disk may hold after one, unsynced writes dropped, kept or torn."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from payrisk.store import DecisionStore, verify_store
from proofs.durable.watched_files import FileEvent, watched
from proofs.probing import Probe, ProofRun, Tally
from support.company.records import review

DECISIONS = 40
SECTOR = 512
PAGES_A_CHECKPOINT = 30
"""Far fewer than a service waits for, so that checkpoints are cut as well."""
WHOLE_CHAIN_EACH = 100
"""Of so many images one is verified link by link; the others are asked what they hold."""


class RecordedWrites(NamedTuple):
    """What was on disk at first, what was done to files since, and when each was told.

    told: (place in the events, id of a decision) of each acknowledgement.
    """

    at_first: dict[str, bytes]
    events: list[FileEvent]
    told: list[tuple[int, str]]


def recorded(folder: Path, synchronous: str) -> RecordedWrites:
    """Keep decisions one after another, and record all writes on the way."""
    file = folder / "decisions.db"
    DecisionStore(f"sqlite:///{file}").close()
    at_first = {path.name: path.read_bytes() for path in folder.iterdir()}
    events: list[FileEvent] = []
    told: list[tuple[int, str]] = []

    def heed(event: FileEvent) -> int:
        events.append(event)
        return 0

    with watched(heed), DecisionStore(f"sqlite:///{file}") as store:
        with store._write.connect() as connection:
            books = connection.connection.driver_connection
            assert books is not None
            books.execute(f"PRAGMA synchronous={synchronous}")
            books.execute(f"PRAGMA wal_autocheckpoint={PAGES_A_CHECKPOINT}")
        for number in range(DECISIONS):
            key = f"k{number}"
            store.decide_once(key, "s", partial(review, key, amount=number))
            told.append((len(events), f"dec_{key}"))
        n_events = len(events)
    return RecordedWrites(at_first, events[:n_events], told)


def images(writes: RecordedWrites, count: int, draw: random.Random) -> Iterator[DiskImage]:
    """So many images of the disk, each cut at a drawn place."""
    for _ in range(count):
        yield _image(writes, draw.randrange(len(writes.events) + 1), draw)


class DiskImage(NamedTuple):
    """Files after a cut, and which decisions had been acknowledged before it."""

    files: dict[str, bytes]
    told: set[str]


def _image(writes: RecordedWrites, cut: int, draw: random.Random) -> DiskImage:
    files = {name: bytearray(content) for name, content in writes.at_first.items()}
    unsynced: dict[str, list[FileEvent]] = {}
    for event in writes.events[:cut]:
        if event.kind == "sync":
            for done in unsynced.pop(event.path.name, ()):
                _apply(files.setdefault(event.path.name, bytearray()), done)
        else:
            unsynced.setdefault(event.path.name, []).append(event)
    share = draw.choice((0.0, 0.3, 0.5, 0.8, 1.0))
    for name, waiting in unsynced.items():
        for event in waiting:  # each reached the disk, or not, whatever came before it
            if draw.random() < share:
                content = files.setdefault(name, bytearray())
                _apply(content, _torn(event, draw) if draw.random() < 0.3 else event)
    told = {decision for at, decision in writes.told if at <= cut}
    return DiskImage({name: bytes(content) for name, content in files.items()}, told)


def _apply(content: bytearray, event: FileEvent) -> None:
    if event.kind == "truncate":
        del content[event.at :]
        return
    if len(content) < event.at:
        content.extend(bytes(event.at - len(content)))
    content[event.at : event.at + len(event.content)] = event.content


def _torn(event: FileEvent, draw: random.Random) -> FileEvent:
    """The first sectors of a write; a truncation is done or not."""
    n_sectors = len(event.content) // SECTOR
    return event._replace(content=event.content[: SECTOR * draw.randint(0, n_sectors)])


def _cut(run: ProofRun, synchronous: str) -> Tally:
    home = run.folder / "home"
    home.mkdir()
    writes = recorded(home, synchronous)
    n_lost = n_corrupt = n_whole = 0
    with tempfile.TemporaryDirectory(dir=_in_memory(run.folder)) as place:
        file = Path(place) / "decisions.db"
        for number, image in enumerate(images(writes, run.count, random.Random(run.seed))):
            for path in Path(place).iterdir():
                path.unlink()
            for name, content in image.files.items():
                if not name.endswith("-shm"):  # made anew by whoever opens
                    (Path(place) / name).write_bytes(content)
            try:
                with closing(sqlite3.connect(file)) as books:
                    kept = {name for (name,) in books.execute("SELECT decision_id FROM decisions")}
                    keys = {n for (n,) in books.execute("SELECT decision_id FROM idempotency")}
                    links = {n for (n,) in books.execute("SELECT subject FROM audit")}
                    (is_whole,) = books.execute("PRAGMA integrity_check").fetchone()
            except sqlite3.DatabaseError:
                n_corrupt += 1
                continue
            n_lost += bool(image.told - kept)
            n_corrupt += is_whole != "ok" or not kept == keys == links
            if number % WHOLE_CHAIN_EACH == 0:
                n_corrupt += not verify_store(f"sqlite:///{file}").holds
                n_whole += 1
    return Tally(
        run.count,
        n_lost + n_corrupt,
        f"{run.count:,} images of {len(writes.events):,} writes and syncs of {DECISIONS}"
        f" decisions: {n_lost:,} lack what was acknowledged, {n_corrupt:,} corrupt;"
        f" {n_whole:,} chains verified whole",
    )


def _in_memory(usual: Path) -> Path:
    """Where a file costs no disk."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 50_000_000 else usual


def cut(run: ProofRun) -> Tally:
    """Cut the power of the store as it is."""
    return _cut(run, "FULL")


def cut_unsynced(run: ProofRun) -> Tally:
    """The same of one that does not sync its log at each commit."""
    return _cut(run, "NORMAL")


POWER_CUT = Probe(
    "powercut", 100_000, 2_000, cut, cut_unsynced, "synchronous=NORMAL", twin_count=100, ci=150,
)  # fmt: skip
