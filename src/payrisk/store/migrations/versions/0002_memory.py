"""Overrides, reservations, applications, personal data apart, and what lists are cut by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
SHARE: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Widen the first tables, number the decisions they hold, and create the new ones."""
    _widen()
    op.create_table(
        "overrides",
        sa.Column("override_id", sa.Text, primary_key=True),
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.decision_id"), nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("review_on", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("personal_sha", sa.Text),
        sqlite_strict=True,
    )
    op.create_table(
        "reservations",
        sa.Column("made_by", sa.Text, primary_key=True),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("order_key", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("until_on", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "applications",
        sa.Column("applicant_id", sa.Text, primary_key=True),
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.decision_id"), nullable=False),
        sa.Column("applied_on", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "personal",
        sa.Column("of_id", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("erased_at", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("of_ids", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    _find_quickly()


def _widen() -> None:
    op.add_column("idempotency", sa.Column("override_id", sa.Text))
    op.add_column("decisions", sa.Column("seq", WHOLE, nullable=False, server_default="0"))
    texts = ("applicant_id", "order_id", "currency", "band", "review_on")
    for name in (*texts, "personal_sha"):
        op.add_column("decisions", sa.Column(name, sa.Text))
    op.add_column("decisions", sa.Column("amount", WHOLE))
    op.add_column("decisions", sa.Column("probability", SHARE))
    op.create_index("audit_by_subject", "audit", ["subject"])
    op.execute(
        "UPDATE decisions SET seq = COALESCE((SELECT audit.seq FROM audit"
        " WHERE audit.subject = decisions.decision_id), 0)"
    )


def _find_quickly() -> None:
    op.create_index("decisions_by_seq", "decisions", ["seq"])
    op.create_index("decisions_by_customer", "decisions", ["customer_id", "seq"])
    op.create_index("decisions_by_outcome", "decisions", ["outcome", "seq"])
    op.create_index("overrides_by_decision", "overrides", ["decision_id", "number"], unique=True)
    op.create_index("reservations_by_customer", "reservations", ["customer_id", "order_key"])
    op.create_index("personal_by_subject", "personal", ["subject"])
    op.create_index("idempotency_by_decision", "idempotency", ["decision_id"])
