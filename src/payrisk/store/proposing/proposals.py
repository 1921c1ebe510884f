"""Proposals: what one person would decide and another has to confirm."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, Row

from payrisk.credit.deciding.overriding import Override, override_from_json
from payrisk.files import json_bytes
from payrisk.store import keeping, reading
from payrisk.store.refusals import require_unchanged, row_under_key
from payrisk.store.schema import overrides, proposals


@dataclass(frozen=True)
class Proposal:
    """An override as it was proposed; state: waits, confirmed or overtaken."""

    proposal_id: str
    decision_id: str
    proposed_at: str
    if_match: str
    state: str
    override: Override

    @property
    def override_id(self) -> str:
        """The id of the override it becomes, at most once."""
        return f"ovr_{self.proposal_id.removeprefix('pro_')}"

    def as_override(self, by: str, key_id: str | None, confirmed_at: str) -> Override:
        """The override that it becomes when a second person confirms it."""
        return replace(
            self.override,
            made_at=confirmed_at,
            confirmed_by=by,
            confirming_key_id=key_id,
            proposal_id=self.proposal_id,
        )


class ProposalStore:
    """What the store keeps of proposals, written by the store's one writer."""

    def __init__(
        self,
        wait: Callable[[Callable[[Connection], Any]], Any],
        reading_one: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        """wait: runs a job on the writer until it is committed; reading_one: opens a reader."""
        self._wait, self._reading = wait, reading_one

    def propose(
        self, key: str, request_sha: str, override: Override, if_match: str
    ) -> tuple[Proposal, bool]:
        """Keep a proposal once a key; as it is kept, and whether it was kept before.

        Raises ReusedKey, UnknownDecision, StaleDecision when the decision is not what was seen.
        """
        kept: tuple[Proposal, bool] = self._wait(
            partial(
                _keep,
                key=key,
                request_sha=request_sha,
                override=override,
                if_match=if_match,
                proposal_id=f"pro_{secrets.token_hex(10)}",
            )
        )
        return kept

    def get(self, proposal_id: str) -> Proposal | None:
        """The proposal of this id."""
        with self._reading() as connection:
            row = connection.execute(
                select(proposals).where(proposals.c.proposal_id == proposal_id)
            ).first()
            return None if row is None else _of_row(connection, row)

    def newest(self, limit: int, state: str | None = None) -> list[Proposal]:
        """The newest proposals, newest first; of one state, where it is named."""
        query = select(proposals).order_by(proposals.c.seq.desc())
        with self._reading() as connection:
            read = (_of_row(connection, row) for row in connection.execute(query).all())
            return list(islice((p for p in read if state in (None, p.state)), limit))


def _keep(
    connection: Connection,
    *,
    key: str,
    request_sha: str,
    override: Override,
    if_match: str,
    proposal_id: str,
) -> tuple[Proposal, bool]:
    earlier = row_under_key(
        lambda written: connection.execute(
            select(proposals).where(proposals.c.key == written)
        ).first(),
        key,
        request_sha,
    )
    if earlier is not None:
        return _of_row(connection, earlier), True
    require_unchanged(reading.decision_reply(connection, override.decision_id), if_match)
    last = keeping.newest_link(connection)
    decided = reading.decision_row(connection, override.decision_id)
    subject = decided.applicant_id or decided.customer_id or override.decision_id
    body, personal_sha = keeping.split_body(
        connection, proposal_id, subject, json_bytes(override.to_json()), (("reason",),)
    )
    row = {
        "proposal_id": proposal_id,
        "seq": 1 if last is None else last.seq + 1,
        "key": key,
        "request_sha": request_sha,
        "decision_id": override.decision_id,
        "proposed_at": override.made_at,
        "actor": override.actor,
        "if_match": if_match,
        "body": body,
        "personal_sha": personal_sha,
    }
    connection.execute(insert(proposals), [row])
    content = keeping.hashed_row_bytes(proposals=row)
    keeping.extend_chain(
        connection, last, override.made_at, keeping.PROPOSED, proposal_id, content
    )
    return Proposal(
        proposal_id, override.decision_id, override.made_at, if_match, "waits", override
    ), False


def _of_row(connection: Connection, row: Row[Any]) -> Proposal:
    body = json.loads(
        reading.body_with_personal_values(connection, row.proposal_id, row.body, row.personal_sha)
    )
    override = override_from_json(body)
    proposal = Proposal(
        row.proposal_id, row.decision_id, row.proposed_at, row.if_match, "waits", override
    )
    is_confirmed = connection.execute(
        select(overrides.c.override_id).where(overrides.c.override_id == proposal.override_id)
    ).first()
    decision = reading.decision_reply(connection, row.decision_id)
    is_overtaken = decision is None or decision.etag != row.if_match
    state = "confirmed" if is_confirmed else "overtaken" if is_overtaken else "waits"
    return Proposal(
        row.proposal_id, row.decision_id, row.proposed_at, row.if_match, state, override
    )
