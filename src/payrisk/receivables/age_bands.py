"""The bands of days into which an aging sorts what is owed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from payrisk.arrays import Days
from payrisk.errors import InputError

DecisionBasis = Literal["due", "issued"]

MOST_BANDS = 24


@dataclass(frozen=True)
class AgeBands:
    """Bands of days late (by due date) or of age (by date of issue).

    last_days: the last day of each band but the open one, e.g. 30, 60, 90: strictly more than 30
    days are in the next. Raises InputError unless they rise from 1 or more to at most 9,999.
    """

    last_days: tuple[int, ...] = (30, 60, 90)
    basis: DecisionBasis = "due"

    def __post_init__(self) -> None:
        """Hold the bands to what can be read."""
        days = self.last_days
        rises = all(a < b for a, b in itertools.pairwise(days))
        if not days or len(days) > MOST_BANDS or not rises or days[0] < 1 or days[-1] > 9999:
            raise InputError(
                "The last days of the buckets must rise, at most 24 of them from 1 to 9999;"
                " write for example 30,60,90."
            )
        if self.basis not in ("due", "issued"):
            raise InputError(f"Receivables age by 'due' or 'issued', not by '{self.basis}'.")

    @classmethod
    def from_text(cls, text: str, basis: str = "due") -> AgeBands:
        """Bands of a text like "30,60,90"; raises InputError for anything else.

        >>> AgeBands.from_text("15,30").names
        ('not_due', 'days_1_15', 'days_16_30', 'days_over_30')
        """
        try:
            days = tuple(int(part) for part in text.split(","))
        except ValueError:
            raise InputError(f"'{text}' names no buckets; write for example 30,60,90.") from None
        return cls(days, basis)  # type: ignore[arg-type]  # checked above

    @property
    def names(self) -> tuple[str, ...]:
        """The bands in order; by date of issue there is nothing that is not due.

        >>> AgeBands((30, 60), "issued").names
        ('days_0_30', 'days_31_60', 'days_over_60')
        """
        is_due = self.basis == "due"
        firsts = [1 if is_due else 0, *(day + 1 for day in self.last_days[:-1])]
        spans = [f"days_{a}_{b}" for a, b in zip(firsts, self.last_days, strict=True)]
        return (*(["not_due"] if is_due else []), *spans, f"days_over_{self.last_days[-1]}")

    def index_of(self, days: Days) -> Days:
        """Index into `names` of each number of days late, or of days since issue.

        >>> AgeBands((30, 60), "issued").index_of(np.array([0, 30, 31, 61])).tolist()
        [0, 0, 1, 2]
        """
        edges = (0, *self.last_days) if self.basis == "due" else self.last_days
        place = np.searchsorted(np.array(edges, dtype=np.int64), days, side="left")
        return np.asarray(place, dtype=np.int64)
