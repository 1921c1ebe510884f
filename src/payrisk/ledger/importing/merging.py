"""A later export merged into a ledger: differences become dated corrections, old rows stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Flags, Ints
from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError
from payrisk.ledger.facts.checking import check_tables
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.corrections import TABLE_SUBJECT, apply_changes, as_text, key_text
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.matching import Match, equal_cells, key_positions, match

_CLOCKLESS = ("customers", "entities", "attributes")
"""Tables whose facts a ledger cannot hear of late: master data without a day of its own."""

_OWN_EVENTS = ("act_", "undone:act_")
"""How the ids begin of what the desk recorded, and of what it took back."""
_TURN = 6
"""Digits of the turn that ends the id of a `changed` event, so that ids sort by it."""


def latest_tables(ledger: Ledger) -> Tables:
    """The ledger's tables as they read with every correction known."""
    events = ledger.tables["events"]
    return apply_changes(ledger.tables, events[events["kind"] == "changed"])


def merge(
    old: Ledger,
    new: Tables,
    imported_on: int,
    *,
    full: bool,
    cancelled: pd.DataFrame | None = None,
) -> tuple[Tables, list[Problem]]:
    """The ledger's tables with what a later export adds to them; wrap them by `Ledger(...)`.

    new: tables as read, holding only the columns the export fills. A known key with the same
    values adds nothing; with other values it adds `changed` events recorded on `imported_on`,
    and the old row stays. A new key recorded on or before the ledger's last day counts as
    recorded on `imported_on`, so that every as_of up to that day stays bit-identical.
    full: whether the export claims to hold every row; missing ones are then noted, but for
    invoices that it lists as `cancelled` (id and instalment).
    Raises InputError when row numbers as ids point to other facts than before, and when
    something would have to be recorded before the ledger's last day.
    """
    now = latest_tables(old)
    matches = {
        name: match(name, now[name], frame, imported_on, full=full)
        for name, frame in new.items()
        if len(frame)
    }
    # Checked as one whole, so that the export is read exactly as it was the first time.
    union = {name: _union(m, old.last_day, imported_on) for name, m in matches.items()}
    checked, problems = check_tables(now | union)
    fresh: Tables = {}
    late: dict[str, int] = {}
    lines: list[pd.DataFrame] = []
    for name, frame in checked.items():
        fresh[name], late[name] = frame.iloc[:0], 0
        if not len(frame) or (name not in matches and frame.equals(now[name])):
            continue
        rows = key_positions(name, now[name], frame)
        fresh[name], late[name] = _with_import_day(
            name, frame[rows < 0], old.last_day, imported_on
        )
        columns = _compared(name, matches.get(name))
        lines += _differences(name, old.tables[name], now[name], frame, rows, columns)
    if "allocations" in matches:
        lines += _moved_days(matches["allocations"], old.tables["allocations"])
    changed = _as_events(lines, old.tables["events"], imported_on)
    written = sum(map(len, fresh.values())) + len(changed)
    if written and imported_on < old.last_day:
        raise InputError(
            f"The ledger knows facts recorded as late as {iso(old.last_day)}, so nothing more can"
            f" be recorded on {iso(imported_on)}; give --recorded-on {iso(old.last_day)} or later."
        )
    problems = [
        *problems,
        *_correction_notes(changed, late),
        *(_missing_notes(matches, cancelled) if full else ()),
    ]
    if not written:
        return old.tables, problems
    fresh["events"] = pd.concat([fresh["events"], changed], ignore_index=True)
    return {name: _stacked(name, old.tables[name], fresh[name]) for name in TABLES}, problems


def _stacked(name: str, stored: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    if not len(fresh):
        return stored
    both = pd.concat([stored, complete(name, fresh)], ignore_index=True)
    return complete(name, both.sort_values(list(TABLES[name].key), kind="stable"))


def _union(matched: Match, last_day: int, imported_on: int) -> pd.DataFrame:
    """The table as it would read: the ledger's rows, restated ones as the export has them."""
    new = matched.new.copy()
    is_known = matched.ledger_row >= 0
    before = matched.now.iloc[matched.ledger_row[is_known]]
    silent = {c for c in TABLES[matched.name].names if c not in matched.filled} | {"recorded_on"}
    if matched.name == "allocations":
        silent.add("happened_on")  # part of the key: a moved day is compared on its own
    for column in silent:
        values = new[column].copy()
        values[is_known] = before[column].to_numpy()
        new[column] = values.astype(matched.now[column].dtype)
    if matched.name == "invoices":
        new["due_on"] = _kept_due_days(new, is_known, before)
    recorded = new["recorded_on"].to_numpy()
    new["recorded_on"] = np.where(~is_known & (recorded <= last_day), imported_on, recorded)
    others = matched.now.drop(index=matched.now.index[matched.ledger_row[is_known]])
    return pd.concat([others, new], ignore_index=True)


def _kept_due_days(new: pd.DataFrame, is_known: Flags, before: pd.DataFrame) -> Days:
    """The due days, known invoices keeping theirs where the export leaves it and the terms alone.

    So a day that was assumed is doubted once, on the import that brought its invoice, whether the
    export has an empty column of due days or none.
    """
    due = new["due_on"].to_numpy(dtype=np.int64).copy()
    same_terms = equal_cells(new.loc[is_known, "terms"], before["terms"])
    is_silent = (due[is_known] == NEVER) & same_terms
    due[np.flatnonzero(is_known)[is_silent]] = before["due_on"].to_numpy(np.int64)[is_silent]
    return np.asarray(due)


def _with_import_day(
    name: str, fresh: pd.DataFrame, last_day: int, imported_on: int
) -> tuple[pd.DataFrame, int]:
    """New facts, known from this import on unless recorded after all the ledger knows.

    Also how many of them happened on days that the ledger had already closed.
    """
    recorded = fresh["recorded_on"].to_numpy()
    is_late = (recorded <= last_day) | (recorded == NEVER)
    dated = fresh.assign(recorded_on=np.where(is_late, imported_on, recorded))
    happened = fresh[TABLES[name].happened].to_numpy()
    n = int((happened <= last_day).sum()) if name not in _CLOCKLESS else 0
    return dated, n


def _compared(name: str, matched: Match | None) -> Sequence[str]:
    """Columns in which a difference is a correction; recorded_on is hearsay, not a value."""
    filled = matched.filled if matched else ()
    columns = [c for c in filled if c != "recorded_on" and c not in TABLES[name].key]
    if name == "allocations":  # the check cuts them when their credit was corrected
        columns = sorted({*columns, "amount", "credit_amount"})
    return columns


def _differences(
    name: str,
    stored: pd.DataFrame,
    now: pd.DataFrame,
    restated: pd.DataFrame,
    rows: Ints,
    columns: Sequence[str],
) -> list[pd.DataFrame]:
    """What is known and what the export says where they differ, a frame a column.

    rows: (n,) row of `now` (and of `stored`) for each row of `said`; −1 = a new fact.
    """
    is_known = rows >= 0
    before, after = now.iloc[rows[is_known]], restated[is_known]
    out = []
    for column in columns:
        differ = np.flatnonzero(~equal_cells(before[column], after[column]))
        if len(differ):
            kind = TABLES[name].column(column)
            # Named by the key under which it was first stored: that row never moves.
            first = stored.iloc[rows[is_known][differ]]
            frame = {
                "subject_kind": TABLE_SUBJECT[name],
                "subject": key_text(name, first).to_numpy(),
                "field": column,
                "old": as_text(kind, before[column].iloc[differ]),
                "new": as_text(kind, after[column].iloc[differ]),
            }
            out.append(pd.DataFrame(frame))
    return out


def _moved_days(matched: Match, stored: pd.DataFrame) -> list[pd.DataFrame]:
    """Corrected days of allocations, which the check has not seen."""
    if "happened_on" not in matched.filled:
        return []
    return _differences(
        matched.name, stored, matched.now, matched.new, matched.ledger_row, ["happened_on"]
    )


def _as_events(
    lines: Sequence[pd.DataFrame], events: pd.DataFrame, imported_on: int
) -> pd.DataFrame:
    """The differences as `changed` events, numbered so that the last of a day is applied last."""
    if not lines:
        return events.iloc[:0]
    all_ = pd.concat(lines, ignore_index=True)
    stem = "changed:" + all_["subject_kind"] + ":" + all_["subject"] + ":" + all_["field"]
    earlier = events.loc[events["kind"] == "changed", "event_id"].str.slice(0, -_TURN - 1)
    turn = stem.map(earlier.value_counts()).fillna(0).astype("int64") + 1
    made = all_.assign(
        event_id=stem + ":" + turn.astype(str).str.zfill(_TURN),
        kind="changed",
        happened_on=imported_on,
        recorded_on=imported_on,
    )
    return complete("events", made)


def _correction_notes(changed: pd.DataFrame, late: Mapping[str, int]) -> list[Problem]:
    out = []
    for (kind, field), group in changed.groupby(["subject_kind", "field"], sort=True):
        message = f"another {field} than before: {kind} {_some(group['subject'])}"
        out.append(Problem("changed", message, "noted", column=str(field), n=len(group)))
    for name, n in late.items():
        if n:
            message = f"{name} that happened on days already closed, known from this import on"
            out.append(Problem("late_fact", message, "noted", n=n))
    return out


def _missing_notes(matches: Mapping[str, Match], cancelled: pd.DataFrame | None) -> list[Problem]:
    out = []
    for name, matched in matches.items():
        rest = _missing(matched)
        if name == "invoices" and cancelled is not None and len(cancelled):
            keys = pd.MultiIndex.from_frame(
                rest[["invoice_id", "instalment"]].astype({"invoice_id": object})
            )
            rest = rest[~keys.isin(pd.MultiIndex.from_frame(cancelled))]
        if len(rest):
            message = (
                f"{name} of the ledger that this export lacks, kept:"
                f" {_some(key_text(name, rest))}; --partial says that it is only a part"
            )
            out.append(Problem("missing", message, "noted", n=len(rest)))
    return out


def _missing(matched: Match) -> pd.DataFrame:
    """Rows that the ledger has and a full export lacks."""
    rest = matched.now.drop(index=matched.now.index[matched.ledger_row[matched.ledger_row >= 0]])
    if matched.name == "attributes":  # one that is not restated still holds
        return rest.iloc[:0]
    if matched.name == "events":
        # corrections and what our own desk recorded (ADR 0041) stand in no export
        is_ours = rest["event_id"].str.startswith(_OWN_EVENTS)
        return rest[(rest["kind"] != "changed") & ~is_ours.astype(bool)]
    if matched.name in _CLOCKLESS:  # rows that the check made from documents say nothing more
        key = TABLES[matched.name].key[0]
        texts = [
            c.name for c in TABLES[matched.name].columns if c.kind == "text" and c.name != key
        ]
        return rest[rest[texts].notna().any(axis=1)]
    return rest


def _some(names: pd.Series) -> str:
    return ", ".join(map(str, names[:3])) + (" …" if len(names) > 3 else "")
