"""Days: the per-day covariates of invoices, on any days from their as_of on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from payrisk.arrays import Ints, Singles
from payrisk.errors import InputError
from payrisk.features.catalogue.daily import DAILY
from payrisk.features.catalogue.terms import Argument
from payrisk.features.computing.arithmetic import BLOCKS
from payrisk.features.computing.frozen import FrozenMoments
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.matrix import Matrix
from payrisk.features.computing.moments import Moments
from payrisk.features.computing.programs import Program
from payrisk.features.streams.lag_bins import WIDTHS, bin_of

BLOCK = 65_536
"""Days worked out together."""


def build_days(
    known: LedgerStreams,
    moments: Moments,
    row: Ints,
    day: Ints,
    names: Sequence[str] | None = None,
) -> Matrix:
    """The covariates of (moment, day) pairs, in the order given.

    row: (k,) which moment. day: (k,) its day. What is known is what was known on the moment's
    as_of: only age and calendar differ from day to day. Raises InputError for a day before the
    as_of, or a name `DAILY` does not have.
    """
    return days_of(FrozenMoments.of(known, moments), row, day, names)


def days_of(
    frozen: FrozenMoments, row: Ints, day: Ints, names: Sequence[str] | None = None
) -> Matrix:
    """`build_days` of moments that were frozen before; no ledger is read any more."""
    for name in names or ():
        if name not in DAILY:
            raise InputError(f"There is no covariate '{name}'; see payrisk.features.DAILY.")
    if len(row) and bool((day < frozen.as_of[row]).any()):
        raise InputError("A day lies before its as_of; ask for the as_of or later.")
    chosen = [DAILY[name] for name in names or DAILY]
    program = Program.of([f.term for f in chosen if f.term is not None])
    values = np.empty((len(chosen), len(row)), dtype=np.float32)
    opening, country = frozen.opening()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for begin in range(0, len(row), BLOCK):
            rows = slice(begin, begin + BLOCK)
            block = values[:, rows]

            def take(feature: int, found: Any, block: Singles = block) -> None:
                block[feature] = found

            at = row[rows]
            program.run(BLOCKS, _DayReader(frozen, at, day[rows], (opening, country[at])), take)
    return Matrix(tuple(feature.name for feature in chosen), values)


class _DayReader:
    """Days of frozen moments: what was known of each moment, beside what the day is."""

    def __init__(
        self, frozen: FrozenMoments, at: Ints, day: Ints, calendar: tuple[Any, Ints]
    ) -> None:
        """at: (k,) which moment each day is of."""
        self._frozen, self._at = frozen, at
        self._opening, self._country = calendar
        self._own = {
            "day": day.astype(np.float64),
            "as_of": frozen.as_of[at],
            "issued_on": frozen.issued_on[at].astype(np.float64),
            "due_on": frozen.due_on[at].astype(np.float64),
        }
        self._bin = bin_of(day - frozen.due_on[at])

    def read(self, op: str, of: tuple[Argument, ...], needs: list[Any]) -> Any:
        """The numbers of a term that is no arithmetic, (k,) a day each."""
        if op == "own":
            return self._own[str(of[0])]
        if op == "calendar":
            return self._opening.facts(str(of[0]), needs[0], self._country)
        if op == "business_days":
            return self._opening.business_days(needs[0], needs[1], self._country)
        if op == "lag_width":
            return WIDTHS[self._bin]
        if op == "at_lag":
            return self._frozen.lags[str(of[0]), str(of[1])][self._at, self._bin]
        if op == "total" and of[:2] == ("cash", "customer") and of[3] == 365:
            return self._frozen.cash[str(of[2])][self._at]
        raise KeyError(f"A day cannot read {op}{of}: freeze it in `FrozenMoments` first.")
