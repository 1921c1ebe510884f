"""Connections to SQLite or PostgreSQL, set so that what is committed survives a power cut."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import (
    ArgumentError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from payrisk.errors import StoreError
from payrisk.personal_keys import PersonalKeys

BUSY_MS = 5_000
"""How long a SQLite connection waits for another process before it gives up."""

PERSONAL_KEYS = "personal_keys"
"""Where an address of a database names the file of its keys."""

CHAIN_LOCK = 0x7061_7972_6973_6B  # "payrisk": one writer at a time extends the chain


def _is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _sqlite_pragmas(engine: Engine, *pragmas: str, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, and too late; we begin them.
        connection.isolation_level = None
        for pragma in (f"busy_timeout={BUSY_MS}", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


class Engines(NamedTuple):
    """The one engine that writes to a database, and the one that only reads."""

    writer: Engine
    reader: Engine


def open_engines(url: str) -> Engines:
    """The engines of a database URL.

    SQLite: WAL, synchronous=FULL (NORMAL loses acknowledged rows in a power cut, ADR 0007),
    foreign keys; readers cannot write and never checkpoint. PostgreSQL: psycopg,
    synchronous_commit on. Raises StoreError for a URL that cannot be used.
    """
    try:
        parsed, personal_keys = _without_keys(make_url(url))
        options = {"execution_options": {PERSONAL_KEYS: personal_keys}}
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreError(
                "Decisions are kept in SQLite or PostgreSQL; set PAYRISK_DATABASE_URL."
            )
        if parsed.get_backend_name() == "postgresql":
            writer = create_engine(
                parsed,
                pool_size=1,
                max_overflow=0,
                pool_pre_ping=True,
                isolation_level="READ COMMITTED",
                **options,
            )
            # a reader sees one moment, however many questions it asks
            reader = create_engine(
                parsed, pool_pre_ping=True, isolation_level="REPEATABLE READ", **options
            )
            return Engines(writer, reader)
        if parsed.database in (None, "", ":memory:"):
            raise StoreError("Decisions need a file; write the URL as sqlite:///PATH.")
        Path(str(parsed.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        writer = create_engine(parsed, pool_size=1, max_overflow=0, **options)
        reader = create_engine(parsed, **options)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, OSError) as error:
        raise StoreError(
            f"The decision store cannot be opened ({type(error).__name__}); check "
            "PAYRISK_DATABASE_URL (PostgreSQL needs the extra: pip install payrisk[postgres])."
        ) from None
    _sqlite_pragmas(
        writer,
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # a checkpoint stops every commit: a few large ones cost less than many (bench decisions)
        "wal_autocheckpoint=4000",
        "secure_delete=ON",
        begin="BEGIN IMMEDIATE",
    )
    _sqlite_pragmas(reader, "query_only=1", "wal_autocheckpoint=0", begin="BEGIN")
    return Engines(writer, reader)


def _without_keys(url: URL) -> tuple[URL, PersonalKeys]:
    """A database's address, and the keys of its personal data that the address names."""
    named = url.query.get(PERSONAL_KEYS)
    path = Path(str(named)) if named else None
    return url.difference_update_query([PERSONAL_KEYS]), PersonalKeys(path)


def keys_of(connection: Connection) -> PersonalKeys:
    """The keys of the personal data that is read and written over a connection."""
    keys: PersonalKeys = connection.get_execution_options()[PERSONAL_KEYS]
    return keys


def lock_chain(connection: Connection) -> None:
    """Make this transaction the only one that may extend the chain, until it ends.

    SQLite's BEGIN IMMEDIATE already did; PostgreSQL takes a lock of its own.
    """
    if not _is_sqlite(connection.engine):
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})


def purge_deleted_pages(writer: Engine) -> None:
    """Have what was deleted leave the files as well.

    SQLite overwrites deleted rows (secure_delete) and empties its log here, unless a reader
    still needs it; PostgreSQL's VACUUM does so in its own time.
    """
    if _is_sqlite(writer):
        with writer.connect() as connection:
            connection.connection.driver_connection.execute(  # type: ignore[union-attr]
                "PRAGMA wal_checkpoint(TRUNCATE)"
            )


def failure_sentence(engine: Engine, error: SQLAlchemyError | sqlite3.Error) -> str:
    """What is wrong with a store that cannot be read or opened, and the way on, by its kind."""
    kind = type(error).__name__
    cause = error if isinstance(error, sqlite3.Error) else getattr(error, "orig", kind)
    file = database_file(engine)
    if file is None:
        return (
            f"The decision store cannot be opened ({kind}); check PAYRISK_DATABASE_URL and that"
            " its database is running."
        )
    if isinstance(
        error, OperationalError | sqlite3.OperationalError
    ):  # locked, no rights, disk full
        return (
            f"The decision store {file} cannot be opened ({cause}); check its rights, the"
            " space left on its disk, and that no other program holds it."
        )
    return (
        f"The decision store {file} is damaged or no store ({cause}); put its last backup in"
        " its place, and `payrisk audit verify` says whether that is whole."
    )


def database_file(engine: Engine) -> Path | None:
    """The file of a SQLite engine, None for PostgreSQL."""
    return Path(str(engine.url.database)) if _is_sqlite(engine) else None
