"""Erasing: a subject's personal data, and a colleague's name in the records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Column, or_, select, update
from sqlalchemy.engine import Connection

from payrisk.calendar import day_of
from payrisk.store import keeping
from payrisk.store.engine import keys_of
from payrisk.store.forgetting.retention import KeptRecord, Retention
from payrisk.store.schema import (
    actions,
    audit,
    contacts,
    decisions,
    opt_outs,
    overrides,
    personal,
    proposals,
)
from payrisk.store.vouching.verifying import content_sha_now

BODIES: tuple[Column[str], ...] = (
    decisions.c.decision_id, overrides.c.override_id, proposals.c.proposal_id,
    actions.c.action_id, contacts.c.contact_id, opt_outs.c.opt_out_id,
)  # fmt: skip
"""The ids of records that may name a colleague, in a column or in their body."""


class Erasure(NamedTuple):
    """The ids of what is gone, what is kept a while, and the texts that named the person."""

    gone: list[str]
    kept: list[KeptRecord]
    texts: frozenset[str]


def erase_subject(
    connection: Connection, subject_or_id: str, reason: str, erased_at: str, retention: Retention
) -> Erasure:
    """Erase the personal data of a subject, as far as nothing keeps it.

    A decision's id stands for whoever it was about. Nothing to erase writes nothing.
    """
    subject = connection.execute(
        select(personal.c.subject).where(
            or_(personal.c.subject == subject_or_id, personal.c.of_id == subject_or_id)
        )
    ).scalar()
    if subject is None:
        return Erasure([], [], frozenset())
    return _erase(
        connection, personal.c.subject == subject, reason, erased_at, retention, lambda *_: True
    )


def erase_what_is_over(
    connection: Connection, reason: str, erased_at: str, retention: Retention
) -> Erasure:
    """Erase the personal data that the rules keep no longer, and no hold keeps."""
    today = day_of(erased_at[:10])
    everything = personal.c.subject.is_not(None)
    return _erase(
        connection, everything, reason, erased_at, retention,
        lambda of_id, recorded_on: retention.is_over(of_id, recorded_on, today),
    )  # fmt: skip


def _erase(
    connection: Connection,
    where: Any,
    reason: str,
    erased_at: str,
    retention: Retention,
    is_meant: Callable[[str, int], bool],
) -> Erasure:
    today = day_of(erased_at[:10])
    rows = connection.execute(
        select(personal, audit.c.written_at)
        .join(audit, audit.c.subject == personal.c.of_id)
        .where(where, audit.c.kind != keeping.ERASED)
        .order_by(personal.c.of_id)
    ).all()
    gone: dict[str, list[str]] = {}
    kept, texts = [], set()
    for row in rows:
        recorded_on = day_of(row.written_at[:10])
        if not is_meant(row.of_id, recorded_on):
            continue
        keeps = retention.keeps(row.of_id, row.subject, recorded_on, today)
        if keeps is not None:
            kept.append(keeps)
            continue
        gone.setdefault(row.subject, []).append(row.of_id)
        content = json.loads(keys_of(connection).open(row.content))
        texts |= {value for _, value in content if isinstance(value, str)}
    for subject, of_ids in gone.items():
        keeping.erase_rows(connection, subject, of_ids, reason, erased_at)
    return Erasure([of_id for ids in gone.values() for of_id in ids], kept, frozenset(texts))


def erase_colleague(
    connection: Connection, name: str, pseudonym: str, reason: str, erased_at: str
) -> list[str]:
    """Put a pseudonym in place of a colleague's name in every record; the ids of those changed.

    The chain goes on to verify: the record of the erasure names the hash of each row as it is
    now, and is itself vouched for.
    """
    changed = []
    for key in BODIES:
        table = key.table
        text = [table.c[each] for each in ("actor", "body", "reason") if each in table.c]
        named = or_(*(column.contains(name, autoescape=True) for column in text))
        for row in connection.execute(select(table).where(named)).all():
            before = row._asdict()
            new = {column.name: _renamed(before[column.name], name, pseudonym) for column in text}
            if new.items() <= before.items():
                continue  # it is a part of another name
            of_id = before[key.name]
            connection.execute(update(table).where(key == of_id).values(**new))
            changed.append(of_id)
    if changed:
        rows = [f"{of_id}={content_sha_now(connection, of_id)}" for of_id in changed]
        keeping.record_erasure(connection, pseudonym, rows, reason, erased_at)
    return changed


def _renamed(text: str | None, name: str, pseudonym: str) -> str | None:
    """A column with a name replaced wherever it stands as a whole, in a document as well."""
    if text is None:
        return None
    written = json.dumps(name, ensure_ascii=False)[1:-1]
    return re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", pseudonym, text)
