"""Backups taken while decisions are made: nothing acknowledged before one is missing from it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from payrisk.settings import Settings
from payrisk.store import DecisionStore
from payrisk_pipelines.backing_up import back_up, restore
from proofs.probing import Probe, ProofRun, Tally
from support.company.five_customers import small_company
from support.company.records import review
from support.home.api_process import home_with

BETWEEN = 20
"""Decisions acknowledged before each backup."""


class Deciding(threading.Thread):
    """Has decisions kept, one after another, until it is stopped."""

    def __init__(self, store: DecisionStore) -> None:
        """Begin."""
        super().__init__(daemon=True)
        self.store, self.acknowledged = store, list[str]()
        self._stopping = threading.Event()
        self._more = threading.Condition()
        self.start()

    def run(self) -> None:
        """Keep on."""
        number = 0
        while not self._stopping.is_set():
            number += 1
            self.store.decide_once(f"k{number}", "s", partial(review, str(number)))
            with self._more:
                self.acknowledged.append(f"dec_{number}")
                self._more.notify_all()

    def after(self, n: int) -> list[str]:
        """Wait until so many more are acknowledged; all that are."""
        with self._more:
            enough = len(self.acknowledged) + n
            if not self._more.wait_for(lambda: len(self.acknowledged) >= enough, 60):
                raise RuntimeError("the store keeps no more decisions")
            return list(self.acknowledged)

    def stop(self) -> None:
        """End after the decision at hand."""
        self._stopping.set()
        self.join()


def _backed_up(run: ProofRun, take: Callable[[Settings, Path], None]) -> Tally:
    settings = Settings.read(home=home_with(small_company(), run.folder / "home"))
    n_missing = n_broken = n_due = 0
    with DecisionStore(settings.database_url) as store:
        deciding = Deciding(store)
        try:
            for number in range(run.count):
                before = deciding.after(BETWEEN)
                restored = run.folder / f"restored-{number}"
                take(settings, restored)
                with DecisionStore(f"sqlite:///{restored}/payrisk.db") as again:
                    n_due += len(before)
                    n_missing += sum(again.get(each) is None for each in before)
                    n_broken += not again.verify().holds
                shutil.rmtree(restored)
        finally:
            deciding.stop()
    return Tally(
        run.count,
        n_missing + n_broken,
        f"{run.count:,} backups under load: {n_missing:,} missing of {n_due:,} acknowledged"
        f" before, {n_broken} chains broken",
    )


def _properly(settings: Settings, restored: Path) -> None:
    file = restored.with_suffix(".tar")
    back_up(settings, file)
    restore(file, restored)
    file.unlink()


def _by_copy(settings: Settings, restored: Path) -> None:
    restored.mkdir()
    shutil.copy(settings.home / "payrisk.db", restored / "payrisk.db")


def back_up_and_restore(run: ProofRun) -> Tally:
    """Back up and restore while decisions are made."""
    return _backed_up(run, _properly)


def copy_the_file(run: ProofRun) -> Tally:
    """The same by a copy of the database file, as people do who do not know of its log."""
    return _backed_up(run, _by_copy)


RESTORE = Probe(
    "restore", 20, 2, back_up_and_restore, copy_the_file, "a copy of the database file",
    twin_count=1, lacks="old stores through every migration",
)  # fmt: skip
