"""The versions of corrected rows, each with the evenings on which it was the one known."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.ledger.facts.corrections import TABLE_SUBJECT, from_text, key_text
from payrisk.ledger.facts.segments import pack_row_day, segment_ends, unpack_row_day
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
