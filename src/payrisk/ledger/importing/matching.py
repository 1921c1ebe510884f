"""Which fact of the ledger each row of a later export restates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.errors import InputError
from payrisk.ledger.facts.tables import TABLES, complete

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

    new: the export's rows, complete. at: (n,) row of `now` that each of them restates; −1 = a
    new fact. given: the columns that the export fills.
    """

    name: str
    now: pd.DataFrame
    new: pd.DataFrame
    at: Ints
    given: tuple[str, ...]


def key_positions(name: str, now: pd.DataFrame, frame: pd.DataFrame) -> Ints:
    """Row of `now` with the key of each row of the frame; −1 where there is none."""
    have, asked = np.zeros(len(now), dtype=np.int64), np.zeros(len(frame), dtype=np.int64)
    for column in TABLES[name].key:
        values = pd.Index(now[column].unique())
        code = np.asarray(values.get_indexer(frame[column]))
        have = have * len(values) + np.asarray(values.get_indexer(now[column]))
        asked = np.where((asked < 0) | (code < 0), -1, asked * len(values) + code)
        # Numbered anew each turn, so that many long columns cannot overflow the product.
        pairs = pd.Index(pd.unique(have))
        have, asked = (np.asarray(pairs.get_indexer(v), dtype=np.int64) for v in (have, asked))
    return np.asarray(pd.Index(have).get_indexer(asked), dtype=np.int64)


def match(
    name: str, now: pd.DataFrame, frame: pd.DataFrame, imported_on: int, *, full: bool
) -> Match:
    """Pair an export's rows of one table with the ledger's.

    frame: the columns the export fills. Raises InputError when ids that are row numbers point to
    other facts than before.
    """
    given = tuple(c for c in TABLES[name].names if c in frame)
    rows = complete(name, frame)
    at = key_positions(name, now, rows)
    if name == "attributes":
        keep = (at >= 0) | ~_restated(now, rows, imported_on)
        rows, at = rows[keep].reset_index(drop=True), at[keep]
    if name == "allocations":
        at = _moved(now, rows, at, full=full)
    if name in _IDENTITY:
        _hold_numbers(name, now, rows, at)
    return Match(name, now, rows, at, given)


def _restated(now: pd.DataFrame, rows: pd.DataFrame, imported_on: int) -> Flags:
    """Attributes dated by their import that say what the ledger knows already."""
    key = ["customer_id", "name"]
    last = now.sort_values("valid_on", kind="stable").drop_duplicates(key, keep="last")
    beside = rows[key].merge(last, on=key, how="left")
    same = equal_cells(beside["value"], rows["value"]) & beside["valid_on"].notna().to_numpy()
    return np.asarray(same & (rows["valid_on"] == imported_on).to_numpy())


def _moved(now: pd.DataFrame, rows: pd.DataFrame, at: Ints, *, full: bool) -> Ints:
    """Allocations whose day was corrected: the same credit on the same invoice, another day.

    Only where the export lists them all, or where reading made the only one there is.
    """
    fresh = np.flatnonzero(at < 0)
    if not len(fresh):
        return at
    is_free = np.ones(len(now), dtype=bool)
    is_free[at[at >= 0]] = False
    have = _in_turn(now, np.flatnonzero(is_free))
    asked = _in_turn(rows, fresh)
    if not full:
        asked = asked[asked["credit_id"].str.startswith(DERIVED)]
    pairs = asked.merge(have, on=[*_SAME_PAIR, "turn"], suffixes=("", "_now"))
    out = at.copy()
    out[pairs["row"].to_numpy(dtype=np.int64)] = pairs["row_now"].to_numpy(dtype=np.int64)
    return out


def _in_turn(allocations: pd.DataFrame, at: Ints) -> pd.DataFrame:
    """Some allocations with their row and their turn among those of the same pair, by day."""
    some = allocations.iloc[at][[*_SAME_PAIR, "happened_on"]].assign(row=at)
    some = some.sort_values([*_SAME_PAIR, "happened_on"])
    return some.assign(turn=some.groupby(_SAME_PAIR).cumcount())


def _hold_numbers(name: str, now: pd.DataFrame, rows: pd.DataFrame, at: Ints) -> None:
    """Row numbers serve as ids while the file keeps its order; refuse when it has not."""
    key = TABLES[name].key[0]
    columns, most = _IDENTITY[name]
    numbered = rows[key].str.fullmatch(r"(?:[a-z]+-)?row-\d+").to_numpy(dtype=bool)
    here = np.flatnonzero(numbered & (at >= 0))
    before, after = now.iloc[at[here]], rows.iloc[here]
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


def equal_cells(one: pd.Series, other: pd.Series) -> Flags:
    """(n,) whether two columns say the same row by row; two empty cells do."""
    a, b = one.reset_index(drop=True), other.reset_index(drop=True)
    both_empty = a.isna().to_numpy() & b.isna().to_numpy()
    same = (a == b) if a.dtype == b.dtype else (a.astype(object) == b.astype(object))
    return np.asarray(same.fillna(value=False).to_numpy(dtype=bool) | both_empty)
