"""Reading a store beside the process that writes to it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from payrisk.credit.deciding.records import DurableReply, HeadroomQuestion, HeldHeadroom
from payrisk.errors import StoreError
from payrisk.store import reading
from payrisk.store.engine import database_file, failure_sentence, open_engines
from payrisk.store.reading import ANY_DAY, DecidedDays, DecisionSummary, decision_ids
from payrisk.store.refusals import UnknownDecision
from payrisk.store.reserving import held_headroom
from payrisk.store.schema import HEAD, decisions
from payrisk.store.upgrading import migration_of
from payrisk.store.vouching.pinning import changed_pins
from payrisk.store.vouching.report import StoreFault, VerificationReport
from payrisk.store.vouching.verifying import verify


def named_ledgers(url: str) -> set[str]:
    """The ledgers that decisions name; none without a store.

    Raises StoreError when the store cannot be read.
    """
    with read_only_connection(url) as connection:
        if connection is None or migration_of(connection) is None:
            return set()
        return set(connection.execute(select(decisions.c.ledger_sha).distinct()).scalars())


def read_held_headroom(url: str, question: HeadroomQuestion) -> HeldHeadroom:
    """What orders hold, see `payrisk.store.reserving.held_headroom`; nothing without a store."""
    with read_only_connection(url) as connection:
        if connection is None or migration_of(connection) != HEAD:
            return HeldHeadroom()
        return held_headroom(connection, question)


def verify_store(url: str, head: str | None = None) -> VerificationReport:
    """Check a store's every row against its chain, see `payrisk.store.vouching.verifying`.

    Raises StoreError when there is no store, or none of this payrisk's tables.
    """
    with read_only_connection(url) as connection:
        migration = None if connection is None else migration_of(connection)
        if connection is None or migration is None:
            raise StoreError("No decision is kept here yet; check --home or PAYRISK_DATABASE_URL.")
        if migration != HEAD:
            raise StoreError(
                f"The store stands at migration {migration} and this payrisk reads {HEAD}; start"
                " `payrisk serve` of the newer one once to bring it up to date."
            )
        return verify(connection, head)


def pin_faults(url: str, home: Path) -> list[StoreFault]:
    """Ledgers and published forecasts of a home that are not what the store's chain vouches for.

    Raises StoreError when the store cannot be read.
    """
    with read_only_connection(url) as connection:
        return [] if connection is None else changed_pins(connection, home)


@dataclass(frozen=True)
class KeptDecisions:
    """What a store keeps, read in one moment beside whoever writes; empty where there is none.

    missing_file: the SQLite file that is not there: none was kept yet, or it was moved or lost.
    """

    _connection: Connection | None
    missing_file: Path | None = None

    def get(self, id_or_beginning: str) -> DurableReply:
        """The decision whose id this is, or begins so; UnknownDecision unless it is just one."""
        ids = [] if self._connection is None else decision_ids(self._connection, id_or_beginning)
        if len(ids) > 1:
            raise UnknownDecision(
                f"Several decisions begin with '{id_or_beginning}'; give more of the id."
            )
        reply = (
            None
            if self._connection is None or not ids
            else reading.decision_reply(self._connection, ids[0])
        )
        if reply is None:
            raise UnknownDecision(
                f"No decision '{id_or_beginning}' is kept; `payrisk decisions list` shows those"
                " that are."
            )
        return reply

    def overrides(self, decision_id: str) -> list[bytes]:
        """The overrides of a decision as they were answered, the first one first."""
        if self._connection is None:
            return []
        return reading.override_bodies(self._connection, decision_id)

    def summaries(
        self, limit: int | None, days: DecidedDays = ANY_DAY, **equal: str | None
    ) -> list[DecisionSummary]:
        """The newest decisions, newest first; equal: customer_id, kind, outcome → its value."""
        if self._connection is None:
            return []
        return reading.decision_summaries(self._connection, None, limit, equal, days)

    def score_history(self, customer_id: str, limit: int) -> list[dict[str, Any]]:
        """The newest decisions on a customer that rest on a risk, as documents, oldest first."""
        if self._connection is None:
            return []
        return reading.risk_decisions(self._connection, customer_id, limit)

    def latest_reviews(self) -> dict[str, tuple[str, str | None]]:
        """By customer, the morning (ISO) and band of the newest decision on its limit."""
        return {} if self._connection is None else reading.latest_reviews(self._connection)

    def reviews(self, today: str, limit: int) -> list[DecisionSummary]:
        """Decisions a person should look at on a day (ISO), worst band and largest first."""
        if self._connection is None:
            return []
        return reading.review_queue(self._connection, today=today, band=None, limit=limit)


@contextlib.contextmanager
def read_decisions(url: str) -> Iterator[KeptDecisions]:
    """The decisions of a store, read in one moment; none where there is no store of today's form.

    Raises StoreError when it cannot be read.
    """
    with read_only_connection(url) as connection:
        is_ours = connection is not None and migration_of(connection) == HEAD
        yield KeptDecisions(
            connection if is_ours else None, _file_of(url) if connection is None else None
        )


def _file_of(url: str) -> Path | None:
    return Path(str(database)) if (database := make_url(url).database) else None


@contextlib.contextmanager
def read_only_connection(url: str) -> Iterator[Connection | None]:
    """One reading transaction, which sees one moment; None where there is no database file."""
    writer, reader = open_engines(url)
    writer.dispose()
    file = database_file(reader)
    try:
        if file is not None and not file.exists():
            yield None
            return
        with reader.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(failure_sentence(reader, error)) from error
    finally:
        reader.dispose()
