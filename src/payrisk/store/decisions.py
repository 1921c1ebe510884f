"""Decisions kept once: the decision, its idempotency key and its audit row in one transaction."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Self, TypeVar

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from payrisk.errors import Conflict, StoreError
from payrisk.store import chain
from payrisk.store.engine import database_file, open_engines
from payrisk.store.schema import alembic_version, audit, decisions, idempotency
from payrisk.store.single import SingleWriter
from payrisk.store.upgrading import bring_up_to_date, stamp
from payrisk.store.writer import StoreBusy, Writer

T = TypeVar("T")

PATIENCE_SECONDS = 10.0
"""How long a caller waits for its commit before it is told to come again."""


class KeyReused(Conflict):
    """The key already stands for another request."""


class KeyInFlight(Conflict):
    """The key's first request is still being answered."""


@dataclass(frozen=True)
class DecisionRecord:
    """A decision ready to be kept. decided_at: ISO 8601 in UTC; as_of: ISO date.

    `ledger_sha` names the ledger it was made from, which is kept as long as the decision is.

    `body` is the answer as the door sends it, UTF-8.
    """

    decision_id: str
    decided_at: str
    kind: str
    outcome: str
    as_of: str
    ledger_sha: str
    body: bytes
    customer_id: str | None = None


@dataclass(frozen=True)
class Kept:
    """A decision that is safely stored, as the bytes to answer with."""

    decision_id: str
    body: bytes
    is_replayed: bool = False


class DecisionStore:
    """The durable memory of what was decided."""

    def __init__(self, url: str, *, capacity: int = 1_000) -> None:
        """Open and migrate the database of an SQLAlchemy URL.

        Raises StoreError when it cannot be opened, is newer than this payrisk, or is already
        being written to by another process (SQLite).
        """
        self._write, self._read = open_engines(url)
        self._single = SingleWriter(database_file(self._write))
        try:
            bring_up_to_date(self._write)
        except SQLAlchemyError as error:
            self._let_go()
            raise StoreError(
                f"The decision store cannot be opened ({type(error).__name__}); check "
                "PAYRISK_DATABASE_URL and that its database is running."
            ) from error
        except BaseException:
            self._let_go()
            raise
        self._writer = Writer(self._write, capacity=capacity)
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

    def once(self, key: str, request_sha: str, decide: Callable[[], DecisionRecord]) -> Kept:
        """The decision this key stands for: decided and committed now, or the one kept before.

        Raises KeyReused when the key was used for another request, KeyInFlight while its first
        request is being answered, StoreBusy when nothing can be written; `decide`'s own errors
        pass through and leave the key free.
        """
        with self._claimed(key, request_sha):
            kept = self._replay(key, request_sha)
            return kept if kept is not None else self._keep(key, request_sha, decide())

    def get(self, decision_id: str) -> Kept | None:
        """The kept decision of this id."""
        with self._reading() as connection:
            row = connection.execute(
                select(decisions.c.body).where(decisions.c.decision_id == decision_id)
            ).first()
        return None if row is None else Kept(decision_id, row.body.encode())

    def count(self) -> int:
        """How many decisions are kept."""
        with self._reading() as connection:
            return int(
                connection.execute(select(func.count()).select_from(decisions)).scalar_one()
            )

    def first_break(self) -> int | None:
        """The seq of the first audit row that does not hold; None when chain and contents do."""
        with self._reading() as connection:
            body = (
                select(audit, decisions.c.body)
                .join_from(
                    audit, decisions, audit.c.subject == decisions.c.decision_id, isouter=True
                )
                .order_by(audit.c.seq)
            )
            rows = connection.execute(body).all()
        broken = chain.first_break(_link(row) for row in rows)
        for row in rows:
            if broken is not None and row.seq >= broken:
                break
            if row.body is not None and chain.content_sha(row.body.encode()) != row.content_sha:
                return int(row.seq)
        return broken

    def check(self) -> None:
        """Write and commit the stamp as it stands; raises StoreBusy when that cannot be done."""
        same = update(alembic_version).values(version_num=alembic_version.c.version_num)
        self._wait(lambda connection: connection.execute(same))

    def _let_go(self) -> None:
        self._write.dispose()
        self._read.dispose()
        self._single.release()

    def _replay(self, key: str, request_sha: str) -> Kept | None:
        with self._reading() as connection:
            return _kept_under(connection, key, request_sha)

    def _keep(self, key: str, request_sha: str, record: DecisionRecord) -> Kept:
        def write(connection: Connection) -> Kept:
            # Another process may have answered the same key since we looked.
            earlier = _kept_under(connection, key, request_sha)
            if earlier is not None:
                return earlier
            row = vars(record) | {"body": record.body.decode()}
            connection.execute(insert(decisions), [row])
            connection.execute(
                insert(idempotency),
                [{"key": key, "request_sha": request_sha, "decision_id": record.decision_id}],
            )
            head = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).first()
            link = chain.link(
                None if head is None else _link(head),
                written_at=record.decided_at,
                kind="decision",
                subject=record.decision_id,
                content=record.body,
            )
            connection.execute(insert(audit), [vars(link)])
            return Kept(record.decision_id, record.body)

        return self._wait(write)

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
                same = self._in_flight[key] == request_sha
                raise _in_flight() if same else _reused()
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


def named_ledgers(url: str) -> set[str]:
    """Read the ledgers that decisions name, beside a running service; none without a store.

    Raises StoreError when the store cannot be read.
    """
    writer, reader = open_engines(url)
    writer.dispose()
    file = database_file(reader)
    try:
        if file is not None and not file.exists():
            return set()
        with reader.connect() as connection:
            if stamp(connection) is None:
                return set()
            return set(connection.execute(select(decisions.c.ledger_sha).distinct()).scalars())
    except SQLAlchemyError as error:
        raise StoreError(
            f"The decision store cannot be read ({type(error).__name__}); check "
            "PAYRISK_DATABASE_URL and that its database is running."
        ) from error
    finally:
        reader.dispose()


def _link(row: Row[tuple[object, ...]]) -> chain.Link:
    return chain.Link(row.seq, row.written_at, row.kind, row.subject, row.content_sha, row.sha)


def _kept_under(connection: Connection, key: str, request_sha: str) -> Kept | None:
    row = connection.execute(
        select(idempotency.c.request_sha, decisions.c.decision_id, decisions.c.body)
        .join_from(idempotency, decisions)
        .where(idempotency.c.key == key)
    ).first()
    if row is None:
        return None
    if row.request_sha != request_sha:
        raise _reused()
    return Kept(row.decision_id, row.body.encode(), is_replayed=True)


def _reused() -> KeyReused:
    return KeyReused("This Idempotency-Key was used for another request; use a new one.")


def _in_flight() -> KeyInFlight:
    return KeyInFlight("The first request with this Idempotency-Key is still being answered.")
