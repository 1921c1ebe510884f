"""The store's tables, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    column,
    table,
)

HEAD = "0004"
"""The migration this code was written for; a test holds it equal to the newest one."""

metadata = MetaData()

WHOLE = Integer().with_variant(BigInteger(), "postgresql")
"""An integer of 64 bits: SQLite has no other, and a STRICT table knows no other name for it."""
SHARE: Double[float] = Double().with_variant(REAL(), "sqlite")

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
    Column("seq", WHOLE, nullable=False, server_default="0"),
    Column("applicant_id", Text),
    Column("order_id", Text),
    Column("currency", Text),
    Column("amount", WHOLE),
    Column("band", Text),
    Column("probability", SHARE),
    Column("review_on", Text),
    Column("personal_sha", Text),
    Index("decisions_by_seq", "seq"),
    Index("decisions_by_customer", "customer_id", "seq"),
    Index("decisions_by_outcome", "outcome", "seq"),
    sqlite_strict=True,
)
"""One row a decision; `body` is the answer as it was sent, less what `personal` keeps apart.

`seq` is its row in the audit chain, which orders decisions by their commit. `amount` in minor
units of `currency` is what is at stake: the order, the limit asked for or the one granted.
"""

overrides = Table(
    "overrides",
    metadata,
    Column("override_id", Text, primary_key=True),
    Column("decision_id", Text, ForeignKey("decisions.decision_id"), nullable=False),
    Column("number", WHOLE, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("review_on", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("personal_sha", Text),
    Index("overrides_by_decision", "decision_id", "number", unique=True),
    sqlite_strict=True,
)
"""What a person decided instead; the decision itself stays as it was made."""

reservations = Table(
    "reservations",
    metadata,
    Column("made_by", Text, primary_key=True),
    Column("seq", WHOLE, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("order_key", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", WHOLE, nullable=False),
    Column("until_on", Text, nullable=False),
    Index("reservations_by_customer", "customer_id", "order_key"),
    sqlite_strict=True,
)
"""Headroom that released orders hold until the ledger shows them or `until_on` has passed.

`made_by` is the decision or override that said so; of one order (its id, else its decision's) the
newest row counts.
"""

applications = Table(
    "applications",
    metadata,
    Column("applicant_id", Text, primary_key=True),
    Column("decision_id", Text, ForeignKey("decisions.decision_id"), nullable=False),
    Column("applied_on", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("fields", Text, nullable=False),
    sqlite_strict=True,
)
"""What was applied with, refused ones too; `fields` (JSON) identify nobody."""

personal = Table(
    "personal",
    metadata,
    Column("of_id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("content", Text, nullable=False),
    Index("personal_by_subject", "subject"),
    sqlite_strict=True,
)
"""Personal data of a decision or override, the only place that holds it; rows may be erased."""

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("erased_at", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("of_ids", Text, nullable=False),
    sqlite_strict=True,
)
"""Whose personal data was erased, when and why; `of_ids` (JSON) name the rows that are gone."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Text, primary_key=True),
    Column("request_sha", Text, nullable=False),
    Column("decision_id", Text, ForeignKey("decisions.decision_id"), nullable=False),
    Column("override_id", Text),
    Index("idempotency_by_decision", "decision_id"),
    sqlite_strict=True,
)
"""Which request a key stood for; kept as long as the decision itself."""

actions = Table(
    "actions",
    metadata,
    Column("action_id", Text, primary_key=True),
    Column("seq", WHOLE, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_sha", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("happened_on", Text, nullable=False),
    Column("recorded_on", Text, nullable=False),
    Column("undoes", Text),
    Column("body", Text, nullable=False),
    Column("personal_sha", Text),
    Index("actions_by_key", "key", unique=True),
    Index("actions_by_seq", "seq"),
    Index("actions_by_customer", "customer_id", "seq"),
    Index("actions_by_undone", "undoes", unique=True),
    sqlite_strict=True,
)
"""One row a recorded action; one that is taken back stays, another row `undoes` it, once."""

contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", Text, primary_key=True),
    Column("seq", WHOLE, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("personal_sha", Text),
    Index("contacts_by_customer", "customer_id", "seq"),
    sqlite_strict=True,
)
"""One row a contact; who it is stands in `personal`, and is gone once a later list replaces it."""

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("opt_out_id", Text, primary_key=True),
    Column("seq", WHOLE, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("opt_outs_by_customer", "customer_id"),
    sqlite_strict=True,
)
"""By which channel ('any': all) a customer may no longer be asked; it outlives every contact.

`reason` may name somebody: it is sealed as `personal` is, and an erasure puts a word in its place.
"""

proposals = Table(
    "proposals",
    metadata,
    Column("proposal_id", Text, primary_key=True),
    Column("seq", WHOLE, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_sha", Text, nullable=False),
    Column("decision_id", Text, nullable=False),
    Column("proposed_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("if_match", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("personal_sha", Text),
    Index("proposals_by_key", "key", unique=True),
    Index("proposals_by_seq", "seq"),
    sqlite_strict=True,
)
"""One row an override that waits for a second person; it becomes one under an id of its own."""

audit = Table(
    "audit",
    metadata,
    Column("seq", WHOLE, primary_key=True, autoincrement=False),
    Column("written_at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content_sha", Text, nullable=False),
    Column("sha", Text, nullable=False),
    Index("audit_by_subject", "subject"),
    sqlite_strict=True,
)
"""The hash chain: hashes and pseudonymous ids only, so personal data can be erased beside it."""

alembic_version = table("alembic_version", column("version_num"))
"""Alembic's own table: the migration the database stands at."""
