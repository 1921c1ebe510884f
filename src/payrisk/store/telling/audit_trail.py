"""The audit trail as a person reads it: each link of the chain with who did it and to whom."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from payrisk.store.reading import DecidedDays
from payrisk.store.schema import (
    actions,
    audit,
    contacts,
    decisions,
    opt_outs,
    overrides,
    proposals,
)
from payrisk.store.telling.changes import NAMES

_ACTOR = func.coalesce(
    overrides.c.actor, proposals.c.actor, actions.c.actor, contacts.c.actor, opt_outs.c.actor
)
_OF_DECISION = func.coalesce(overrides.c.decision_id, proposals.c.decision_id, audit.c.subject)
_CUSTOMER = func.coalesce(
    decisions.c.customer_id, actions.c.customer_id, contacts.c.customer_id, opt_outs.c.customer_id
)
_JOINED = (
    audit.outerjoin(overrides, overrides.c.override_id == audit.c.subject)
    .outerjoin(proposals, proposals.c.proposal_id == audit.c.subject)
    .outerjoin(actions, actions.c.action_id == audit.c.subject)
    .outerjoin(contacts, contacts.c.contact_id == audit.c.subject)
    .outerjoin(opt_outs, opt_outs.c.opt_out_id == audit.c.subject)
    .outerjoin(decisions, decisions.c.decision_id == _OF_DECISION)
)


class AuditLine(NamedTuple):
    """A link of the chain: its place, when (UTC), what, its id, who did it, on whom and which.

    actor: None where the house decided by itself, or nobody is named. decision_id: of the
    decision that it is, or is about.
    """

    seq: int
    at: str
    what: str
    id: str
    actor: str | None
    customer_id: str | None
    decision_id: str | None


def audit_lines(
    connection: Connection, before: int | None, limit: int, days: DecidedDays, actor: str | None
) -> list[AuditLine]:
    """Links of the chain, the newest first, older than the seq `before`.

    actor: a part of the name of who did it, in any case.
    """
    columns = (audit.c.seq, audit.c.written_at, audit.c.kind, audit.c.subject,
               _ACTOR, _CUSTOMER, decisions.c.decision_id)  # fmt: skip
    query = select(*columns).select_from(_JOINED).order_by(audit.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.seq < before)
    if actor:
        query = query.where(func.lower(_ACTOR).contains(actor.lower(), autoescape=True))
    query = query.where(*days.conditions(audit.c.written_at))
    return [
        AuditLine(row[0], row[1], NAMES.get(row[2], row[2]), *row[3:])
        for row in connection.execute(query)
    ]
