"""What was recorded about open items, with names, and how far the ledger knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from payrisk.collecting.recording.action import RecordedAction
from payrisk.collecting.recording.ledger_events import (
    PREFIX,
    is_ledger_fact,
    last_posted,
)
from payrisk.ledger import Ledger
from payrisk.money import decimal_text


def action_rows(
    actions: Sequence[RecordedAction],
    names: Mapping[str, str],
    events: pd.DataFrame,
    *,
    customer_id: str | None = None,
    kind: str | None = None,
) -> list[dict[str, Any]]:
    """The actions, newest first, as documents: amounts as decimal text, `name` beside the id.

    events: the ledger's. standing: `undone`, `posted`, `waits` (the ledger lacks it yet) or
    `kept here` (notes and claims, which the ledger never knows).
    """
    ids = events["event_id"]
    posted = set(ids[ids.str.startswith(PREFIX)].str.split(".").str[0])
    rows = []
    for kept in sorted(actions, key=lambda kept: -kept.seq):
        action = kept.action
        if customer_id not in (None, action.customer_id) or kind not in (None, action.kind):
            continue
        document = kept.document()
        document["name"] = names.get(action.customer_id, action.customer_id)
        document["amount"] = _money(action.amount, action.currency)
        document["parts"] = [
            part | {"amount": _money(part["amount"], action.currency)}
            for part in document["parts"]
        ]
        document["standing"] = _standing(kept, posted)
        rows.append(document)
    return rows


def posting_state(actions: Sequence[RecordedAction], ledger: Ledger) -> dict[str, Any]:
    """How far a ledger knows what was recorded: the last action posted, and how many wait."""
    events = ledger.tables["events"]
    ids = events["event_id"]
    posted = set(ids[ids.str.startswith(PREFIX)].str.split(".").str[0])
    waiting = [kept for kept in actions if _standing(kept, posted) == "waits"]
    return {"last_action_posted": last_posted(actions, events), "actions_waiting": len(waiting)}


def _standing(recorded: RecordedAction, posted: set[str]) -> str:
    if recorded.undone_by is not None:
        return "undone"
    if not is_ledger_fact(recorded.action):
        return "kept here"
    return "posted" if recorded.action_id in posted else "waits"


def _money(amount: int | None, currency: str | None) -> str | None:
    return None if amount is None or currency is None else decimal_text(amount, currency)
