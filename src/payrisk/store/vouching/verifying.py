"""Whether what is kept is what was written: every link, every row, every column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Row, Table, func, select
from sqlalchemy.engine import Connection

from payrisk.personal_keys import MARK, PersonalKeys, UnreadablePersonalData
from payrisk.store import chain, keeping
from payrisk.store.engine import keys_of
from payrisk.store.personal import salted_hash
from payrisk.store.schema import (
    actions,
    applications,
    audit,
    contacts,
    decisions,
    erasures,
    idempotency,
    opt_outs,
    overrides,
    personal,
    proposals,
    reservations,
)
from payrisk.store.vouching.report import StoreFault, VerificationReport

BLOCK = 500
"""Links checked at a time: what is kept may be larger than memory."""

PlainRow = dict[str, Any] | None

_ALONE = {
    keeping.ACTED: "acted",
    keeping.CONTACT: "contacts",
    keeping.OPTED_OUT: "opt_outs",
    keeping.PROPOSED: "proposals",
}
"""Kinds of links that vouch for one row alone, and under which name they do."""

_WITH_PERSONAL = (
    keeping.DECIDED,
    keeping.OVERRIDDEN,
    keeping.ACTED,
    keeping.CONTACT,
    keeping.PROPOSED,
)


@dataclass
class _Block:
    """The rows that a block of links vouches for, by id."""

    decisions: dict[str, Row[Any]]
    overrides: dict[str, Row[Any]]
    erasures: dict[str, Row[Any]]
    applications: dict[str, Row[Any]]
    reservations: dict[str, Row[Any]]
    keys: dict[str, list[Row[Any]]]
    personal: dict[str, Row[Any]]
    acted: dict[str, Row[Any]]
    contacts: dict[str, Row[Any]]
    opt_outs: dict[str, Row[Any]]
    proposals: dict[str, Row[Any]]
    personal_keys: PersonalKeys


@dataclass
class _Findings:
    faults: list[StoreFault] = field(default_factory=list)
    absent: dict[str, StoreFault] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    changed: dict[str, StoreFault] = field(default_factory=dict)
    """By `id=sha` of a row as it is now: an erasure that names just that makes it no fault."""
    unopened: list[StoreFault] = field(default_factory=list)
    has_opened: bool = False


def verify(connection: Connection, head: str | None = None) -> VerificationReport:
    """Check everything against the chain, and the chain against a head noted earlier.

    Without a head a chain cut short at its end, or rewritten as a whole, looks whole. Read in
    one transaction, so that it may run beside a service that goes on writing.
    """
    findings = _Findings()
    previous: chain.AuditLink | None = None
    n_links, is_followed, is_head_seen = 0, True, head in (None, chain.GENESIS)
    while rows := connection.execute(
        select(audit)
        .where(audit.c.seq > (0 if previous is None else previous.seq))
        .order_by(audit.c.seq)
        .limit(BLOCK)
    ).all():
        block = _block(connection, [row.subject for row in rows])
        for row in rows:
            link = keeping.audit_link(row)
            if is_followed and not chain.link_follows(previous, link):
                # all after it hangs on it: one fault, at the first link that does not hold
                is_followed = False
                seq = 1 if previous is None else previous.seq + 1
                findings.faults.append(StoreFault(seq, "", "The chain of links is broken here."))
            previous = link
            n_links += 1
            is_head_seen = is_head_seen or link.sha == head
            _check(link, block, findings)
    if not is_head_seen:
        findings.faults.append(
            StoreFault(
                None, "", "The head that was noted is not in the chain: it was cut or rewritten."
            )
        )
    for pending in (findings.absent, findings.changed):
        findings.faults += [
            fault for name, fault in pending.items() if name not in findings.erased
        ]
    findings.faults += _unvouched_rows(connection, findings.erased)
    if findings.has_opened:  # the keys are the right ones: what they do not open was changed
        findings.faults += findings.unopened
        findings.unopened = []
    n = int(connection.execute(select(func.count()).select_from(decisions)).scalar_one())
    sha = chain.GENESIS if previous is None else previous.sha
    n_erased = sum("=" not in name for name in findings.erased)
    why = findings.unopened[0].what if findings.unopened else ""
    faults = tuple(findings.faults)
    return VerificationReport(n_links, n, n_erased, sha, faults, len(findings.unopened), why)


def _check(link: chain.AuditLink, block: _Block, findings: _Findings) -> None:
    if link.kind == keeping.PINNED:
        return  # it vouches for files of the home, see `payrisk.store.vouching.pinning`
    try:
        rows = _vouched_now(link, block)
    except UnreadablePersonalData as error:
        findings.unopened.append(StoreFault(link.seq, link.subject, str(error)))
        return
    if link.kind == keeping.OPTED_OUT and rows is not None:
        findings.has_opened |= block.opt_outs[link.subject].reason.startswith(MARK)
    if rows is None:
        findings.faults.append(
            StoreFault(link.seq, link.subject, "What the link vouches for is gone.")
        )
        return
    content, personal_sha = rows
    if chain.content_sha(content) != link.content_sha:
        fault = StoreFault(link.seq, link.subject, "A row was changed after it was kept.")
        findings.changed[f"{link.subject}={chain.content_sha(content)}"] = fault
    elif link.kind == keeping.ERASED:
        findings.erased |= set(json.loads(block.erasures[link.subject].of_ids))
    if personal_sha is not None:
        _check_personal(link, personal_sha, block, findings)


def _check_personal(link: chain.AuditLink, sha: str, block: _Block, findings: _Findings) -> None:
    row = block.personal.get(link.subject)
    if row is None:
        what = "Personal data is gone without a record of its erasure."
        findings.absent[link.subject] = StoreFault(link.seq, link.subject, what)
        return
    try:
        content = block.personal_keys.open(row.content)
    except UnreadablePersonalData as error:
        findings.unopened.append(StoreFault(link.seq, link.subject, str(error)))
        return
    findings.has_opened |= content != row.content
    if salted_hash(f"{row.of_id}:{row.subject}:{row.salt}", content) != sha:
        what = "Personal data was changed after it was kept."
        findings.faults.append(StoreFault(link.seq, link.subject, what))


def content_sha_now(connection: Connection, subject: str) -> str:
    """The hash of what the link of a record vouches for, as it is kept now."""
    rows = connection.execute(select(audit).where(audit.c.subject == subject)).all()
    vouched = _vouched_now(keeping.audit_link(rows[0]), _block(connection, [subject]))
    assert vouched is not None
    return chain.content_sha(vouched[0])


def _vouched_now(link: chain.AuditLink, block: _Block) -> tuple[bytes, str | None] | None:
    """What a link vouches for as it is kept now, and the commitment to its personal data."""
    subject = link.subject
    if link.kind == keeping.ERASED:
        row = block.erasures.get(subject)
        return None if row is None else (keeping.hashed_row_bytes(erasure=_plain_row(row)), None)
    if link.kind in _ALONE:
        name, rows = _ALONE[link.kind], getattr(block, _ALONE[link.kind])
        row = rows.get(subject)
        if row is None:
            return None
        plain = dict(row._mapping)  # noqa: SLF001 - the documented way
        if link.kind == keeping.OPTED_OUT:  # the chain vouches for what was said, not its seal
            plain["reason"] = block.personal_keys.open(row.reason)
        vouched = keeping.hashed_row_bytes(**{name: plain})
        return vouched, row._mapping.get("personal_sha")  # noqa: SLF001 - the documented way
    held = _plain_row(block.reservations.get(subject))
    keys = block.keys.get(subject, [])
    key = _plain_row(keys[0]) if len(keys) == 1 else None
    if link.kind == keeping.OVERRIDDEN:
        row = block.overrides.get(subject)
        if row is None:
            return None
        return keeping.hashed_row_bytes(
            override=_plain_row(row), key=key, reservation=held
        ), row.personal_sha
    row = block.decisions.get(subject)
    if row is None:
        return None
    if link.kind == keeping.FIRST:
        return row.body.encode(), None
    applied = _plain_row(block.applications.get(subject))
    return (
        keeping.hashed_row_bytes(
            decision=_plain_row(row), key=key, application=applied, reservation=held
        ),
        row.personal_sha,
    )


def _block(connection: Connection, subjects: Sequence[str]) -> _Block:
    def by(column: Column[str]) -> dict[str, Row[Any]]:
        rows = connection.execute(select(column.table).where(column.in_(subjects)))
        return {getattr(row, column.name): row for row in rows}

    keys: dict[str, list[Row[Any]]] = {}
    of_decisions = idempotency.c.decision_id.in_(subjects) & idempotency.c.override_id.is_(None)
    of_overrides = idempotency.c.override_id.in_(subjects)
    for row in connection.execute(select(idempotency).where(of_decisions | of_overrides)):
        keys.setdefault(row.override_id or row.decision_id, []).append(row)
    return _Block(
        by(decisions.c.decision_id),
        by(overrides.c.override_id),
        by(erasures.c.erasure_id),
        by(applications.c.decision_id),
        by(reservations.c.made_by),
        keys,
        by(personal.c.of_id),
        by(actions.c.action_id),
        by(contacts.c.contact_id),
        by(opt_outs.c.opt_out_id),
        by(proposals.c.proposal_id),
        keys_of(connection),
    )


def _unvouched_rows(connection: Connection, erased: Iterable[str]) -> Iterator[StoreFault]:
    """Rows that no link vouches for, and personal data that was erased and is there again."""
    tables: tuple[tuple[Table, Column[str], tuple[str, ...]], ...] = (
        (decisions, decisions.c.decision_id, (keeping.DECIDED, keeping.FIRST)),
        (overrides, overrides.c.override_id, (keeping.OVERRIDDEN,)),
        (erasures, erasures.c.erasure_id, (keeping.ERASED,)),
        (applications, applications.c.decision_id, (keeping.DECIDED,)),
        (reservations, reservations.c.made_by, (keeping.DECIDED, keeping.OVERRIDDEN)),
        (personal, personal.c.of_id, _WITH_PERSONAL),
        (actions, actions.c.action_id, (keeping.ACTED,)),
        (contacts, contacts.c.contact_id, (keeping.CONTACT,)),
        (opt_outs, opt_outs.c.opt_out_id, (keeping.OPTED_OUT,)),
        (proposals, proposals.c.proposal_id, (keeping.PROPOSED,)),
        (idempotency, idempotency.c.decision_id, (keeping.DECIDED, keeping.FIRST)),
    )
    for table, name, kinds in tables:
        linked = (
            select(audit.c.seq).where(audit.c.subject == name, audit.c.kind.in_(kinds)).exists()
        )
        for row_id in connection.execute(select(name).where(~linked)).scalars():
            yield StoreFault(None, str(row_id), f"No link vouches for this row of {table.name}.")
    gone = set(erased)
    for row_id in connection.execute(select(personal.c.of_id)).scalars():
        if row_id in gone:
            yield StoreFault(None, str(row_id), "Personal data that was erased is there again.")
    for table, name in (
        (decisions, decisions.c.decision_id),
        (overrides, overrides.c.override_id),
        (actions, actions.c.action_id),
        (contacts, contacts.c.contact_id),
        (proposals, proposals.c.proposal_id),
    ):
        without = table.c.personal_sha.is_(None) & (name == personal.c.of_id)
        for row_id in connection.execute(select(personal.c.of_id).join(table, without)).scalars():
            yield StoreFault(None, str(row_id), "No link vouches for this row of personal.")


def _plain_row(row: Row[Any] | None) -> PlainRow:
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - the documented way
