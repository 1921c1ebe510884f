"""The durable memory: decisions, overrides and their keys, each kept once and in one piece."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from typing import Any, Self, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from payrisk.credit.deciding.records import (
    DecisionRecord,
    DurableReply,
    HeadroomClaim,
    HeadroomQuestion,
    HeldHeadroom,
    OverrideRecord,
)
from payrisk.errors import StoreError
from payrisk.store import keeping, reading
from payrisk.store.action_memory import ActionStore
from payrisk.store.engine import (
    database_file,
    failure_sentence,
    open_engines,
    purge_deleted_pages,
)
from payrisk.store.opened_file import OpenedFile
from payrisk.store.proposing.proposals import ProposalStore
from payrisk.store.reading import ANY_DAY, DecidedDays, DecisionPage, DecisionSummary
from payrisk.store.refusals import idempotency_refusal, require_unchanged
from payrisk.store.reserving import decide_claim, held_headroom
from payrisk.store.schema import alembic_version, decisions
from payrisk.store.single_writer import SingleWriter
from payrisk.store.telling.audit_trail import AuditLine, audit_lines
from payrisk.store.telling.changes import Change, changes_since
from payrisk.store.upgrading import bring_up_to_date
from payrisk.store.vouching.pinning import PinStore
from payrisk.store.vouching.report import VerificationReport
from payrisk.store.vouching.verifying import verify
from payrisk.store.writer import StoreBusy, Writer

T = TypeVar("T")

PATIENCE_SECONDS = 10.0  # how long a caller waits for its commit until it is told to come again


class DecisionStore:
    """The durable memory of what was decided."""

    def __init__(self, url: str, *, capacity: int = 1_000) -> None:
        """Open and migrate a database; StoreError when that cannot be, or another writes to it."""
        self._write, self._read = open_engines(url)
        self._single = SingleWriter(file := database_file(self._write))
        self._is_alone = file is not None
        self._file: OpenedFile | None = None
        try:
            bring_up_to_date(self._write)
            self._file = OpenedFile.with_new_stamp(file, self._write) if file else None
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._let_go()
            raise StoreError(failure_sentence(self._write, error)) from error
        except BaseException:
            self._let_go()
            raise
        self._writer = Writer(self._write, capacity=capacity, file=self._file)
        self.actions = ActionStore(self._wait, self._reading)
        """What was done about open items, and whom one may speak to."""
        self.proposals = ProposalStore(self._wait, self._reading)
        """Overrides that wait for a second person."""
        self.pins = PinStore(self._wait, self._reading)
        """Ledgers and published forecasts that the chain vouches for."""
        self._in_flight: dict[str, str] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """The open store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Finish what waits and let go of the database."""
        self._writer.close()
        self._let_go()

    def decide_once(
        self, key: str, request_sha: str, decide: Callable[[], DecisionRecord | HeadroomClaim]
    ) -> DurableReply:
        """The decision this key stands for: decided and committed now, or the one kept before.

        An order's `HeadroomClaim` is decided inside the writing transaction, by what others hold
        there. Raises ReusedKey when the key was used for another request, KeyInFlight while its
        first request is being answered, StoreBusy when nothing can be written; `decide`'s own
        errors pass through and leave the key free.
        """
        with self._claimed(key, request_sha):
            earlier = self._replay(key, request_sha)
            if earlier is not None:
                return earlier
            return self._wait(partial(self._write_decision, key, request_sha, decide()))

    def override(
        self,
        key: str,
        request_sha: str,
        decision_id: str,
        if_match: str,
        override: Callable[[bytes], OverrideRecord],
    ) -> DurableReply:
        """Keep what a person decides instead, once a key, if the decision is what they saw.

        override: makes the record of the decision's body; its own errors pass through. Raises
        UnknownDecision, StaleDecision when `if_match` is not the decision's etag, and what
        `decide_once` does.
        """
        with self._claimed(key, request_sha):
            earlier = self._replay(key, request_sha)
            if earlier is not None:
                return earlier
            # what is refused is refused here: a failing write makes its neighbours wait
            record = override(require_unchanged(self.get(decision_id), if_match).body)
            write = partial(self._write_override, key, request_sha, decision_id, if_match, record)
            return self._wait(write)

    def get(self, decision_id: str) -> DurableReply | None:
        """The kept decision of this id."""
        with self._reading() as connection:
            return reading.decision_reply(connection, decision_id)

    def overrides(self, decision_id: str) -> list[bytes]:
        """The overrides of a decision as they were answered, the first one first."""
        with self._reading() as connection:
            return reading.override_bodies(connection, decision_id)

    def page(
        self,
        after: int | None = None,
        limit: int = 50,
        days: DecidedDays = ANY_DAY,
        **equal: str | None,
    ) -> DecisionPage:
        """A page of decisions, newest commit first; after: where the page before said to go on.

        equal: customer_id, kind, outcome → its value.
        """
        with self._reading() as connection:
            rows = reading.decision_summaries(connection, after, limit + 1, equal, days)
        return DecisionPage(rows[:limit], rows[limit - 1].seq if len(rows) > limit else None)

    def score_history(self, customer_id: str, limit: int = 50) -> list[dict[str, Any]]:
        """The newest decisions on a customer that rest on a risk, as documents, oldest first."""
        with self._reading() as connection:
            return reading.risk_decisions(connection, customer_id, limit)

    def review_queue(
        self, today: str, *, band: str | None = None, limit: int = 100
    ) -> list[DecisionSummary]:
        """What a person should look at on a day (ISO), worst band and largest amount first."""
        with self._reading() as connection:
            return reading.review_queue(connection, today=today, band=band, limit=limit)

    def latest_reviews(self) -> dict[str, tuple[str, str | None]]:
        """By customer, the morning (ISO) and band of the newest decision on its limit."""
        with self._reading() as connection:
            return reading.latest_reviews(connection)

    def applications(self) -> list[dict[str, Any]]:
        """Every application kept, refused ones too; what identifies a person is not in it."""
        with self._reading() as connection:
            return reading.application_rows(connection)

    def held_headroom(self, question: HeadroomQuestion) -> HeldHeadroom:
        """Headroom that orders hold on a morning, for an answer that takes none."""
        with self._reading() as connection:
            return held_headroom(connection, question)

    def forget(self, forgetting: Callable[[Connection], T]) -> T:
        """Run what erases or seals personal data, until it has left the files as well.

        The chain goes on to verify. forgetting: of `payrisk.store.forgetting`.
        """
        outcome = self._wait(forgetting)
        purge_deleted_pages(self._write)
        return outcome

    def changes(self, since: int, limit: int) -> list[Change]:
        """What was kept after a place of the chain, in the order of its commits."""
        with self._reading() as connection:
            return changes_since(connection, since, limit)

    def audit_lines(
        self, before: int | None, limit: int, days: DecidedDays, actor: str | None
    ) -> list[AuditLine]:
        """Links of the audit chain, the newest first, with who did what."""
        with self._reading() as connection:
            return audit_lines(connection, before, limit, days, actor)

    def count(self) -> int:
        """How many decisions are kept."""
        with self._reading() as connection:
            rows = connection.execute(select(func.count()).select_from(decisions))
            return int(rows.scalar_one())

    def verify(self, head: str | None = None) -> VerificationReport:
        """Check every row against the chain, and the chain against a head noted earlier."""
        with self._reading() as connection:
            return verify(connection, head)

    def check_writable(self) -> None:
        """Write and commit the stamp as it stands; raises StoreBusy when that cannot be done."""
        same = update(alembic_version).values(version_num=alembic_version.c.version_num)
        self._wait(lambda connection: connection.execute(same))

    def _let_go(self) -> None:
        self._write.dispose()
        self._read.dispose()
        if self._file is not None:
            self._file.close()
            self._file = None
        self._single.release()

    def _replay(self, key: str, request_sha: str) -> DurableReply | None:
        with self._reading() as connection:
            return reading.reply_under_key(connection, key, request_sha)

    def _replayed(self, connection: Connection, key: str, request_sha: str) -> DurableReply | None:
        return None if self._is_alone else reading.reply_under_key(connection, key, request_sha)

    def _write_decision(
        self,
        key: str,
        request_sha: str,
        decision: DecisionRecord | HeadroomClaim,
        connection: Connection,
    ) -> DurableReply:
        # Another process may have answered the same key since we looked; where we write
        # alone nobody can have, for the key is claimed.
        earlier = self._replayed(connection, key, request_sha)
        if earlier is not None:
            return earlier
        if isinstance(decision, HeadroomClaim):
            decision = decide_claim(connection, decision)
        return keeping.keep_decision(connection, key, request_sha, decision)

    def _write_override(
        self,
        key: str,
        request_sha: str,
        decision_id: str,
        if_match: str,
        record: OverrideRecord,
        connection: Connection,
    ) -> DurableReply:
        earlier = self._replayed(connection, key, request_sha)
        if earlier is not None:
            return earlier
        decision = require_unchanged(reading.decision_reply(connection, decision_id), if_match)
        row = reading.decision_row(connection, decision_id)
        n_overrides = decision.n_overrides
        return keeping.keep_override(connection, key, request_sha, row, n_overrides, record)

    def _wait(self, job: Callable[[Connection], T]) -> T:
        future = self._writer.submit(job)
        try:
            return future.result(PATIENCE_SECONDS)
        except FutureTimeout:
            raise StoreBusy("The store is slow to write; send the request again.") from None

    @contextlib.contextmanager
    def _claimed(self, key: str, request_sha: str) -> Iterator[None]:
        with self._lock:
            if key in self._in_flight:
                raise idempotency_refusal(is_same=self._in_flight[key] == request_sha)
            self._in_flight[key] = request_sha
        try:
            yield
        finally:
            with self._lock:
                del self._in_flight[key]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._read.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreBusy(
                f"The store could not read ({type(error).__name__}); try again."
            ) from error
