"""Reading what is kept: one decision, lists by cursor, a customer's scores, what to look at."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.engine import Connection

from payrisk.credit.deciding.records import DurableReply
from payrisk.store.engine import keys_of
from payrisk.store.personal import join_personal
from payrisk.store.refusals import row_under_key
from payrisk.store.schema import applications, decisions, idempotency, overrides, personal
from payrisk.store.statements import DriverStatement


@dataclass(frozen=True)
class DecisionSummary:
    """One line of a list of decisions; `overridden_to` is what a person decided last, and who."""

    seq: int
    decision_id: str
    decided_at: str
    kind: str
    customer_id: str | None
    applicant_id: str | None
    order_id: str | None
    outcome: str
    as_of: str
    currency: str | None
    amount: int | None
    band: str | None
    probability: float | None
    overridden_to: str | None
    review_on: str | None
    overridden_by: str | None = None


class DecidedDays(NamedTuple):
    """The days (UTC) on which was decided, both included; None leaves an end open."""

    since: dt.date | None = None
    until: dt.date | None = None

    def conditions(self, written_at: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """What an ISO timestamp in UTC has to hold to be of these days."""
        made: list[ColumnElement[bool]] = []
        if self.since is not None:
            made.append(written_at >= self.since.isoformat())
        if self.until is not None:  # a timestamp of that day begins with it and goes on
            made.append(written_at < f"{self.until.isoformat()}U")
        return made


ANY_DAY = DecidedDays()


class DecisionPage(NamedTuple):
    """A page of a list of decisions, and where the next one begins; None at the end."""

    summaries: list[DecisionSummary]
    next_seq: int | None


_N_OVERRIDES = (
    select(func.count())
    .where(overrides.c.decision_id == decisions.c.decision_id)
    .correlate(decisions)
    .scalar_subquery()
    .label("n_overrides")
)
_BODY = (decisions.c.decision_id, decisions.c.body, decisions.c.personal_sha, _N_OVERRIDES)


def _of_the_last_override(column: Column[str]) -> ScalarSelect[Any]:
    return (
        select(column)
        .where(overrides.c.decision_id == decisions.c.decision_id)
        .order_by(overrides.c.number.desc())
        .limit(1)
        .correlate(decisions)
        .scalar_subquery()
    )


_REVIEW_ON = func.coalesce(_of_the_last_override(overrides.c.review_on), decisions.c.review_on)
_LINE = (
    decisions.c.seq,
    decisions.c.decision_id,
    decisions.c.decided_at,
    decisions.c.kind,
    decisions.c.customer_id,
    decisions.c.applicant_id,
    decisions.c.order_id,
    decisions.c.outcome,
    decisions.c.as_of,
    decisions.c.currency,
    decisions.c.amount,
    decisions.c.band,
    decisions.c.probability,
    _of_the_last_override(overrides.c.outcome).label("overridden_to"),
    _REVIEW_ON.label("review_on"),
    _of_the_last_override(overrides.c.actor).label("overridden_by"),
)


_KEPT = select(*_BODY).where(decisions.c.decision_id == bindparam("decision_id"))
_KEPT_UNDER = DriverStatement(
    select(idempotency.c.request_sha, idempotency.c.override_id, *_BODY)
    .join_from(idempotency, decisions)
    .where(idempotency.c.key == bindparam("key"))
)


def reply_under_key(connection: Connection, key: str, request_sha: str) -> DurableReply | None:
    """What a key stands for; raises ReusedKey when it was used for another request."""
    row = row_under_key(
        lambda written: _KEPT_UNDER.run(connection, {"key": written}).first(), key, request_sha
    )
    if row is None:
        return None
    body = row.body.encode()
    if row.override_id is not None:
        override = connection.execute(
            select(overrides).where(overrides.c.override_id == row.override_id)
        ).one()
        body = body_with_personal_values(
            connection, row.override_id, override.body, override.personal_sha
        )
    elif row.personal_sha is not None:
        body = body_with_personal_values(connection, row.decision_id, row.body, row.personal_sha)
    return DurableReply(row.decision_id, body, is_replayed=True, n_overrides=row.n_overrides)


def decision_reply(connection: Connection, decision_id: str) -> DurableReply | None:
    """The decision of this id, as it was answered."""
    row = connection.execute(_KEPT, {"decision_id": decision_id}).first()
    if row is None:
        return None
    body = body_with_personal_values(connection, decision_id, row.body, row.personal_sha)
    return DurableReply(decision_id, body, n_overrides=row.n_overrides)


def decision_ids(connection: Connection, beginning: str) -> list[str]:
    """At most two ids that begin so; an id itself begins with itself alone."""
    query = (
        select(decisions.c.decision_id)
        .where(decisions.c.decision_id.startswith(beginning, autoescape=True))
        .order_by(decisions.c.decision_id)
        .limit(2)
    )
    return list(connection.execute(query).scalars())


def override_bodies(connection: Connection, decision_id: str) -> list[bytes]:
    """The overrides of a decision as they were answered, the first one first."""
    rows = connection.execute(
        select(overrides)
        .where(overrides.c.decision_id == decision_id)
        .order_by(overrides.c.number)
    ).all()
    return [
        body_with_personal_values(connection, row.override_id, row.body, row.personal_sha)
        for row in rows
    ]


def decision_summaries(
    connection: Connection,
    before: int | None,
    limit: int | None,
    equal: Mapping[str, str | None],
    days: DecidedDays,
) -> list[DecisionSummary]:
    """Decisions, newest commit first, older than the seq `before`; equal: column → its value.

    limit: None for all of them.
    """
    conditions = [decisions.c[name] == value for name, value in equal.items() if value is not None]
    if before is not None:
        conditions.append(decisions.c.seq < before)
    conditions += days.conditions(decisions.c.decided_at)
    query = select(*_LINE).where(*conditions).order_by(decisions.c.seq.desc()).limit(limit)
    return _lines(connection, query)


def risk_decisions(connection: Connection, customer_id: str, limit: int) -> list[dict[str, Any]]:
    """The newest decisions on a customer that rest on a risk, as documents, the oldest first."""
    rows = connection.execute(
        select(decisions.c.body)
        .where(decisions.c.customer_id == customer_id, decisions.c.probability.is_not(None))
        .order_by(decisions.c.seq.desc())
        .limit(limit)
    ).scalars()
    return [json.loads(body) for body in rows][::-1]


def review_queue(
    connection: Connection, *, today: str, band: str | None, limit: int
) -> list[DecisionSummary]:
    """What a person should look at, the worst band first and in it the largest amount.

    Decisions referred and not decided by a person yet, and those whose review date is due; what
    a later decision on the same customer, of the same kind and order, answers is left out.
    """
    later = decisions.alias("later")
    is_same = or_(decisions.c.kind != "order_release", decisions.c.order_id == later.c.order_id)
    is_answered = exists().where(
        decisions.c.customer_id == later.c.customer_id,
        decisions.c.kind == later.c.kind,
        later.c.seq > decisions.c.seq,
        is_same,
    )
    is_referred = and_(decisions.c.outcome == "refer", _N_OVERRIDES == 0)
    is_open = or_(is_referred, today >= _REVIEW_ON)
    conditions = [] if band is None else [decisions.c.band == band]
    query = (
        select(*_LINE)
        .where(is_open, ~is_answered, *conditions)
        .order_by(
            decisions.c.band.is_(None).desc(),
            decisions.c.band.desc(),
            func.coalesce(decisions.c.amount, 0).desc(),
            decisions.c.seq,
        )
        .limit(limit)
    )
    return _lines(connection, query)


def latest_reviews(connection: Connection) -> dict[str, tuple[str, str | None]]:
    """By customer, the morning (ISO) and band of the newest decision on its limit."""
    newest = (
        select(func.max(decisions.c.seq))
        .where(decisions.c.kind == "limit_review", decisions.c.customer_id.is_not(None))
        .group_by(decisions.c.customer_id)
    )
    columns = (decisions.c.customer_id, decisions.c.as_of, decisions.c.band)
    rows = connection.execute(select(*columns).where(decisions.c.seq.in_(newest)))
    return {str(row.customer_id): (row.as_of, row.band) for row in rows}


def application_rows(connection: Connection) -> list[dict[str, Any]]:
    """Every application kept, refused ones too, in the order they came."""
    rows = connection.execute(
        select(applications).join_from(applications, decisions).order_by(decisions.c.seq)
    )
    return [dict(row._mapping) | {"fields": json.loads(row.fields)} for row in rows]  # noqa: SLF001


def _lines(connection: Connection, query: Select[Any]) -> list[DecisionSummary]:
    return [DecisionSummary(*row) for row in connection.execute(query)]


def body_with_personal_values(
    connection: Connection, of_id: str, body: str, personal_sha: str | None
) -> bytes:
    """A body as it was before its personal values went apart, as far as they are not erased."""
    if personal_sha is None:
        return body.encode()
    content = connection.execute(
        select(personal.c.content).where(personal.c.of_id == of_id)
    ).scalar()
    if content is None:
        return body.encode()
    return join_personal(body.encode(), json.loads(keys_of(connection).open(content)))


def decision_row(connection: Connection, decision_id: str) -> Row[Any]:
    """The row of a decision that is kept."""
    query: Select[Any] = select(decisions).where(decisions.c.decision_id == decision_id)
    return connection.execute(query).one()
