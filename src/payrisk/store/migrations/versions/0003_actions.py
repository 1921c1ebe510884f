"""Recorded actions, contacts and what nobody may be asked by any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Create the three tables and what they are looked up by."""
    op.create_table(
        "actions",
        sa.Column("action_id", sa.Text, primary_key=True),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_sha", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("happened_on", sa.Text, nullable=False),
        sa.Column("recorded_on", sa.Text, nullable=False),
        sa.Column("undoes", sa.Text),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("personal_sha", sa.Text),
        sqlite_strict=True,
    )
    op.create_index("actions_by_key", "actions", ["key"], unique=True)
    op.create_index("actions_by_seq", "actions", ["seq"])
    op.create_index("actions_by_customer", "actions", ["customer_id", "seq"])
    op.create_index("actions_by_undone", "actions", ["undoes"], unique=True)
    op.create_table(
        "contacts",
        sa.Column("contact_id", sa.Text, primary_key=True),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("personal_sha", sa.Text),
        sqlite_strict=True,
    )
    op.create_index("contacts_by_customer", "contacts", ["customer_id", "seq"])
    op.create_table(
        "opt_outs",
        sa.Column("opt_out_id", sa.Text, primary_key=True),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("opt_outs_by_customer", "opt_outs", ["customer_id"])
