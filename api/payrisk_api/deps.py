"""What every route needs: the answers of the moment, the store, the clock and the counters."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from payrisk.access import Caller, KeyRing
from payrisk.answers import Answers, Shadows
from payrisk.answers.credit.recording import DecisionRecorder
from payrisk.answers.home import FIRST_WAIT, LONGEST_WAIT
from payrisk.calendar import day_of
from payrisk.errors import PayriskError
from payrisk.store import DecisionStore
from payrisk_api.observing import ServiceMetrics
from payrisk_api.remembered import RememberedDocuments
from payrisk_api.requests.request_model import AsOfQuery

POLL_SECONDS = 0.1
PATIENCE_SECONDS = 1.0
LARGEST_METRICS = 1_000_000


class LiveAnswers:
    """The answers in service, replaced as a whole when what they stand on moves.

    A request takes `current` once and keeps it, so no request sees two champions and none is
    dropped by a swap. What cannot be taken up leaves the old in service and is tried again, soon
    and then less and less often.
    """

    def __init__(
        self,
        current: Answers,
        *,
        read: Callable[[Answers], Answers] | None = None,
        signs: Callable[[], object] | None = None,
        initial_signs: object = None,
        report: Callable[[str, dict[str, Any]], None] = lambda _what, _words: None,
        prepare: Callable[[Answers], None] = lambda _answers: None,
        every: float = POLL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Serve `current`, read while the signs were `seen`.

        read: makes new answers from the present ones; signs: differ when that is due; told:
        hears of it; prepare: works out beforehand what will be asked, is quick when it has, and
        stops when the answers are no longer `current`; clock: seconds.
        """
        self.current = current
        self._read, self._signs, self._report, self._every = read, signs, report, every
        self._prepare = prepare
        self._taken_up_signs = initial_signs
        self._clock = clock
        self._defect = ""
        self._wait = self._again_at = 0.0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def refresh(self) -> bool:
        """Take up what moved; whether anything was."""
        if self._signs is None or self._read is None:
            return False
        now = self._signs()
        has_moved = now != self._taken_up_signs
        if not has_moved and not (self._defect and self._clock() >= self._again_at):
            return False
        # what moves again while we read is seen at the next look
        self._taken_up_signs = now
        before = self.current
        try:
            self.current = self._read(before)
        except Exception as error:  # whatever it was, it may pass
            self._put_off(type(error).__name__, is_new=has_moved)
            return False
        self._defect = ""
        new = {n: why for n, why in self.current.refused.items() if before.refused.get(n) != why}
        for name, why in sorted(new.items()):
            self._report("bundle-refused", {"model": name, "why": why})
        versions = {
            name: str(champion.version) for name, champion in self.current.champions.items()
        }
        self._report("swapped", {"models": versions})
        return True

    def _put_off(self, defect: str, *, is_new: bool) -> None:
        """Remember what failed, and when to try again; tell it once."""
        if is_new or defect != self._defect:
            self._report("swap-refused", {"defect": defect})
        self._wait = FIRST_WAIT if is_new else min(2.0 * self._wait, LONGEST_WAIT)
        self._again_at = self._clock() + self._wait
        self._defect = defect

    @property
    def refused(self) -> dict[str, str]:
        """Why what moved does not answer: by model, under `home` where nothing could be read."""
        refused = dict(self.current.refused)
        if self._defect:
            refused["home"] = (
                f"What moved in the home cannot be read ({self._defect}), and what answered before"
                " answers on; `payrisk ledger show` and `payrisk bundle verify` say what is wrong."
            )
        return refused

    @property
    def awaits_ledger(self) -> bool:
        """Whether the home has no ledger yet: nothing that stands on one can be answered."""
        return self._read is not None and not self.current.ledger_sha

    def start(self) -> None:
        """Look now and then, and prepare what will be asked, each in a thread of its own.

        A rollback does not wait until the morning of a champion is prepared that has to go.
        """
        for name, work in (("watch", self.refresh), ("prepare", self._prepare_current)):
            thread = threading.Thread(
                target=self._again, args=(work,), name=f"payrisk-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()
        until = time.monotonic() + PATIENCE_SECONDS
        for thread in self._threads:
            # a morning that is being prepared does not hold up the end
            thread.join(max(until - time.monotonic(), 0.0))

    def _prepare_current(self) -> None:
        self._prepare(self.current)

    def _again(self, work: Callable[[], object]) -> None:
        while True:
            try:
                work()
            except Exception as error:
                # the watch must outlive whatever a damaged home can raise
                self._report("swap-refused", {"defect": type(error).__name__})
            if self._stop.wait(self._every):
                return


@dataclass
class Service:
    """Everything a route works with."""

    live: LiveAnswers
    store: DecisionStore
    recorder: DecisionRecorder
    metrics: ServiceMetrics
    now: Callable[[], dt.datetime]
    shadows: Shadows
    home: Path
    ring: KeyRing
    served_as_of: dt.date | None = None
    remembered: RememberedDocuments = field(default_factory=RememberedDocuments)
    actor: str = ""
    """Who records what is recorded here, until keys say it."""
    _prepared: tuple[int, int] = (0, 0)
    _pinned_at: list[int] = field(default_factory=list)

    def prepare(self, answers: Answers) -> None:
        """Work out the risks of the served morning, unless these answers have done so."""
        morning = id(answers), self.as_of(None)
        if morning != self._prepared:
            with contextlib.suppress(PayriskError):  # whoever asks is told
                ready = answers.prepare_morning(
                    morning[1], lambda: self.live.current is answers, with_curves=True
                )
                self.metrics.prepared.set(ready)
            if self.live.current is not answers:
                return
            self._prepared = morning
            # books and models stay: looking through them for garbage again and again would stop
            # every answer for a tenth of a second; what the ones before left goes first
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def pin(self) -> None:
        """Have the chain vouch for what was imported or published since the last look."""
        folders = [self.home / name for name in ("ledgers", "forecasts")]
        moved = [path.stat().st_mtime_ns if path.is_dir() else 0 for path in folders]
        if moved != self._pinned_at:
            self.store.pins.pin(self.home, self.now().isoformat(timespec="microseconds"))
            self._pinned_at = moved

    def monitor_metrics(self) -> bytes:
        """What `payrisk monitor` last found, as Prometheus reads it; nothing if it never ran."""
        with contextlib.suppress(OSError):
            with (self.home / "monitor" / "latest.prom").open("rb") as file:
                text = file.read(LARGEST_METRICS)
            return text[: text.rfind(b"\n") + 1]
        return b""

    def as_of(self, day: dt.date | None) -> int:
        """Day to answer for: the one asked, else the served one, else today."""
        return day_of(day or self.served_as_of or self.now().astimezone().date())


# async, for what is no coroutine FastAPI asks in a thread, which takes longer than most answers
async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _caller(request: Request) -> Caller:
    caller: Caller = request.scope["payrisk_caller"]
    return caller


ServiceDep = Annotated[Service, Depends(_service)]
CallerDep = Annotated[Caller, Depends(_caller)]
AsOf = Annotated[AsOfQuery, Query()]
