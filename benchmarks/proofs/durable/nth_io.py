"""The nth write or sync fails: nothing is acknowledged that is not kept, and it goes on."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from payrisk.errors import StoreError
from payrisk.store import DecisionStore, StoreBusy, verify_store
from proofs.durable.watched_files import FileEvent, watched
from proofs.probing import Probe, ProofRun, Tally
from support.company.records import review

DECISIONS = 50
AFTER_OPENING = 40
"""So many writes and syncs on, decisions are being kept."""
FULL_DISK, NOT_WRITTEN, NOT_SYNCED = 13, 778, 1034
"""SQLITE_FULL, SQLITE_IOERR_WRITE and SQLITE_IOERR_FSYNC."""


class _NthFails:
    """Lets all through but the nth; is_lying: it says of that one that it was done."""

    def __init__(self, nth: int) -> None:
        self.nth, self.n_seen = nth, 0

    def __call__(self, event: FileEvent) -> int:
        self.n_seen += 1
        if self.n_seen != self.nth:
            return 0
        if event.kind == "sync":
            return NOT_SYNCED
        return FULL_DISK if self.nth % 2 else NOT_WRITTEN


def _asked(store: DecisionStore, *, believes: bool) -> dict[str, bool]:
    """Each key and whether it was acknowledged; believes: takes a refusal for an answer."""
    told = {}
    for number in range(DECISIONS):
        key = f"k{number}"
        try:
            store.decide_once(key, "s", partial(review, key, amount=number))
            told[key] = True
        except StoreBusy:
            told[key] = believes
    return told


def _failed(run: ProofRun, *, believes: bool, first: int = 1) -> Tally:
    empty = run.folder / "empty.db"
    DecisionStore(f"sqlite:///{empty}").close()
    n_tried = n_lost = n_stuck = n_refused = 0
    while n_tried < run.count:
        file, fails = run.folder / "decisions.db", _NthFails(n_tried + first)
        _fresh(empty, file)
        url = f"sqlite:///{file}"
        with watched(fails):
            store = _opened(url)
            try:
                told = _asked(store, believes=believes)
                has_failed = fails.n_seen >= fails.nth
                n_refused += DECISIONS - sum(told.values())
                kept = {f"dec_{key}" for key, is_told in told.items() if is_told}
                n_lost += sum(store.get(name) is None for name in kept)
                again = _asked(store, believes=False)
                n_stuck += DECISIONS - sum(again.values())
            finally:
                store.close()
        if not has_failed:  # every one of the script was failed once
            break
        n_tried += 1
        n_stuck += not verify_store(url).holds
    return Tally(
        n_tried,
        n_lost + n_stuck,
        f"{n_tried:,} writes, truncations and syncs of {DECISIONS} decisions failed, one a run:"
        f" {n_refused} refused, {n_lost} acknowledged and not kept, {n_stuck} refused again"
        " afterwards or out of the chain",
    )


def _opened(url: str) -> DecisionStore:
    """The store; at the second time where the first one was told what is wrong."""
    try:
        return DecisionStore(url)
    except StoreError:
        return DecisionStore(url)


def _fresh(empty: Path, file: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{file}{end}").unlink(missing_ok=True)
    shutil.copyfile(empty, file)


def fail(run: ProofRun) -> Tally:
    """Fail each in turn, until the script has no more."""
    return _failed(run, believes=False)


def fail_unheard(run: ProofRun) -> Tally:
    """The same where the caller takes a failed write for a decision that was kept."""
    return _failed(run, believes=True, first=AFTER_OPENING)


NTH_IO = Probe(
    "nth-io", 1_070, 20, fail, fail_unheard, "a caller that does not hear of a failed write",
    twin_count=4, ci=3,
)  # fmt: skip
