"""Past applications with what became of them: a labelled table, or the company's own ledger."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping as Body
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Days, Flags, Floats, Ints, Texts
from payrisk.calendar import NEVER, day_of
from payrisk.errors import InputError
from payrisk.learning.new_customer.mapping import Mapping
from payrisk.scoring.new_customer.cell_values import plain_column
from payrisk.scoring.new_customer.encoding import Input, InputEncoder, typed_columns

LEAST_OF_A_CLASS = 10
"""Good ones and bad ones that a table must have to be learned from."""

_YEAR = re.compile(r"(\d{4})(?:-(\d{1,2}))?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


@dataclass(frozen=True)
class ApplicationTable:
    """n applications: flat input columns, whether each went bad, and what holds them together.

    frame: columns of `inputs` (see `scoring.encoding`). bad: (n,). group: (n,) text; rows of one
    group never stand on both sides of a split; '' stands alone. dated_on: (n,) days, NEVER where
    not said. row: (n,) number of the row in its file, from 0, or in the ledger's order. counts:
    what was left out and why, for the card. horizon_days: 0 where a table does not say. known_on:
    (n,) days by which the outcomes were known, where the ledger tells. weight: (n,) what each
    counts for in a fit; None where all count alike.
    """

    frame: pd.DataFrame
    bad: Flags
    group: Texts
    dated_on: Days
    row: Ints
    inputs: tuple[Input, ...]
    counts: Body[str, Any] = field(default_factory=dict)
    allowed_leaks: tuple[str, ...] = ()
    horizon_days: int = 0
    is_own: bool = False
    known_on: Days | None = None
    weight: Floats | None = None

    def __len__(self) -> int:
        """How many applications."""
        return len(self.bad)

    @property
    def columns(self) -> tuple[str, ...]:
        """The flat columns, in order."""
        return InputEncoder(self.inputs, 0.5).columns

    def take(self, rows: npt.NDArray[Any]) -> ApplicationTable:
        """Some applications, in the order given."""
        return replace(
            self,
            frame=self.frame.iloc[rows].reset_index(drop=True),
            bad=self.bad[rows],
            group=self.group[rows],
            dated_on=self.dated_on[rows],
            row=self.row[rows],
            known_on=None if self.known_on is None else self.known_on[rows],
            weight=None if self.weight is None else self.weight[rows],
        )

    def only(self, names: tuple[str, ...] | list[str]) -> ApplicationTable:
        """The same applications seen by some inputs alone."""
        inputs = tuple(entry for entry in self.inputs if entry.name in set(names))
        return replace(
            self, inputs=inputs, frame=self.frame[list(InputEncoder(inputs, 0.5).columns)]
        )

    @property
    def n_bad(self) -> int:
        """How many went bad."""
        return int(self.bad.sum())

    @property
    def n_rarer(self) -> int:
        """How many there are of the rarer outcome, bad or good."""
        return min(self.n_bad, len(self) - self.n_bad)

    @property
    def last_dated(self) -> int | None:
        """The latest date of an application; None where none has one."""
        dated = self.dated_on[self.dated_on < NEVER]
        return int(dated.max()) if len(dated) else None


def raw_applications(path: Path) -> pd.DataFrame:
    """A file as it is written: CSV (gzipped or not) as text, Parquet as typed.

    Raises InputError when it cannot be read.
    """
    where = f"The file '{path}'"
    name = path.name.lower()
    try:
        if name.endswith((".parquet", ".pq")):
            return pd.read_parquet(path)
        if name.endswith((".csv", ".csv.gz")):
            return pd.read_csv(
                path, dtype="object", keep_default_na=False, na_filter=False, encoding="utf-8-sig"
            )
    except FileNotFoundError:
        raise InputError(
            f"{where} is not there; give the path of a CSV or Parquet file."
        ) from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{where} is empty; give one with a header and rows.") from None
    except (OSError, ValueError, EOFError) as error:
        words = " ".join(str(error).split())[:160]
        raise InputError(f"{where} cannot be read as its ending says: {words}.") from None
    raise InputError(f"{where} is of no known format; end it in .csv, .csv.gz or .parquet.")


def read_applications(path: Path, mapping: Mapping, *, to_learn: bool = True) -> ApplicationTable:
    """The past applications of a file; rows with an empty target are dropped and counted.

    Raises InputError for a file, column or value that cannot be used and, where it is `to_learn`
    from, when all are good or all are bad.
    """
    return applications_of(raw_applications(path), mapping, f"'{path.name}'", to_learn=to_learn)


def applications_of(
    raw: pd.DataFrame, mapping: Mapping, where: str = "The table", *, to_learn: bool = True
) -> ApplicationTable:
    """The past applications of a frame as written; see `read_applications`."""
    if raw.columns.duplicated().any():
        twice = raw.columns[raw.columns.duplicated()][0]
        raise InputError(f"{where} has two columns '{twice}'; rename one of them.")
    for name in mapping.needed:
        if name not in raw:
            raise InputError(
                f"{where} has no column '{name}'; its columns are"
                f" {', '.join(map(str, raw.columns[:40]))}. Correct the mapping or the file."
            )
    raw = raw.reset_index(drop=True)
    target = plain_column(raw[mapping.target])
    row = np.flatnonzero(target != "")
    bad = np.isin(target[row], mapping.bad)
    if to_learn and len(row) and (bad.all() or not bad.any()):
        commonest = pd.Series(target[row]).value_counts().index[:8]
        raise InputError(
            f"In {where} every application is {'bad' if bad.all() else 'good'}: the column"
            f" '{mapping.target}' holds {', '.join(map(repr, commonest))}, and the mapping says"
            f" bad = [{', '.join(map(repr, mapping.bad))}]; correct the mapping or take other"
            " rows."
        )
    used = raw.iloc[row].reset_index(drop=True)
    group = plain_column(used[mapping.group]) if mapping.group else np.full(len(used), "", object)
    dated = (
        _days(plain_column(used[mapping.date]), mapping.date, where)
        if mapping.date
        else np.full(len(used), NEVER, dtype=np.int64)
    )
    counts = {
        "rows": len(raw),
        "rows_without_outcome_dropped": len(raw) - len(row),
        "applications": len(row),
        "bad": int(bad.sum()),
    }
    frame = typed_columns(used, mapping.inputs, where)
    return ApplicationTable(
        frame, bad, group, dated, row, mapping.inputs, counts, mapping.allowed_leaks
    )


def require_enough_bad(table: ApplicationTable, where: str) -> None:
    """Raise InputError where there is too little to learn from."""
    if table.n_rarer < LEAST_OF_A_CLASS:
        raise InputError(
            f"{where} holds {len(table)} applications with an outcome, {table.n_bad} of them bad;"
            f" at least {LEAST_OF_A_CLASS} good and {LEAST_OF_A_CLASS} bad ones are needed to"
            " learn from. Take a longer past."
        )


def _days(texts: Texts, name: str, where: str) -> Days:
    """(n,) days of texts like 2004-03-31, 3/31/2004, 31.3.2004, 2004-03 or 2004; '' = NEVER."""
    codes, spellings = pd.factorize(texts)
    parts = [_SLASHED.fullmatch(str(text)) for text in spellings]
    firsts = [int(part[1]) for part in parts if part]
    seconds = [int(part[2]) for part in parts if part]
    is_day_first = any(first > 12 for first in firsts)
    if firsts and not is_day_first and all(second <= 12 for second in seconds):
        raise InputError(
            f"{where}, column '{name}': nothing tells day from month in dates like"
            f" '{next(str(t) for t, p in zip(spellings, parts, strict=True) if p)}'; write them as"
            " YYYY-MM-DD."
        )
    days = np.full(len(spellings), NEVER, dtype=np.int64)
    for place, text in enumerate(spellings):
        if not text:
            continue
        date = _date(str(text), day_first=is_day_first)
        if date is None:
            row = int(np.flatnonzero(codes == place)[0])
            raise InputError(
                f"{where}, column '{name}', row {row}: '{str(text)[:40]}' is not a date; write it"
                " as YYYY-MM-DD."
            )
        days[place] = day_of(date)
    return days[codes] if len(spellings) else np.zeros(0, dtype=np.int64)


def _date(text: str, *, day_first: bool) -> dt.date | None:
    try:
        if hit := _ISO.fullmatch(text):
            return dt.date(int(hit[1]), int(hit[2]), int(hit[3]))
        if hit := _SLASHED.fullmatch(text):
            month, day = (hit[2], hit[1]) if day_first else (hit[1], hit[2])
            return dt.date(int(hit[3]), int(month), int(day))
        if hit := _YEAR.fullmatch(text):
            return dt.date(int(hit[1]), int(hit[2] or 1), 1)
    except ValueError:
        return None
    return None


# -- from the ledger -----------------------------------------------------------------------------
