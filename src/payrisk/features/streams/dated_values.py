"""Which value of a dated column held on each morning, corrections included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.ledger import Ledger
from payrisk.ledger.facts.corrections import TABLE_SUBJECT
from payrisk.ledger.facts.segments import running_max, segment_starts
from payrisk.ledger.timeline.row_versions import row_versions


def row_readings(ledger: Ledger, table: str) -> pd.DataFrame:
    """The rows of a table as they read over time, with `since` and `until` (mornings).

    A row nobody corrected is there once, from the day it was recorded.
    """
    frame = ledger.tables[table]
    uncorrected = frame.assign(since=frame["recorded_on"], until=NEVER)
    changes = ledger.changes
    if not (changes["subject_kind"] == TABLE_SUBJECT[table]).any():
        return uncorrected
    versions = row_versions(table, frame, changes)
    since = np.maximum(versions.frame["recorded_on"].to_numpy(), versions.since)
    corrected = versions.frame.assign(since=since, until=versions.until)
    plain = np.ones(len(frame), dtype=bool)
    plain[versions.row] = False
    return pd.concat([uncorrected[plain], corrected[since < versions.until]], ignore_index=True)


@dataclass(frozen=True)
class ValueChanges:
    """(k,) changes of the value that counts for a member, on mornings after `since`.

    place: row of the reading that counts from then on; −1 where none holds any more.
    """

    member: Ints
    since: Ints
    place: Ints


def value_changes(member: Ints, since: Ints, until: Ints, rank: Ints) -> ValueChanges:
    """When the reading that counts changes: of those that hold, the one of highest rank.

    member, since, until, rank: (n,) readings and the mornings they hold; ranks are distinct.
    """
    order = np.lexsort((rank, since, member))
    plain = until == NEVER
    loose = np.unique(member[~plain])
    ordinary = order[~np.isin(member[order], loose)]
    starts = segment_starts(member[ordinary])
    best = running_max(rank[ordinary], starts)
    of_rank = np.empty(int(rank.max(initial=0)) + 1, dtype=np.int64)
    of_rank[rank] = np.arange(len(rank))
    changes = [(member[ordinary], since[ordinary], of_rank[best])]
    for member_row in loose:
        rows = np.flatnonzero(member == member_row)
        days = np.unique(np.concatenate([since[rows], until[rows][until[rows] < NEVER]]))
        held = (since[rows] <= days[:, None]) & (days[:, None] < until[rows])
        best_rank = np.where(held, rank[rows], -1).max(axis=1)
        place = np.where(best_rank >= 0, of_rank[np.maximum(best_rank, 0)], -1)
        changes.append((np.full(len(days), member_row), days, place))
    return ValueChanges(*(np.concatenate(column) for column in zip(*changes, strict=True)))


def distinct_ranks(*columns: Ints) -> Ints:
    """(n,) distinct ranks by the columns, the first weighing most."""
    order = np.lexsort(columns[::-1])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank
