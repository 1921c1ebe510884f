"""A payrisk command carried out for a page, in a process of its own that takes what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk_api.errors import ProblemError
from payrisk_api.heavy import BUSY, WAIT_SECONDS

MOST_SECONDS = 600
TOO_LONG = marked("It took too long and was ended; nothing was changed.")


_PLACE = threading.BoundedSemaphore(1)
"""One command at a time: whoever sends large files holds up no other question."""


@dataclass(frozen=True)
class CommandResult:
    """How a command ended: its exit code, what it printed, and its last line of complaint."""

    code: int
    printed: str
    complaint: str


def run_command(home: Path, arguments: Sequence[str], actor: str) -> CommandResult:
    """Carry out `payrisk --home HOME …`; actor: who asks, '' for the settings' own.

    See `run_module`.
    """
    return run_module("payrisk.cli", ["--home", str(home), *arguments], actor)


def run_module(module: str, arguments: Sequence[str], actor: str) -> CommandResult:
    """Run a module of ours with some arguments, for whoever asks.

    No shell reads the arguments, and the key that the service itself may hold stays here. What
    takes too long is ended; its code is then 124. Raises InputError for text no program takes,
    ProblemError while another command is carried out.
    """
    if any("\0" in argument for argument in arguments):
        raise InputError("A text holds a sign that nobody can type; leave it out.")
    command = [sys.executable, "-m", module, *arguments]
    if not _PLACE.acquire(timeout=WAIT_SECONDS):
        raise ProblemError(503, "too-busy", BUSY)
    try:
        ended = subprocess.run(
            command,
            env=environment_of(actor),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return CommandResult(124, "", TOO_LONG)
    finally:
        _PLACE.release()
    lines = ended.stderr.strip().splitlines()
    complaint = lines[-1].removeprefix("payrisk: ") if lines else ""
    return CommandResult(ended.returncode, ended.stdout, complaint)


def environment_of(actor: str) -> dict[str, str]:
    """What a command of this actor is started with; the service's own key stays here."""
    environment = {name: value for name, value in os.environ.items() if name != "PAYRISK_KEY"}
    return environment | ({"PAYRISK_ACTOR": actor} if actor else {})
