"""Recorded actions become events of the ledger: under the import lock, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk.collecting.recording.action import RecordedAction
from payrisk.collecting.recording.ledger_events import last_posted, new_events
from payrisk.errors import LedgerError
from payrisk.ledger import Ledger, Problem
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.importing.merging import merge
from payrisk.ledger.stored import storage
from payrisk_pipelines.made_up import made_up_ledgers, note_made_up


@dataclass(frozen=True)
class PostedActions:
    """What a posting added. sha: of the current ledger since; problems: what it set aside."""

    sha: str
    n_events: int
    last_action: str | None
    problems: tuple[Problem, ...] = ()


def post_actions(home: Path, actions: Sequence[RecordedAction], day: int) -> PostedActions:
    """Add to a home's ledger the events that it lacks of what was recorded.

    day: on which what was recorded before the ledger's last day becomes known; all else is known
    from the day after its own on. Waits for its turn at the ledger; a second time adds nothing.
    Raises LedgerError without a ledger.
    """
    with storage.import_lock(home):
        if not storage.current_sha(home):
            raise LedgerError("There is no ledger to post to yet; import one first.")
        return post_under_lock(home, actions, day)


def post_under_lock(home: Path, actions: Sequence[RecordedAction], day: int) -> PostedActions:
    """As `post_actions`, for whoever holds the turn; nothing where there is no ledger yet."""
    before = storage.current_sha(home)
    if not actions or not before:
        return PostedActions(before, 0, None)
    old = storage.load(home)
    events = old.tables["events"]
    fresh, aside = new_events(actions, events)
    fresh = _with_whole_numbers(fresh, old)
    if not len(fresh):
        return PostedActions(before, 0, last_posted(actions, events), tuple(aside))
    tables, problems = merge(old, {"events": fresh}, max(day, old.last_day), full=False)
    posted = tables["events"]
    # recorded on the ledger's last day is known from the morning after it, like all of that day
    own_day = dict(zip(fresh["event_id"], fresh["recorded_on"], strict=True))
    recorded = posted["event_id"].map(own_day).fillna(-1).to_numpy(dtype=np.int64)
    is_of_last_day = recorded == old.last_day
    days = np.where(is_of_last_day, recorded, posted["recorded_on"].to_numpy(dtype=np.int64))
    tables = {**tables, "events": posted.assign(recorded_on=days)}
    ledger = Ledger(tables, old.rules)
    sha = storage.save(ledger, home, replaces=before)
    if before in made_up_ledgers(home):  # what was tried in a demo is made up as well
        note_made_up(home, sha)
    n = len(posted) - len(events)
    told = [p for p in problems if p.code == "event_of_nothing"]
    return PostedActions(sha, n, last_posted(actions, posted), (*aside, *told))


def _with_whole_numbers(events: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The events, INV/2024/12 naming the invoice of this number where the ledger has one."""
    invoices = ledger.tables["invoices"]
    whole = events["subject"] + "/" + events["instalment"].astype(str)
    is_whole = (events["subject_kind"] == "invoice") & whole.isin(invoices["invoice_id"])
    is_whole &= invoice_rows(events, invoices, "subject") < 0
    return events.assign(
        subject=events["subject"].where(~is_whole, whole),
        instalment=events["instalment"].where(~is_whole, 1),
    )
