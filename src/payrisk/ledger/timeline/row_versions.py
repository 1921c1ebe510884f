"""The versions of corrected rows, each with the evenings on which it was the one known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.corrections import TABLE_SUBJECT, from_text, key_text
from payrisk.ledger.facts.segments import expand_spans, pack_row_day, segment_ends, unpack_row_day
from payrisk.ledger.facts.tables import TABLES

_FIRST_PART = re.compile(r"(?:[^|\\]|\\.)*")


@dataclass(frozen=True)
class RowVersions:
    """Versions of the corrected rows, sorted by (row, since); a row's first is the original.

    frame: (k,) table rows as read. row: their rows in the table. A version holds on the evenings
    from `since` to before `until`.
    """

    frame: pd.DataFrame
    row: Ints
    since: Ints
    until: Ints


def row_versions(name: str, frame: pd.DataFrame, changes: pd.DataFrame) -> RowVersions:
    """The versions of every row that these `changed` events correct, as `apply_changes` reads."""
    corrections = changes[changes["subject_kind"] == TABLE_SUBJECT[name]]
    corrections = corrections[corrections["field"].isin(set(TABLES[name].names) - {"recorded_on"})]
    corrections = corrections.sort_values(["happened_on", "event_id"], kind="stable")
    row = _rows_of(name, frame, corrections["subject"])
    corrections, row = corrections[row >= 0], row[row >= 0]
    on = corrections["recorded_on"].to_numpy()
    keys_heard = pack_row_day(row, on)
    keys = np.unique(np.concatenate([keys_heard, pack_row_day(row, np.full(len(row), -NEVER))]))
    whose, since = unpack_row_day(keys)
    until = np.where(segment_ends(whose), NEVER, np.append(since[1:], NEVER)[: len(since)])
    out = frame.iloc[whose].reset_index(drop=True)
    for field in corrections["field"].unique():
        of_field = np.flatnonzero((corrections["field"] == field).to_numpy())
        of_field = of_field[np.argsort(keys_heard[of_field], kind="stable")]
        column = TABLES[name].column(str(field))
        latest = np.searchsorted(keys_heard[of_field], keys, side="right") - 1
        hit = np.flatnonzero((latest >= 0) & (row[of_field[latest]] == whose))
        values = [
            from_text(column, text) for text in corrections["new"].iloc[of_field[latest[hit]]]
        ]
        cells = out[field].astype(object).to_numpy(copy=True)
        cells[hit] = np.array([*values, None], dtype=object)[:-1]
        out[field] = pd.Series(cells, index=out.index).astype(frame[field].dtype)
    return RowVersions(out, whose, since, until)


def _rows_of(name: str, frame: pd.DataFrame, subjects: pd.Series) -> Ints:
    """(k,) row of each subject in the frame; −1 where it has none."""
    heads = subjects
    if len(TABLES[name].key) > 1:
        cut = [re.sub(r"\\(.)", r"\1", _first_part(text)) for text in subjects]
        heads = pd.Series(cut, dtype=object)
    near = np.flatnonzero(frame[TABLES[name].key[0]].isin(set(heads)).to_numpy())
    index = pd.Index(key_text(name, frame.iloc[near]))
    place = np.asarray(index.get_indexer(pd.Index(subjects, dtype=object)), dtype=np.int64)
    return np.append(near, -1)[place]


def _first_part(text: str) -> str:
    matched = _FIRST_PART.match(text)
    return matched.group() if matched else ""


class Overlaps(NamedTuple):
    """(m,) pairs of an item and a version of its row, and the evenings that both have."""

    item: Ints
    version: Ints
    since: Ints
    until: Ints


@dataclass(frozen=True)
class VersionSpans:
    """(k,) every version of a table's rows: the rows as recorded, then the corrected ones anew.

    row: the table row it is a version of. It is the one known on evenings from `since` to before
    `until`; a corrected row as recorded is repeated among its versions, and its own span is
    empty. (n,) first, count: where the versions of each row stand.
    """

    row: Ints
    since: Ints
    until: Ints
    first: Ints
    count: Ints

    def overlaps(self, rows: Ints, since: Ints, until: Ints) -> Overlaps:
        """Where spans of evenings of some rows (the items) meet versions of those rows."""
        item, version = expand_spans(self.first[rows], self.first[rows] + self.count[rows])
        since = np.maximum(since[item], self.since[version])
        until = np.minimum(until[item], self.until[version])
        real = since < until
        return Overlaps(item[real], version[real], since[real], until[real])


def repeated_value(n: int, value: int) -> Ints:
    """(n,) the same value, in no memory."""
    return np.broadcast_to(np.int64(value), n)


def version_spans(n: int, more: RowVersions | None) -> VersionSpans:
    """The versions of a table of n rows, of which `more` holds those of the corrected ones."""
    row = np.arange(n)
    since = repeated_value(n, -NEVER)
    until = repeated_value(n, NEVER)
    count = repeated_value(n, 1)
    if more is None:
        return VersionSpans(row, since, until, row, count)
    until, first, count = until.copy(), row.copy(), count.copy()
    until[more.row] = -NEVER
    touched, start, times = np.unique(more.row, return_index=True, return_counts=True)
    first[touched], count[touched] = n + start, times
    return VersionSpans(
        np.concatenate([row, more.row]),
        np.concatenate([since, more.since]),
        np.concatenate([until, more.until]),
        first,
        count,
    )
