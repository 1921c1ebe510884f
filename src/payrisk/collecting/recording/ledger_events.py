"""Recorded actions as events of the ledger, each under the action's id, so none is added twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from payrisk.calendar import iso
from payrisk.collecting.recording.action import REACHED, Action, InvoicePart, RecordedAction
from payrisk.errors import InputError
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.problems import Problem

PREFIX = "act_"
"""How the ids of actions begin, and so those of the events that tell of them."""

TAKEN_BACK = "note"
"""The kind an event takes on once its action is taken back: one that moves no figure."""


def is_ledger_fact(action: Action) -> bool:
    """Whether an action is a fact of the ledger; notes and claims are the desk's own."""
    if action.kind == "call":
        return action.outcome in REACHED
    return action.kind in ("reminder", "promise", "dispute_opened", "dispute_closed", "plan")


def event_rows(recorded: RecordedAction) -> list[dict[str, Any]]:
    """The events that an action is in the ledger, an invoice or payment of a plan each."""
    action = recorded.action
    if not is_ledger_fact(action):
        return []
    subjects: list[InvoicePart | None] = list(action.invoices) or [None]
    rows = [
        _row(action, subject)
        | _of_kind(action)
        | {"refers_on": refers_on, "amount": amount}
        | more
        for subject in subjects
        for refers_on, amount, more in _payments(recorded)
    ]
    ids = [recorded.action_id] if len(rows) == 1 else _numbered(recorded.action_id, len(rows))
    return [row | {"event_id": event_id} for row, event_id in zip(rows, ids, strict=True)]


def new_events(
    actions: Iterable[RecordedAction], events: pd.DataFrame
) -> tuple[pd.DataFrame, list[Problem]]:
    """The `events` rows that a ledger with these events lacks, complete and in order of seq.

    What was taken back before it was ever posted never was. What was taken back since is
    corrected: its event keeps its row and turns into one that moves nothing, known from the day
    on which it was taken back. An action that would be refused today, and was kept before it
    was, is set aside as a problem that names it. Raises nothing.
    """
    ours = events.loc[events["event_id"].str.startswith((PREFIX, f"undone:{PREFIX}"))]
    posted = dict(zip(ours["event_id"], ours["kind"], strict=True))
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    by_id = {kept.action_id: kept for kept in actions}
    for kept in sorted(by_id.values(), key=lambda kept: kept.seq):
        named = event_rows(kept)
        if kept.undone_by is None:
            lacking = [row for row in named if row["event_id"] not in posted]
            aside = _set_aside(kept) if lacking else None
            if aside is None:
                rows += lacking
            else:
                problems.append(aside)
            continue
        taken_back = by_id.get(kept.undone_by)
        if taken_back is not None:
            rows += _taken_back(named, taken_back.action, posted)
    fresh = pd.DataFrame(rows) if rows else events.iloc[:0]
    return complete("events", fresh), problems


def last_posted(actions: Iterable[RecordedAction], events: pd.DataFrame) -> str | None:
    """The id of the newest action that a ledger with these events knows; None without one."""
    ids = events["event_id"]
    ours = set(ids[ids.str.startswith(PREFIX)].str.split(".").str[0])
    newest = max(
        (kept for kept in actions if kept.action_id in ours),
        key=lambda kept: kept.seq,
        default=None,
    )
    return None if newest is None else newest.action_id


def _row(action: Action, subject: InvoicePart | None) -> dict[str, Any]:
    return {
        "subject_kind": "customer" if subject is None else "invoice",
        "subject": action.customer_id if subject is None else subject.invoice_id,
        "instalment": 1 if subject is None else subject.instalment,
        "happened_on": action.happened_on,
        "recorded_on": action.recorded_on,
        "order_currency": None,
    }


def _of_kind(action: Action) -> dict[str, Any]:
    """What an event of the action's kind says beside its subject and its days."""
    if action.kind == "call":
        return {"kind": "reminder", "stage": "call", "reason": "telephone", "channel": "telephone"}
    if action.kind == "reminder":
        stage = action.reason or action.tone
        return {"kind": "reminder", "stage": stage, "reason": action.channel,
                "channel": action.channel}  # fmt: skip
    if action.kind == "dispute_opened":
        return {"kind": action.kind, "reason": action.reason, "stage": "customer",
                "field": action.owner}  # fmt: skip
    return {"kind": action.kind, "reason": action.reason, "channel": action.channel}


def _payments(recorded: RecordedAction) -> Iterator[tuple[int | None, int | None, dict[str, Any]]]:
    """Day, amount and stage of each payment of a plan; one of the action itself otherwise."""
    action = recorded.action
    if action.kind != "plan":
        is_money = action.kind in ("promise", "dispute_opened")
        yield action.refers_on, action.amount if is_money else None, {}
        return
    for place, part in enumerate(action.parts, 1):
        more = {"stage": f"{place}/{len(action.parts)}", "reason": recorded.action_id}
        yield part.due_on, part.amount, more


def _set_aside(row: RecordedAction) -> Problem | None:
    """The problem of an action that cannot become a fact; None for one that can."""
    try:
        row.action.validate()
    except InputError as error:
        message = f"{row.action_id} is not posted: {error} Take it back by `payrisk actions undo`."
        return Problem("action_set_aside", message, "quarantined")
    return None


def _numbered(action_id: str, n: int) -> list[str]:
    return [f"{action_id}.{place}" for place in range(1, n + 1)]


def _taken_back(
    named: list[dict[str, Any]], undo: Action, posted: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    for row in named:
        event_id = f"undone:{row['event_id']}"
        if row["event_id"] in posted and event_id not in posted:
            yield {
                "event_id": event_id,
                "kind": "changed",
                "subject_kind": "event",
                "subject": row["event_id"],
                "happened_on": undo.happened_on,
                "recorded_on": undo.recorded_on,
                "field": "kind",
                "old": row["kind"],
                "new": TAKEN_BACK,
                "reason": f"taken back on {iso(undo.happened_on)}",
            }
