"""The covariates that change from day to day, of invoices on any days from their as_of on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from payrisk.arrays import Ints, Singles
from payrisk.errors import InputError
from payrisk.features.catalogue.daily import DAILY
from payrisk.features.catalogue.terms import Argument
from payrisk.features.computing.frozen import FrozenMoments
from payrisk.features.computing.ledger_streams import LedgerStreams
from payrisk.features.computing.matrix import Matrix
from payrisk.features.computing.moments import Moments
from payrisk.features.computing.programs import Program
from payrisk.features.streams.business_days import BusinessCalendars
from payrisk.features.streams.lag_bins import WIDTHS, bin_of

BLOCK = 65_536
"""Days worked out together."""


def build_days(
    streams: LedgerStreams,
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
    return build_days_from_frozen(FrozenMoments.of(streams, moments), row, day, names)


def build_days_from_frozen(
    frozen: FrozenMoments, row: Ints, day: Ints, names: Sequence[str] | None = None
) -> Matrix:
    """`build_days` of moments that were frozen before; no ledger is read any more."""
    for name in names or ():
        if name not in DAILY:
            raise InputError(f"There is no covariate '{name}'; see payrisk.features.DAILY.")
    if len(row) and bool((day < frozen.as_of[row]).any()):
        raise InputError("A day lies before its as_of; ask for the as_of or later.")
    covariates = [DAILY[name] for name in (DAILY if names is None else names)]
    program = Program.of([f.term for f in covariates if f.term is not None])
    values = np.empty((len(covariates), len(row)), dtype=np.float32)
    calendars, code = frozen.calendars()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for begin in range(0, len(row), BLOCK):
            rows = slice(begin, begin + BLOCK)
            block = values[:, rows]

            def take(feature: int, numbers: Any, block: Singles = block) -> None:
                block[feature] = numbers

            moment = row[rows]
            reader = _DayReader(frozen, moment, day[rows], calendars, code[moment])
            program.run(reader, take)
    return Matrix(tuple(feature.name for feature in covariates), values)


class _DayReader:
    """Days of frozen moments: what was known of each moment, and what each day is."""

    def __init__(
        self, frozen: FrozenMoments, row: Ints, day: Ints, calendars: BusinessCalendars, code: Ints
    ) -> None:
        """row: (k,) which moment each day is of. code: (k,) its country's among the calendars."""
        self._frozen, self._row = frozen, row
        self._calendars, self._code = calendars, code
        self._moment = {
            "day": day.astype(np.float64),
            "as_of": frozen.as_of[row],
            "issued_on": frozen.issued_on[row].astype(np.float64),
            "due_on": frozen.due_on[row].astype(np.float64),
        }
        self._bin = bin_of(day - frozen.due_on[row])

    def read(self, op: str, arguments: Mapping[str, Argument], operands: list[Any]) -> Any:
        """(k,) numbers of a term that is no arithmetic, one a day."""
        return _READERS[op](self, *operands, **arguments)

    def moment_value(self, name: str) -> Any:
        """A day of the moment, or this very day."""
        return self._moment[name]

    def calendar_fact(self, day: Any, *, fact: str) -> Any:
        """A fact of each day in the calendar that governs."""
        return self._calendars.day_facts(fact, day, self._code)

    def business_days(self, after: Any, upto: Any) -> Any:
        """Business days between two days."""
        return self._calendars.count_business_days(after, upto, self._code)

    def lag_width(self) -> Any:
        """Days in the bin of days late that each day lies in."""
        return WIDTHS[self._bin]

    def lag_count(self, stream: str, level: str) -> Any:
        """Items of a stream in the bin of days late that each day lies in."""
        return self._frozen.lags[stream, level][self._row, self._bin]

    def total(self, stream: str, level: str, field: str, window: int | None) -> Any:
        """A count of the customer's payments of a year: no other sum is frozen."""
        if (stream, level, window) != ("cash", "customer", 365):
            raise KeyError(f"no day reads {field} of {stream}: freeze it in `FrozenMoments`")
        return self._frozen.cash[field][self._row]


_READERS: Mapping[str, Callable[..., Any]] = {
    "own": _DayReader.moment_value,
    "calendar": _DayReader.calendar_fact,
    "business_days": _DayReader.business_days,
    "lag_width": _DayReader.lag_width,
    "at_lag": _DayReader.lag_count,
    "total": _DayReader.total,
}
"""Operation of a term → the method that reads it."""
