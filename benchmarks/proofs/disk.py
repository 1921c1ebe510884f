"""A full disk: decisions are refused, reads go on, and nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from payrisk.store import DecisionStore
from proofs.killing import AS_OF, body_of, hasty, lost
from proofs.probing import CannotRun, Probe, ProofRun, Tally
from support.company.five_customers import small_company
from support.home.api_process import Served, home_with
from support.home.killing import DECISIONS

SIZE, MOST_ASKED, RECOVERY_SECONDS = "24m", 300, 5.0


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 24 MB in memory. Raises CannotRun without the right to mount."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise CannotRun("there is no mount") from error
    if done.returncode:
        raise CannotRun("a small disk needs the right to mount (root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S607


def fill(file: Path) -> None:
    """Write until there is no room for a byte."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as filling:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    filling.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    with file.open("rb+") as filling:
        os.fsync(filling.fileno())


class FullDisk:
    """A service whose disk fills up again and again, and what it answered."""

    def __init__(self, served: Served, seed: int) -> None:
        """Begin with a number of keys."""
        self.served, self.answered, self.n_asked = served, dict[str, bytes](), seed * 1_000_000
        self.n_wrong = 0

    def decide(self) -> int:
        """Have one decision made; the status."""
        self.n_asked += 1
        key = f"full-{self.n_asked}"
        try:
            status, _, content = self.served.ask("POST", DECISIONS, body_of(key), key)
        except (OSError, http.client.HTTPException):
            status, content = 0, b""
        if status == 200:
            self.answered[key] = content
        elif status not in (503, 507):
            self.n_wrong += 1
        return int(status)

    def cycle(self, file: Path) -> bool:
        """Fill the disk, be refused, read on, free it; whether anything was refused at all."""
        self.decide()
        fill(file)
        is_refused = any(self.decide() != 200 for _ in range(MOST_ASKED))
        self.n_wrong += self.served.ask("GET", "/livez")[0] != 200
        self.n_wrong += self.served.ask("GET", f"{DECISIONS}?limit=5")[0] != 200
        file.unlink()
        until = time.monotonic() + RECOVERY_SECONDS
        while self.decide() != 200:
            if time.monotonic() > until:
                self.n_wrong += 1
                break
            time.sleep(0.05)
        return is_refused


def _filled(run: ProofRun, *, is_hasty: bool) -> Tally:
    with small_disk(run.folder / "disk") as disk:
        home = home_with(small_company(), disk / "home")
        served = Served(home, *AS_OF, command=hasty(home) if is_hasty else [])
        try:
            full = FullDisk(served, run.seed)
            n_refused = sum(full.cycle(disk / "filling") for _ in range(run.count))
        finally:
            served.kill()
        with DecisionStore(f"sqlite:///{home}/payrisk.db") as store:
            n_lost = lost(store, full.answered)
            n_broken = int(not store.verify().holds)
    never = run.count - n_refused
    return Tally(
        run.count,
        n_lost + n_broken + full.n_wrong + never,
        f"{run.count:,} cycles, {len(full.answered):,} acknowledged: {n_lost} lost,"
        f" {full.n_wrong} answered otherwise than 503 or late, {never} cycles refused nothing",
    )


def fill_up(run: ProofRun) -> Tally:
    """Fill and free the disk of a service so many times; it is killed at the end."""
    return _filled(run, is_hasty=False)


def fill_up_hasty(run: ProofRun) -> Tally:
    """The same with a service that answers before it has written."""
    return _filled(run, is_hasty=True)


DISK_FULL = Probe(
    "diskfull", 20, 1, fill_up, fill_up_hasty, "answers before it has written", twin_count=1,
    ci=0, tests="tests/store",
)  # fmt: skip
