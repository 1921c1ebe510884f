"""Reading a store beside the process that writes to it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from payrisk.credit.deciding.records import HeadroomQuestion, HeldHeadroom
from payrisk.errors import StoreError
from payrisk.store.engine import database_file, open_engines
from payrisk.store.reserving import held_headroom
from payrisk.store.schema import HEAD, decisions
from payrisk.store.upgrading import migration_of
from payrisk.store.verifying import VerificationReport, verify


def named_ledgers(url: str) -> set[str]:
    """The ledgers that decisions name; none without a store.

    Raises StoreError when the store cannot be read.
    """
    with _read_only_connection(url) as connection:
        if connection is None or migration_of(connection) is None:
            return set()
        return set(connection.execute(select(decisions.c.ledger_sha).distinct()).scalars())


def held_headroom_beside(url: str, question: HeadroomQuestion) -> HeldHeadroom:
    """What orders hold, see `payrisk.store.reserving.held_headroom`; nothing without a store."""
    with _read_only_connection(url) as connection:
        if connection is None or migration_of(connection) != HEAD:
            return HeldHeadroom()
        return held_headroom(connection, question)


def verify_beside(url: str, head: str | None = None) -> VerificationReport:
    """Check a store's every row against its chain, see `payrisk.store.verifying`.

    Raises StoreError when there is no store, or none of this payrisk's tables.
    """
    with _read_only_connection(url) as connection:
        migration = None if connection is None else migration_of(connection)
        if connection is None or migration is None:
            raise StoreError("No decision is kept here yet; check --home or PAYRISK_DATABASE_URL.")
        if migration != HEAD:
            raise StoreError(
                f"The store stands at migration {migration} and this payrisk reads {HEAD}; start"
                " `payrisk serve` of the newer one once to bring it up to date."
            )
        return verify(connection, head)


@contextlib.contextmanager
def _read_only_connection(url: str) -> Iterator[Connection | None]:
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
        raise StoreError(
            f"The decision store cannot be read ({type(error).__name__}); check "
            "PAYRISK_DATABASE_URL and that its database is running."
        ) from error
    finally:
        reader.dispose()
