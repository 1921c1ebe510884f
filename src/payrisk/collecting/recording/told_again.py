"""What an export tells of that was recorded here before: matched with the action, not doubled."""

from __future__ import annotations

import pandas as pd

from payrisk.calendar import NEVER
from payrisk.collecting.recording.ledger_events import PREFIX
from payrisk.ledger.facts.problems import Problem

MOST_DAYS_APART = 5
"""Days that a call or dispute may be entered earlier or later in the books than here."""


def without_repeated_actions(
    new: pd.DataFrame, ledger_events: pd.DataFrame
) -> tuple[pd.DataFrame, list[Problem]]:
    """An export's events less those that the ledger knows as actions, and what was matched.

    new: `events` as read, only the columns the export fills. The same is: the same kind and
    subject; of a promise the same day promised and, where both name one, the same amount; of
    anything else a day at most MOST_DAYS_APART away. Each action answers for one event.
    """
    ours = ledger_events[ledger_events["event_id"].str.startswith(PREFIX)]
    if not len(new) or not len(ours):
        return new, []
    left = new.reset_index(drop=True).assign(place=range(len(new)))
    left = left[~left["event_id"].isin(ledger_events["event_id"])]
    for name, empty in (("refers_on", NEVER), ("amount", None), ("instalment", 1)):
        left[name] = left[name] if name in left else empty
    key = ["kind", "subject", "instalment"]
    columns = [*key, "event_id", "happened_on", "refers_on", "amount"]
    left["subject"] = left["subject"].str.replace(r"^(invoice|customer):", "", regex=True)
    left["instalment"] = left["instalment"].fillna(1).astype("int64")
    pairs = left[[*columns, "place"]].merge(ours[columns], on=key, suffixes=("", "_ours"))
    apart = (pairs["happened_on"] - pairs["happened_on_ours"]).abs()
    is_promise = pairs["kind"].eq("promise")
    is_same_promise = pairs["refers_on"].eq(pairs["refers_on_ours"]) & _same_amount(pairs)
    pairs = pairs[(is_promise & is_same_promise) | (~is_promise & (apart <= MOST_DAYS_APART))]
    pairs = pairs.assign(apart=apart).sort_values(
        ["apart", "event_id", "event_id_ours"], kind="stable"
    )
    taken: dict[int, str] = {}
    for place, ours_id in zip(pairs["place"], pairs["event_id_ours"], strict=True):
        if place not in taken and ours_id not in taken.values():
            taken[place] = ours_id
    if not taken:
        return new, []
    kept = new.reset_index(drop=True).drop(index=list(taken))
    some = ", ".join(sorted(taken.values())[:3])
    message = f"events of the export that were recorded here before: {some}"
    return kept, [Problem("told_by_action", message, "noted", n=len(taken))]


def _same_amount(pairs: pd.DataFrame) -> pd.Series:
    either = pairs["amount"].isna() | pairs["amount_ours"].isna()
    both = pairs["amount"].astype("Int64").eq(pairs["amount_ours"].astype("Int64"))
    return either | both.fillna(value=False).astype(bool)
