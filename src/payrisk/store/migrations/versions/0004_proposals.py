"""Overrides that wait for a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Create their table."""
    op.create_table(
        "proposals",
        sa.Column("proposal_id", sa.Text, primary_key=True),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_sha", sa.Text, nullable=False),
        sa.Column("decision_id", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("if_match", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("personal_sha", sa.Text),
        sqlite_strict=True,
    )
    op.create_index("proposals_by_key", "proposals", ["key"], unique=True)
    op.create_index("proposals_by_seq", "proposals", ["seq"])
