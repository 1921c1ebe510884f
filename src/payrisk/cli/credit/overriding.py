"""Keeping what a person decides instead, from the keyboard, once however often it is typed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payrisk.cli.credit.desk import Desk
    from payrisk.credit.deciding.records import DurableReply


def keep_override(desk: Desk, decision: DurableReply, fields: dict[str, Any]) -> bytes:
    """The override as it is kept: what `Override` takes beyond decision and time.

    Typed twice it is kept once; typed anew after another override it is another. Raises
    OverrideRefusal saying what it lacks, StoreError while another process writes.
    """
    from payrisk.answers.credit.recording import DecisionRecorder
    from payrisk.credit.deciding.delegation import read_delegation
    from payrisk.credit.deciding.overriding import Override
    from payrisk.store import DecisionStore

    now = dt.datetime.now(dt.UTC)
    override = Override(
        decision_id=decision.decision_id,
        made_at=now.isoformat(timespec="microseconds"),
        **fields,
    ).validate()
    words = json.dumps([decision.decision_id, fields], sort_keys=True).encode()
    sha = hashlib.sha256(words).hexdigest()
    with DecisionStore(desk.settings.database_url) as store:
        delegation = partial(read_delegation, desk.settings.home)
        recorder = DecisionRecorder(store, lambda: now, delegation=delegation)
        reply = recorder.override(
            override,
            if_match=decision.etag,
            key=f"typed-{sha}",
            request_sha=sha,
            until=desk.day + desk.answers.policy.reservation_days,
        )
    return reply.body
