"""What is kept that names somebody: records' texts kept apart, and why nobody may be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.store import keeping
from payrisk.store.engine import keys_of
from payrisk.store.personal import ERASED, SHORTEST
from payrisk.store.schema import audit, opt_outs, personal

SHORTEST_NAME = 3
"""Letters of a part of a name that a reason may not repeat; fewer would be in any sentence."""


class PersonalText(NamedTuple):
    """What one record says of somebody. recorded_on: the day since 1970; names: among values."""

    of_id: str
    subject: str
    recorded_on: int
    values: tuple[str, ...]
    names: tuple[str, ...]


def subject_of(connection: Connection, subject_or_id: str) -> str | None:
    """Whom records are about, by their own id or by a record's; None where none names them."""
    for column, of_id in (
        (personal.c.subject, personal.c.of_id),
        (opt_outs.c.customer_id, opt_outs.c.opt_out_id),
    ):
        named = or_(column == subject_or_id, of_id == subject_or_id)
        subject = connection.execute(select(column).where(named)).scalar()
        if subject is not None:
            return str(subject)
    return None


def personal_texts(connection: Connection, subject: str | None = None) -> list[PersonalText]:
    """The texts about a subject, None for everybody's, that are not erased, by their record's id.

    Raises UnreadablePersonalData where no key at hand opens one.
    """
    keys = keys_of(connection)
    rows = (
        select(personal, audit.c.written_at)
        .join(audit, audit.c.subject == personal.c.of_id)
        .where(audit.c.kind != keeping.ERASED)
    )
    reasons = select(opt_outs).where(opt_outs.c.reason != ERASED)
    if subject is not None:
        rows = rows.where(personal.c.subject == subject)
        reasons = reasons.where(opt_outs.c.customer_id == subject)
    texts = []
    for row in connection.execute(rows):
        said = [(path, v) for path, v in json.loads(keys.open(row.content)) if isinstance(v, str)]
        names = tuple(value for path, value in said if path[-1] == "name")
        values = tuple(value for _, value in said)
        day = day_of(row.written_at[:10])
        texts.append(PersonalText(row.of_id, row.subject, day, values, names))
    for row in connection.execute(reasons):
        # a sentence such as "asked to" would be in many an upload, which would then be deleted
        day = day_of(row.made_at[:10])
        texts.append(PersonalText(row.opt_out_id, row.customer_id, day, (), ()))
    return sorted(texts)


def erase_opt_out_reasons(connection: Connection, of_ids: Iterable[str]) -> list[str]:
    """Put a word in place of why nobody may be asked; which of the ids are opt-outs'."""
    is_meant = opt_outs.c.opt_out_id.in_(list(of_ids))
    erased = connection.execute(select(opt_outs.c.opt_out_id).where(is_meant)).scalars().all()
    connection.execute(update(opt_outs).where(is_meant).values(reason=ERASED))
    return sorted(map(str, erased))


def require_unnamed(reason: str, names: Iterable[str], texts: Iterable[str] = ()) -> None:
    """Raise InputError for a reason that repeats a name, a part of one, or a whole text."""
    parts = {part for name in names for part in name.split() if len(part) >= SHORTEST_NAME}
    parts |= {text.strip() for text in texts if len(text.strip()) >= SHORTEST}
    for part in parts:
        if re.search(rf"(?<!\w){re.escape(part.casefold())}(?!\w)", reason.casefold()):
            raise InputError(
                "The reason is kept for good and names who is to be erased; say why without"
                " their name or id."
            )
