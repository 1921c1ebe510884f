"""Candidates that score beside the champions, off the path of every answer and never in one."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle, pointers
from payrisk.answers.answering import Answers
from payrisk.answers.champions import ANSWERING, CURVES
from payrisk.answers.invoices import InvoiceAnswer
from payrisk.answers.shadow.agreement import Row, curve_rows, decision_row, write_rows
from payrisk.credit import CreditRequest
from payrisk.errors import ModelError
from payrisk.features import Quotes

MOST_WAITING = 256
"""Questions that may wait for a candidate; more are dropped and counted."""
MOST_ROWS = 5_000
KEEP_SECONDS = 30.0
LOOK_SECONDS = 0.5


@dataclass
class _Candidate:
    """A candidate in shadow, its answers over those of the champions, and rows not yet kept."""

    pointed: pointers.PointedVersion
    model: bundle.Bundle
    over: Answers | None = None
    answers: Answers | None = None
    rows: list[Row] = field(default_factory=list)

    def beside(self, current: Answers) -> Answers:
        """Answers as they would be with the candidate in the champion's place."""
        if self.answers is None or self.over is not current:
            self.over = current
            self.answers = Answers(
                current.ledger,
                dict(current.champions) | {self.model.name: self.model},
                ledger_sha=current.ledger_sha,
                policy=current.policy,
                before=current,
            )
        return self.answers


_Question = Callable[[str, _Candidate], list[Row]]


class Shadows:
    """The candidates of a home that HOME/shadows points to, asked what the champions were asked.

    `curves` and `decision` hand a question over and return at once: they never wait, fail or
    change anything. A thread of its own asks the candidates and keeps what they say.
    """

    def __init__(
        self,
        home: Path,
        *,
        now: Callable[[], str],
        report: Callable[[str, dict[str, Any]], None] = lambda _what, _words: None,
        count: Callable[[str, str, int], None] = lambda _name, _result, _n: None,
        keep_seconds: float = KEEP_SECONDS,
    ) -> None:
        """Ask nothing yet.

        told: hears of what starts, ends or cannot be; count: (model, scored | dropped | failed,
        how many).
        """
        self._home, self._now, self._report, self._count = home, now, report, count
        self._keep_seconds = keep_seconds
        self._waiting: queue.Queue[_Question] = queue.Queue(MOST_WAITING)
        self._active: dict[str, _Candidate] = {}
        self._refused: dict[str, pointers.PointedVersion] = {}
        self._kept_at = time.monotonic()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._n_files = 0

    def start(self) -> None:
        """Look for candidates and ask them, in a thread of its own."""
        self._thread = threading.Thread(target=self._work, name="payrisk-shadow", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Keep what was said and end; what still waits is dropped."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def curves(
        self,
        answers: Answers,
        as_of: int,
        invoices: Sequence[str] | pd.DataFrame | Quotes,
        champion_answers: Sequence[InvoiceAnswer],
    ) -> None:
        """Have a candidate for payment curves asked for the same invoices, by id, or quotes."""
        if CURVES not in self._active:
            return

        def rows(name: str, candidate: _Candidate) -> list[Row]:
            if name != CURVES:
                return []
            beside = candidate.beside(answers)
            quotes = invoices if isinstance(invoices, pd.DataFrame | Quotes) else None
            ids = None if isinstance(invoices, pd.DataFrame | Quotes) else list(invoices)
            return curve_rows(
                champion_answers,
                beside.payment_curves(
                    as_of=as_of, invoice_ids=ids, invoices=quotes, in_sample=True
                ),
            )

        self._hand_over(rows)

    def decision(self, answers: Answers, request: CreditRequest, as_of: int) -> None:
        """Have every candidate decide the same request, as if no order held headroom."""
        if not self._active:
            return

        def rows(_name: str, candidate: _Candidate) -> list[Row]:
            by_champion, by_candidate = (
                source.prepare_decision(request, as_of=as_of).decide(with_counterfactuals=False)
                for source in (answers, candidate.beside(answers))
            )
            return [decision_row(by_champion, by_candidate)]

        self._hand_over(rows)

    def _hand_over(self, question: _Question) -> None:
        try:
            self._waiting.put_nowait(question)
        except queue.Full:
            for name in list(self._active):
                self._count(name, "dropped", 1)

    # -- the thread ----------------------------------------------------------------------------

    def _work(self) -> None:
        looked = -LOOK_SECONDS
        while not self._stop.is_set():
            try:
                if time.monotonic() - looked >= LOOK_SECONDS:
                    self._look()
                    looked = time.monotonic()
                question = self._waiting.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                question = None
            except Exception as error:
                # what a home can raise must not end the comparison for good
                self._report("shadow-failed", {"defect": type(error).__name__})
                self._stop.wait(LOOK_SECONDS)
                continue
            if question is not None:
                self._ask(question)
            if time.monotonic() - self._kept_at >= self._keep_seconds:
                self._keep()
        self._keep()

    def _look(self) -> None:
        for name in ANSWERING:
            try:
                pointed = pointers.shadow(self._home, name)
            except ModelError:
                pointed = None
            now = self._active.get(name)
            if (None if now is None else now.pointed) == pointed:
                continue
            if now is not None:
                self._keep()
                del self._active[name]
                self._report("shadow-ended", {"model": name, "version": now.pointed.version})
            if pointed is None or self._refused.get(name) == pointed:
                continue
            try:
                model = bundle.load_promoted(self._home, name, pointed)
            except ModelError as error:
                self._refused[name] = pointed
                self._report("shadow-refused", {"model": name, "why": str(error)})
                continue
            self._active[name] = _Candidate(pointed, model)
            self._report("shadow-begun", {"model": name, "version": pointed.version})

    def _ask(self, question: _Question) -> None:
        for name, candidate in self._active.items():
            try:
                rows = question(name, candidate)
            except Exception as error:
                self._count(name, "failed", 1)
                self._report("shadow-failed", {"model": name, "defect": type(error).__name__})
                continue
            over = None if candidate.over is None else candidate.over.champions.get(name)
            versions = {
                "at": self._now(),
                "champion": "" if over is None else str(over.version),
                "candidate": candidate.pointed.version,
            }
            candidate.rows += [row | versions for row in rows]
            self._count(name, "scored", len(rows))
            if len(candidate.rows) >= MOST_ROWS:
                self._keep()

    def _keep(self) -> None:
        self._kept_at = time.monotonic()
        for name, candidate in self._active.items():
            if not candidate.rows:
                continue
            self._n_files += 1
            stamp = self._now().translate({ord(c): None for c in "-:.+"})
            try:
                write_rows(self._home, name, f"{stamp}-{self._n_files:06d}", candidate.rows)
            except OSError as error:
                self._count(name, "failed", len(candidate.rows))
                self._report("shadow-failed", {"model": name, "defect": type(error).__name__})
            candidate.rows = []
