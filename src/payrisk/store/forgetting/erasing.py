"""Erasing: a subject's personal data, and a colleague's name in the records."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from sqlalchemy import Column, or_, select, update
from sqlalchemy.engine import Connection

from payrisk.calendar import day_of
from payrisk.personal_keys import MARK
from payrisk.store import keeping
from payrisk.store.engine import keys_of
from payrisk.store.forgetting.personal_texts import (
    PersonalText,
    erase_opt_out_reasons,
    personal_texts,
    require_unnamed,
    subject_of,
)
from payrisk.store.forgetting.retention import KeptRecord, Retention
from payrisk.store.schema import (
    actions,
    contacts,
    decisions,
    opt_outs,
    overrides,
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

    A decision's id stands for whoever it was about. Nothing to erase writes nothing. Raises
    InputError for a reason that names them.
    """
    subject = subject_of(connection, subject_or_id)
    if subject is None:
        return Erasure([], [], frozenset())
    theirs = personal_texts(connection, subject)
    require_unnamed(
        reason,
        [subject, *(name for text in theirs for name in text.names)],
        [value for text in theirs for value in text.values],
    )
    return _erase(connection, theirs, reason, erased_at, retention)


def erase_expired(
    connection: Connection, reason: str, erased_at: str, retention: Retention
) -> Erasure:
    """Erase the personal data that the rules keep no longer, and no hold keeps."""
    today = day_of(erased_at[:10])
    over = [
        text
        for text in personal_texts(connection)
        if retention.is_over(text.of_id, text.recorded_on, today)
    ]
    return _erase(connection, over, reason, erased_at, retention)


def _erase(
    connection: Connection,
    texts: list[PersonalText],
    reason: str,
    erased_at: str,
    retention: Retention,
) -> Erasure:
    today = day_of(erased_at[:10])
    gone: dict[str, list[str]] = {}
    kept, values = [], set()
    for text in texts:
        keeps = retention.keeps(text.of_id, text.subject, text.recorded_on, today)
        if keeps is not None:
            kept.append(keeps)
            continue
        gone.setdefault(text.subject, []).append(text.of_id)
        values |= set(text.values)
    for subject, of_ids in gone.items():
        changed = erase_opt_out_reasons(connection, of_ids)
        apart = [of_id for of_id in of_ids if of_id not in changed]
        rows = [f"{of_id}={content_sha_now(connection, of_id)}" for of_id in changed]
        keeping.erase_rows(connection, subject, [*apart, *rows], reason, erased_at)
    return Erasure([of_id for ids in gone.values() for of_id in ids], kept, frozenset(values))


def erase_colleague(
    connection: Connection, name: str, pseudonym: str, reason: str, erased_at: str
) -> list[str]:
    """Put a pseudonym in place of a colleague's name in every record; the ids of those changed.

    The chain goes on to verify: the record of the erasure names the hash of each row as it is
    now, and is itself vouched for.
    """
    changed = []
    keys = keys_of(connection)
    for key in BODIES:
        table = key.table
        text = [table.c[each] for each in ("actor", "body", "reason") if each in table.c]
        named = or_(
            *(column.contains(name, autoescape=True) | column.startswith(MARK) for column in text)
        )
        for row in connection.execute(select(table).where(named)).all():
            before = row._asdict()
            opened = {c.name: keys.open(before[c.name] or "") for c in text}
            new = {
                column: keys.seal(renamed) if before[column].startswith(MARK) else renamed
                for column, said in opened.items()
                if (renamed := _renamed(said, name, pseudonym)) != said
            }
            if not new:
                continue  # it is a part of another name
            of_id = before[key.name]
            connection.execute(update(table).where(key == of_id).values(**new))
            changed.append(of_id)
    if changed:
        rows = [f"{of_id}={content_sha_now(connection, of_id)}" for of_id in changed]
        keeping.record_erasure(connection, pseudonym, rows, reason, erased_at)
    return changed


def _renamed(text: str, name: str, pseudonym: str) -> str:
    """A column with a name replaced wherever it stands as a whole, in a document as well."""
    written = json.dumps(name, ensure_ascii=False)[1:-1]
    return re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", pseudonym, text)
