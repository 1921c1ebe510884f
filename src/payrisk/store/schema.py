"""The store's tables, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    column,
    table,
)

HEAD = "0001"
"""The migration this code was written for; a test holds it equal to the newest one."""

metadata = MetaData()

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Text, primary_key=True),
    Column("decided_at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("customer_id", Text),
    Column("outcome", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("ledger_sha", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_strict=True,
)
"""One row a decision; `body` is the answer as it was sent, byte for byte."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Text, primary_key=True),
    Column("request_sha", Text, nullable=False),
    Column("decision_id", Text, ForeignKey("decisions.decision_id"), nullable=False),
    sqlite_strict=True,
)
"""Which request a key stood for; kept as long as the decision itself."""

audit = Table(
    "audit",
    metadata,
    Column(
        "seq",
        Integer().with_variant(BigInteger(), "postgresql"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("written_at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content_sha", Text, nullable=False),
    Column("sha", Text, nullable=False),
    sqlite_strict=True,
)
"""The hash chain: hashes and pseudonymous ids only, so personal data can be erased beside it."""

alembic_version = table("alembic_version", column("version_num"))
"""Alembic's own table: the migration the database stands at."""
