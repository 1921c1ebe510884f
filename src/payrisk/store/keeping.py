"""Writing a decision, an override or an erasure: its rows and the link that vouches for them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Row

from payrisk.credit.deciding.records import DecisionRecord, DurableReply, OverrideRecord, Place
from payrisk.store import chain
from payrisk.store.engine import keys_of
from payrisk.store.personal import ERASED as ERASED_TEXT
from payrisk.store.personal import salted_hash, split_personal
from payrisk.store.reserving import write_reservation
from payrisk.store.schema import (
    applications,
    audit,
    decisions,
    erasures,
    idempotency,
    opt_outs,
    overrides,
    personal,
)
from payrisk.store.statements import DriverStatement

DECIDED, OVERRIDDEN, ERASED, FIRST = "decided", "overridden", "erased", "decision"
ACTED, CONTACT, OPTED_OUT = "acted", "contact", "opted out"
PROPOSED, PINNED = "proposed", "pinned"
"""Kinds of audit rows; FIRST is what decisions were before migration 0002: the body alone."""

Plain = Mapping[str, Any]

# statements are built once: building one takes longer than running it
_HEAD = DriverStatement(select(audit).order_by(audit.c.seq.desc()).limit(1))
_DECISION, _KEY, _LINK, _APPLICATION, _PERSONAL = (
    DriverStatement(insert(each))
    for each in (decisions, idempotency, audit, applications, personal)
)
_OVERRIDE, _ERASURE = insert(overrides), insert(erasures)


def hashed_row_bytes(**rows: Plain | None) -> bytes:
    """What a link's content hash covers: every column of the rows written with it."""
    plain = {name: None if row is None else dict(row) for name, row in rows.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def audit_link(row: Row[Any]) -> chain.AuditLink:
    """The link that an audit row holds."""
    return chain.AuditLink(
        row.seq, row.written_at, row.kind, row.subject, row.content_sha, row.sha
    )


def newest_link(connection: Connection) -> chain.AuditLink | None:
    """The newest link."""
    row = _HEAD.run(connection).first()
    return None if row is None else audit_link(row)


def keep_decision(
    connection: Connection, key: str, request_sha: str, record: DecisionRecord
) -> DurableReply:
    """Write a decision with its key, its application, what it reserves and its link."""
    last = newest_link(connection)
    seq = 1 if last is None else last.seq + 1
    subject = record.applicant_id or record.customer_id or record.decision_id
    body, personal_sha = split_body(
        connection, record.decision_id, subject, record.body, record.personal
    )
    row = {
        "decision_id": record.decision_id,
        "decided_at": record.decided_at,
        "kind": record.kind,
        "customer_id": record.customer_id,
        "outcome": record.outcome,
        "as_of": record.as_of,
        "ledger_sha": record.ledger_sha,
        "body": body,
        "seq": seq,
        "applicant_id": record.applicant_id,
        "order_id": record.order_id,
        "currency": record.currency,
        "amount": record.amount,
        "band": record.band,
        "probability": record.probability,
        "review_on": record.review_on,
        "personal_sha": personal_sha,
    }
    key_row = {"key": key, "request_sha": request_sha, "decision_id": record.decision_id}
    key_row |= {"override_id": None}  # type: ignore[dict-item]
    _DECISION.run(connection, row)
    _KEY.run(connection, key_row)
    application = _application_row(record)
    if application is not None:
        _APPLICATION.run(connection, application)
    held = None
    if record.reservation is not None:
        named = {"made_by": record.decision_id, "decision_id": record.decision_id}
        held = write_reservation(connection, record.reservation, **named, seq=seq)
    content = hashed_row_bytes(
        decision=row, key=key_row, application=application, reservation=held
    )
    extend_chain(connection, last, record.decided_at, DECIDED, record.decision_id, content)
    return DurableReply(record.decision_id, record.body, kind=record.kind, outcome=record.outcome)


def keep_override(
    connection: Connection,
    key: str,
    request_sha: str,
    decision: Row[Any],
    number: int,
    record: OverrideRecord,
) -> DurableReply:
    """Write the override of a decision with its key, what it reserves and its link.

    decision: its row of `decisions`; number: how many overrides it had.
    """
    last = newest_link(connection)
    seq = 1 if last is None else last.seq + 1
    decision_id = str(decision.decision_id)
    subject = decision.applicant_id or decision.customer_id or decision_id
    body, personal_sha = split_body(
        connection, record.override_id, subject, record.body, record.personal
    )
    row = {
        "override_id": record.override_id,
        "decision_id": decision_id,
        "number": number + 1,
        "made_at": record.made_at,
        "outcome": record.outcome,
        "actor": record.actor,
        "review_on": record.review_on,
        "body": body,
        "personal_sha": personal_sha,
    }
    key_row = {
        "key": key,
        "request_sha": request_sha,
        "decision_id": decision_id,
        "override_id": record.override_id,
    }
    connection.execute(_OVERRIDE, [row])
    _KEY.run(connection, key_row)
    held = None
    if record.reservation is not None:
        named = {"made_by": record.override_id, "decision_id": decision_id}
        held = write_reservation(connection, record.reservation, **named, seq=seq)
    content = hashed_row_bytes(override=row, key=key_row, reservation=held)
    extend_chain(connection, last, record.made_at, OVERRIDDEN, record.override_id, content)
    return DurableReply(decision_id, record.body, n_overrides=number + 1)


def erase_rows(
    connection: Connection, subject: str, of_ids: list[str], reason: str, erased_at: str
) -> None:
    """Erase the personal data of some rows of one subject, and keep that it was erased."""
    connection.execute(delete(personal).where(personal.c.of_id.in_(of_ids)))
    record_erasure(connection, subject, of_ids, reason, erased_at)


def record_erasure(
    connection: Connection, subject: str, of_ids: list[str], reason: str, erased_at: str
) -> None:
    """Keep that something was erased.

    of_ids: of personal data that is gone, or `id=sha` of a row that names a colleague no more
    and whose content has this hash now.
    """
    row = {
        "erasure_id": f"era_{secrets.token_hex(10)}",
        "subject": subject,
        "erased_at": erased_at,
        "reason": reason,
        "of_ids": json.dumps(of_ids),
    }
    connection.execute(_ERASURE, [row])
    extend_chain(
        connection,
        newest_link(connection),
        erased_at,
        ERASED,
        row["erasure_id"],
        hashed_row_bytes(erasure=row),
    )


def split_body(
    connection: Connection, of_id: str, subject: str, body: bytes, places: tuple[Place, ...]
) -> tuple[str, str | None]:
    """The body without its personal values, which go to their own table, and their commitment."""
    if not places:
        return body.decode(), None
    rest, apart = split_personal(body, places)
    if not apart:
        return body.decode(), None
    row = {
        "of_id": of_id,
        "subject": subject,
        "salt": secrets.token_hex(16),
        "content": json.dumps(apart, ensure_ascii=False, separators=(",", ":")),
    }
    # the chain vouches for what was said, so that it may be sealed anew by another key
    vouched = salted_hash(f"{of_id}:{subject}:{row['salt']}", row["content"])
    _PERSONAL.run(connection, row | {"content": keys_of(connection).seal(row["content"])})
    return rest.decode(), vouched


def seal_anew(connection: Connection) -> int:
    """Seal all personal data by the first key at hand, if there is one; how many rows."""
    keys = keys_of(connection)
    rows = connection.execute(select(personal.c.of_id, personal.c.content)).all()
    for row in rows:
        sealed = keys.seal(keys.open(row.content))
        of_row = personal.c.of_id == row.of_id
        connection.execute(update(personal).where(of_row).values(content=sealed))
    reasons = connection.execute(
        select(opt_outs.c.opt_out_id, opt_outs.c.reason).where(opt_outs.c.reason != ERASED_TEXT)
    ).all()
    for opt_out in reasons:
        sealed = keys.seal(keys.open(opt_out.reason))
        of_row = opt_outs.c.opt_out_id == opt_out.opt_out_id
        connection.execute(update(opt_outs).where(of_row).values(reason=sealed))
    return len(rows) + len(reasons)


def _application_row(record: DecisionRecord) -> dict[str, Any] | None:
    if record.application is None:
        return None
    return {
        "applicant_id": record.application.applicant_id,
        "decision_id": record.decision_id,
        "applied_on": record.as_of,
        "outcome": record.outcome,
        "fields": json.dumps(
            dict(record.application.fields), sort_keys=True, separators=(",", ":")
        ),
    }


def extend_chain(
    connection: Connection,
    last: chain.AuditLink | None,
    written_at: str,
    kind: str,
    subject: str,
    content: bytes,
) -> None:
    """Write the link that follows `last` and vouches for a content."""
    link = chain.next_link(
        last, written_at=written_at, kind=kind, subject=subject, content=content
    )
    _LINK.run(connection, vars(link))
