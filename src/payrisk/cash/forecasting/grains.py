"""Days, weeks, months and quarters of a horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from payrisk.arrays import Days, Flags
from payrisk.calendar import iso, weekday
from payrisk.errors import InputError

Grain = Literal["day", "week", "month", "quarter"]


@dataclass(frozen=True)
class Buckets:
    """The buckets of one grain over a horizon; the first and last may be cut short.

    starts_on, ends_on: (b,) first and last day; of_day: (h,) bucket of each day of the horizon.
    """

    starts_on: Days
    ends_on: Days
    of_day: Days

    def __len__(self) -> int:
        """How many buckets."""
        return len(self.starts_on)


def buckets(grain: str, as_of: int, horizon_days: int) -> Buckets:
    """Buckets of `horizon_days` days from as_of; weeks begin on Monday, the rest by calendar.

    Raises InputError for a grain it does not know.

    >>> b = buckets("month", 0, 45)
    >>> b.starts_on.tolist(), b.ends_on.tolist()
    ([0, 31], [30, 44])
    """
    days = np.arange(as_of, as_of + horizon_days, dtype=np.int64)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    labels = {
        "day": days,
        "week": days - weekday(days),
        "month": months,
        "quarter": months // 3,
    }
    if grain not in labels:
        raise InputError(f"Cash cannot be shown by '{grain}'; use {', '.join(get_args(Grain))}.")
    _, first, of_day = np.unique(labels[grain], return_index=True, return_inverse=True)
    last = np.append(first[1:], horizon_days) - 1
    return Buckets(days[first], days[last], of_day.astype(np.int64))


def cut_short(grain: str, as_of: int, horizon_days: int) -> str:
    """Which buckets the horizon cuts short, in a sentence; '' where each is whole.

    >>> cut_short("month", 0, 45)
    'Only part of a month: from 1970-02-01.'
    """
    split = buckets(grain, as_of, horizon_days)
    days = split.starts_on[is_partial(grain, split.starts_on, split.ends_on)]
    named = ", ".join(iso(day) for day in days.tolist())
    return f"Only part of a {grain}: from {named}." if named else ""


def is_partial(grain: str, starts_on: Days, ends_on: Days) -> Flags:
    """Which buckets are cut short by the horizon: fewer days than their week or month has.

    >>> is_partial("month", np.array([0, 31]), np.array([30, 44])).tolist()
    [False, True]
    """
    starts, ends = np.asarray(starts_on, dtype=np.int64), np.asarray(ends_on, dtype=np.int64)
    out = np.zeros(len(starts), dtype=bool)
    for place, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        out[place] = bool(
            len(buckets(grain, start - 1, 2)) == 1 or len(buckets(grain, end, 2)) == 1
        )
    return out
