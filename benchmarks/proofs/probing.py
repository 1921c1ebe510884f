"""Probe: what is tried how often, and its broken twin, which it must find out."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PROFILES = ("ci", "short", "full", "night")


@dataclass(frozen=True)
class ProofRun:
    """One run of a probe: how many cases, by which seed, in which empty folder."""

    count: int
    seed: int
    folder: Path


@dataclass(frozen=True)
class Tally:
    """What a run found: cases tried, those that went wrong, and a sentence on both."""

    count: int
    failures: int
    sentence: str


class CannotRun(Exception):
    """What a probe needs is not on this machine; the text says what."""


@dataclass(frozen=True)
class Probe:
    """How a figure is tried.

    asked: cases at which the figure counts as reached; `full` and `night` try as many, but where
    `only_by_night`. short: cases in the profile of that name. ci: those in every run of CI, where
    all probes together may take ten seconds of CPU; None for as many as in `short`, 0 for none:
    what starts a service again and again is tried there by `tests`. twin: the same check against
    something broken on purpose, `twin_count` cases of it; it must find failures. lacks: what of
    the figure is not tried.
    """

    figure: str
    asked: int
    short: int
    run: Callable[[ProofRun], Tally]
    twin: Callable[[ProofRun], Tally]
    broken: str
    twin_count: int
    lacks: str = ""
    only_by_night: bool = False
    ci: int | None = None
    tests: str = ""

    def size(self, profile: str) -> int:
        """Cases to try in a profile."""
        if profile == "ci" and self.ci is not None:
            return self.ci
        is_short = profile in ("ci", "short") or (self.only_by_night and profile != "night")
        return self.short if is_short else self.asked


@dataclass(frozen=True)
class ProofRow:
    """A figure as the table shows it; count None where no probe ran."""

    number: str
    name: str
    asked: str
    count: int | None
    failures: int
    is_reached: bool
    twin: str
    sentence: str
    command: str
    cpu_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The row as a document."""
        return asdict(self)


def cpu_seconds() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def proved(probe: Probe, number: str, asked: str, profile: str, seed: int) -> ProofRow:
    """Run a probe and its broken twin.

    The figure is reached when as many cases as asked were tried, none went wrong and the twin
    was found out, and nothing of the figure is left out.
    """
    began = cpu_seconds()
    size = probe.size(profile)
    name = probe.figure
    row: dict[str, Any] = {"number": number, "name": name, "asked": asked}
    command = f"payrisk prove {name} --profile {profile} --seed {seed}"
    try:
        if not size:
            raise CannotRun(f"beside `./payrisk test {probe.tests}` it is left to --profile short")
        tally = _tried(probe.run, size, seed)
        twin = _tried(probe.twin, probe.twin_count, seed)
    except CannotRun as lacking:
        sentence = f"not run here: {lacking}"
        return ProofRow(
            **row, count=None, failures=0, is_reached=False, twin="–", sentence=sentence,
            command=command,
        )  # fmt: skip
    is_caught = twin.failures > 0 and twin.count > 0
    return ProofRow(
        **row,
        count=tally.count,
        failures=tally.failures,
        is_reached=is_caught
        and not tally.failures
        and not probe.lacks
        and tally.count >= probe.asked,
        twin=("caught" if is_caught else "NOT CAUGHT") + f": {probe.broken} ({twin.sentence})",
        sentence=tally.sentence + (f"; not tried: {probe.lacks}" if probe.lacks else ""),
        command=command,
        cpu_s=round(cpu_seconds() - began, 1),
    )


def _tried(run: Callable[[ProofRun], Tally], count: int, seed: int) -> Tally:
    """Run in a folder of its own; what breaks off is a failure of nothing but the run."""
    with tempfile.TemporaryDirectory(prefix="payrisk-proof-") as folder:
        try:
            return run(ProofRun(count, seed, Path(folder)))
        except CannotRun:
            raise
        except Exception as error:
            traceback.print_exc()
            # 0 cases: a twin that breaks off was not found out either
            return Tally(0, 1, f"broke off: {type(error).__name__}: {str(error)[:200]}")
