"""Changes: what was kept since a place in the chain, in the order of its commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Column, select
from sqlalchemy.engine import Connection

from payrisk.store import keeping
from payrisk.store.schema import (
    actions,
    audit,
    contacts,
    decisions,
    opt_outs,
    overrides,
    proposals,
)

NAMES = {
    keeping.FIRST: "credit.decided",
    keeping.DECIDED: "credit.decided",
    keeping.OVERRIDDEN: "credit.overridden",
    keeping.PROPOSED: "credit.proposed",
    keeping.ERASED: "personal.erased",
    keeping.ACTED: "collecting.recorded",
    keeping.CONTACT: "collecting.contact",
    keeping.OPTED_OUT: "collecting.opted_out",
    keeping.PINNED: "home.pinned",
}
"""Kinds of links, and what the change is called outside."""


class Change(NamedTuple):
    """Something that was kept: its place in the chain, when (UTC), what, its id and customer."""

    seq: int
    at: str
    what: str
    id: str
    customer_id: str | None


def changes_since(connection: Connection, seq: int, limit: int) -> list[Change]:
    """What was kept after a place of the chain, in its order; at most so many."""
    rows = connection.execute(
        select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
    ).all()
    customers = _customers(connection, [row.subject for row in rows])
    return [
        Change(
            row.seq,
            row.written_at,
            NAMES.get(row.kind, row.kind),
            row.subject,
            customers.get(row.subject),
        )
        for row in rows
    ]


def _customers(connection: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """Whose the kept rows of these ids are."""
    found: dict[str, str | None] = {}
    tables: tuple[tuple[Column[str], Column[str]], ...] = (
        (decisions.c.decision_id, decisions.c.customer_id),
        (actions.c.action_id, actions.c.customer_id),
        (contacts.c.contact_id, contacts.c.customer_id),
        (opt_outs.c.opt_out_id, opt_outs.c.customer_id),
    )
    for key, customer in tables:
        found |= dict(connection.execute(select(key, customer).where(key.in_(ids))).all())
    for table, key in ((overrides, overrides.c.override_id), (proposals, proposals.c.proposal_id)):
        of_decision = select(key, decisions.c.customer_id).join(
            decisions, decisions.c.decision_id == table.c.decision_id
        )
        found |= dict(connection.execute(of_decision.where(key.in_(ids))).all())
    return found
