"""Corrections and merged customers applied: the facts as they read on a given morning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER, day_of
from payrisk.ledger.facts.tables import TABLES, Column, Tables

SUBJECT_TABLE = {
    "entity": "entities",
    "customer": "customers",
    "alias": "aliases",
    "invoice": "invoices",
    "credit": "credits",
    "allocation": "allocations",
    "event": "events",
    "attribute": "attributes",
    "rate": "rates",
    "application": "applications",
}
TABLE_SUBJECT = {table: subject for subject, table in SUBJECT_TABLE.items()}


def key_text(name: str, frame: pd.DataFrame) -> pd.Series:
    """The key of each row as one text, its parts joined by '|', days in ISO.

    A '|' inside a part has a backslash before it, so that no two keys read the same.
    """
    parts = []
    for column in TABLES[name].key:
        values = frame[column]
        if TABLES[name].column(column).kind == "day":
            parts.append(days_as_text(values.to_numpy()))
        else:
            parts.append(_escaped(values, len(TABLES[name].key)))
    out = parts[0]
    for part in parts[1:]:
        out = out + "|" + part
    return pd.Series(out, index=frame.index, dtype=object)


def _escaped(values: pd.Series, n_parts: int) -> Any:
    text = values.astype(str)
    if n_parts > 1 and text.str.contains(r"[|\\]").any():
        text = text.str.replace(r"([|\\])", r"\\\1", regex=True)
    return text.to_numpy(dtype=object)


def days_as_text(days: Any) -> Any:
    """ISO texts of day numbers; '' for NEVER."""
    days = np.asarray(days, dtype=np.int64)
    is_day = days != NEVER
    text = np.datetime_as_string(np.where(is_day, days, 0).astype("datetime64[D]")).astype(object)
    text[~is_day] = ""
    return text


def as_text(column: Column, values: pd.Series) -> Any:
    """Stored values as the text a `changed` fact carries; '' for an empty cell."""
    if column.kind == "day":
        return days_as_text(values.to_numpy())
    text = values.astype(object).map(str, na_action="ignore")
    return text.where(values.notna(), "").to_numpy(dtype=object)


def from_text(column: Column, text: Any) -> Any:
    """The stored value of a `changed` fact's text."""
    if not isinstance(text, str) or text == "":
        return NEVER if column.kind == "day" else (column.default if column.required else None)
    if column.kind == "day":
        return day_of(text)
    if column.kind in ("cents", "count"):
        return int(text)
    if column.kind == "rate":
        return float(text)
    if column.kind == "flag":
        return text.lower() in ("true", "1", "yes")
    return text


def apply_changes(tables: Tables, changes: pd.DataFrame) -> Tables:
    """The tables as they read once these `changed` events are known, applied oldest first.

    Events on rows or columns the tables lack are passed over (they are Problems on import), and
    so are those on `recorded_on`: a fact stays known since the day it was recorded.
    """
    out = dict(tables)
    if not len(changes):
        return out
    order = changes.sort_values(["recorded_on", "happened_on", "event_id"], kind="stable")
    for subject_kind, group in order.groupby("subject_kind", sort=True):
        name = SUBJECT_TABLE.get(str(subject_kind))
        if name is None:
            continue
        frame = out[name].copy()
        rows = pd.Series(frame.index, index=key_text(name, frame).to_numpy())
        fields = set(TABLES[name].names) - {"recorded_on"}
        applicable = group[
            group["field"].isin(fields) & (rows.index.get_indexer(group["subject"]) >= 0)
        ]
        for field, corrections in applicable.groupby("field", sort=True):
            column = TABLES[name].column(str(field))
            last = corrections.drop_duplicates("subject", keep="last")
            values = [from_text(column, text) for text in last["new"]]
            frame.loc[rows[last["subject"]].to_numpy(), field] = values
        out[name] = frame.astype({c: tables[name][c].dtype for c in frame.columns})
    return out


def resolve_aliases(aliases: pd.DataFrame) -> Mapping[str, str]:
    """Old customer id → the id it finally goes by; the latest alias of an id wins.

    A ring of aliases ends where it started.
    """
    latest = aliases.sort_values(["valid_on", "recorded_on", "customer_id"], kind="stable")
    step = dict(zip(latest["alias_id"], latest["customer_id"], strict=True))
    final: dict[str, str] = {}
    for old, new in step.items():
        passed, now = {old}, new
        while now in step and now not in passed:
            passed.add(now)
            now = step[now]
        final[old] = now
    return final
