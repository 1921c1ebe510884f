"""Models learnt anew from a page: one run of `payrisk retrain`, and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from fastapi import Response

from payrisk.languages import marked
from payrisk_api.errors import ProblemError
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.command import environment_of
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.models.promoting import LEARNT

router = page_router()
LEARNS_ALREADY = marked("It is learning already; look again when that has ended.")
NOT_ENDED_WELL = marked("Learning ended without a result; nothing was changed.")


@dataclass
class LearningRun:
    """A process that learns, who began it and when; its answer is read once it has ended."""

    started_at: str
    by: str
    process: subprocess.Popen[bytes]
    printed: IO[bytes]
    complaint: IO[bytes]

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def result(self) -> dict[str, Any] | None:
        """What `payrisk retrain --json` printed; None while it learns or where it printed none."""
        if not self.is_over:
            return None
        try:
            result: dict[str, Any] = json.loads(_whole(self.printed))
        except ValueError:
            return None
        return result

    def fault(self) -> str:
        """Why it ended without a result; '' where it did not."""
        if not self.is_over or self.result() is not None:
            return ""
        lines = _whole(self.complaint).decode("utf-8", "replace").strip().splitlines()
        return lines[-1].removeprefix("payrisk: ") if lines else NOT_ENDED_WELL


class LearningDesk:
    """The last run that a page began; another one begins only after it has ended."""

    def __init__(self) -> None:
        """Nothing was begun."""
        self._lock = threading.Lock()
        self.latest: LearningRun | None = None

    def begin(self, home: Path, as_of: str, actor: str, started_at: str) -> None:
        """Learn every model anew; as_of: an ISO day, '' for the morning after the last fact.

        It takes minutes, so nobody waits for it, and it goes on when the service ends. Raises
        ProblemError while a run goes on.
        """
        command = [sys.executable, "-m", "payrisk.cli", "--home", str(home), "retrain", "--json"]
        command += ["--as-of", as_of] if as_of else []
        with self._lock:
            if self.latest is not None and not self.latest.is_over:
                raise ProblemError(409, "learns-already", LEARNS_ALREADY)
            # they live as long as the run
            (home / LEARNT).parent.mkdir(exist_ok=True)
            printed = (home / LEARNT).open("w+b")
            complaint = TemporaryFile()  # noqa: SIM115
            process = subprocess.Popen(
                command,
                env=environment_of(actor),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=complaint,
                start_new_session=True,
            )
            self.latest = LearningRun(started_at, actor, process, printed, complaint)


@router.post("/models/learning")
def learn(page: Page = PageDep) -> Response:
    """Begin to learn; the page of models says what comes of it."""
    service = page.service
    as_of = "" if service.served_as_of is None else service.served_as_of.isoformat()
    desk: LearningDesk = page.request.app.state.learning
    now = service.now().isoformat(timespec="seconds")
    desk.begin(service.home, as_of, page.caller.name or service.actor, now)
    return go_to("/models")


def _whole(file: IO[bytes]) -> bytes:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
