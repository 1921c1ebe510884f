"""Which fact of the ledger each row of a later export restates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.errors import InputError
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.tables import TABLES

DERIVED = ("payment:", "credit_note:", "write_off:", "offset:", "withholding:", "recovery:")
"""How the ids of credits begin that reading made from an invoice's own row."""

_SAME_PAIR = ["credit_id", "invoice_id", "instalment"]

_IDENTITY: dict[str, tuple[tuple[str, ...], int]] = {
    "invoices": (("customer_id", "issued_on", "due_on", "amount", "currency"), 3),
    "credits": (("customer_id", "happened_on", "amount", "currency"), 2),
    "events": (("kind", "subject", "happened_on", "amount"), 2),
}
"""What tells whether a numbered row is still the same fact, and how many differences deny it."""


@dataclass(frozen=True)
class Match:
    """One table of a later export beside the ledger's present reading of it.

    new: the export's rows, complete. ledger_row: (n,) row of `now` that each of them restates;
    −1 = a new fact. filled: the columns that the export fills.
    """

    name: str
    now: pd.DataFrame
    new: pd.DataFrame
    ledger_row: Ints
    filled: tuple[str, ...]


def key_positions(name: str, now: pd.DataFrame, frame: pd.DataFrame) -> Ints:
    """Row of `now` with the key of each row of the frame; −1 where there is none."""
    ledger_keys, keys = np.zeros(len(now), dtype=np.int64), np.zeros(len(frame), dtype=np.int64)
    for column in TABLES[name].key:
        values = pd.Index(now[column].unique())
        code = np.asarray(values.get_indexer(frame[column]))
        ledger_keys = ledger_keys * len(values) + np.asarray(values.get_indexer(now[column]))
        keys = np.where((keys < 0) | (code < 0), -1, keys * len(values) + code)
        # Numbered anew each turn, so that many long columns cannot overflow the product.
        pairs = pd.Index(pd.unique(ledger_keys))
        ledger_keys, keys = (
            np.asarray(pairs.get_indexer(v), dtype=np.int64) for v in (ledger_keys, keys)
        )
    return np.asarray(pd.Index(ledger_keys).get_indexer(keys), dtype=np.int64)


def match(
    name: str, now: pd.DataFrame, frame: pd.DataFrame, imported_on: int, *, full: bool
) -> Match:
    """Pair an export's rows of one table with the ledger's.

    frame: the columns the export fills. Raises InputError when ids that are row numbers point to
    other facts than before.
    """
    filled = tuple(c for c in TABLES[name].names if c in frame)
    export_rows = complete(name, frame)
    ledger_row = key_positions(name, now, export_rows)
    if name == "attributes":
        keep = (ledger_row >= 0) | ~_restated(now, export_rows, imported_on)
        export_rows, ledger_row = export_rows[keep].reset_index(drop=True), ledger_row[keep]
    if name == "allocations":
        ledger_row = _moved(now, export_rows, ledger_row, full=full)
    if name in _IDENTITY:
        _hold_numbers(name, now, export_rows, ledger_row)
    return Match(name, now, export_rows, ledger_row, filled)


def _restated(now: pd.DataFrame, rows: pd.DataFrame, imported_on: int) -> Flags:
    """Attributes dated by their import that say what the ledger knows already."""
    key = ["customer_id", "name"]
    last = now.sort_values("valid_on", kind="stable").drop_duplicates(key, keep="last")
    beside = rows[key].merge(last, on=key, how="left")
    same = equal_cells(beside["value"], rows["value"]) & beside["valid_on"].notna().to_numpy()
    return np.asarray(same & (rows["valid_on"] == imported_on).to_numpy())


def _moved(now: pd.DataFrame, rows: pd.DataFrame, ledger_row: Ints, *, full: bool) -> Ints:
    """Allocations whose day was corrected: the same credit on the same invoice, another day.

    Only where the export lists them all, or where reading made the only one there is.
    """
    fresh = np.flatnonzero(ledger_row < 0)
    if not len(fresh):
        return ledger_row
    is_free = np.ones(len(now), dtype=bool)
    is_free[ledger_row[ledger_row >= 0]] = False
    free_turns = _in_turn(now, np.flatnonzero(is_free))
    fresh_turns = _in_turn(rows, fresh)
    if not full:
        fresh_turns = fresh_turns[fresh_turns["credit_id"].str.startswith(DERIVED)]
    pairs = fresh_turns.merge(free_turns, on=[*_SAME_PAIR, "turn"], suffixes=("", "_now"))
    out = ledger_row.copy()
    out[pairs["row"].to_numpy(dtype=np.int64)] = pairs["row_now"].to_numpy(dtype=np.int64)
    return out


def _in_turn(allocations: pd.DataFrame, places: Ints) -> pd.DataFrame:
    """Some allocations with their row and their turn among those of the same pair, by day."""
    by_day = allocations.iloc[places][[*_SAME_PAIR, "happened_on"]].assign(row=places)
    by_day = by_day.sort_values([*_SAME_PAIR, "happened_on"])
    return by_day.assign(turn=by_day.groupby(_SAME_PAIR).cumcount())


def _hold_numbers(name: str, now: pd.DataFrame, rows: pd.DataFrame, ledger_row: Ints) -> None:
    """Row numbers serve as ids while the file keeps its order; refuse when it has not."""
    key = TABLES[name].key[0]
    columns, most = _IDENTITY[name]
    numbered = rows[key].str.fullmatch(r"(?:[a-z]+-)?row-\d+").to_numpy(dtype=bool)
    here = np.flatnonzero(numbered & (ledger_row >= 0))
    if not len(here):
        return
    before, after = now.iloc[ledger_row[here]], rows.iloc[here]
    differences = np.zeros(len(here), dtype=np.int64)
    for column in columns:
        differences += ~equal_cells(before[column], after[column])
    others = np.flatnonzero(differences >= most)
    if len(others):
        more = f" (and {len(others) - 1:,} more)" if len(others) > 1 else ""
        raise InputError(
            f"The {name} have no ids of their own, and {after[key].iloc[others[0]]}{more} is"
            " another one than the ledger knows by that number: import the file in its old order"
            " with new rows at the end, give it an id column, or keep it under another --home."
        )


def equal_cells(left: pd.Series, right: pd.Series) -> Flags:
    """(n,) whether two columns say the same row by row; two empty cells do."""
    a, b = left.reset_index(drop=True), right.reset_index(drop=True)
    both_empty = a.isna().to_numpy() & b.isna().to_numpy()
    same = (a == b) if a.dtype == b.dtype else (a.astype(object) == b.astype(object))
    return np.asarray(same.fillna(value=False).to_numpy(dtype=bool) | both_empty)
