"""The days under watch, and the earlier spans of the same length that say what is usual."""

from __future__ import annotations

from dataclasses import dataclass

from payrisk.arrays import Days, Flags
from payrisk.errors import InputError

WATCHED_DAYS = 28
"""Days watched unless told: whole weeks, so that each weekday counts alike."""
REFERENCE_DAYS, LEAST_REFERENCE_DAYS = 182, 56
"""Days before a span that it is compared with; fewer in a young ledger."""
PAST_WINDOWS, WANTED_WINDOWS = 13, 6
"""Earlier spans looked at: with 28 days a year, so that every season has been seen; and how many
there shall be before the days that each is compared with are made more."""
LEAST_DAYS = 7
LEAST_WINDOWS = 4
"""Earlier spans below which nobody can say what is usual."""


@dataclass(frozen=True)
class DaySpan:
    """Days first … last − 1; what is known of them is what was recorded before `known`."""

    first: int
    last: int
    known_before: int


@dataclass(frozen=True)
class Windows:
    """The span under watch and those before the champion's as_of, latest first.

    now: the morning the report stands on. lag: days left out at the end of each span, so that
    most of what happened in it has been recorded. reference: days that a span is compared with:
    those before training for the one under watch, those `gap` days before an earlier one.
    gap: as many as lie between training and the span under watch, fewer in a young ledger: what
    grows slowly is then as far from its reference in every span.
    """

    now: int
    trained: int
    days: int
    lag: int
    reference: int
    past: tuple[DaySpan, ...]
    gap: int = 0

    @classmethod
    def of(
        cls, now: int, trained: int, first: int, *, days: int = WATCHED_DAYS, lag: int = 0
    ) -> Windows:
        """Windows of a champion trained as of `trained`; first: the first day that can be used.

        Where fewer days have passed since training, only those are watched. Raises InputError
        when they are fewer than a week, or nothing lies before them to compare with.
        """
        length = min(days, now - trained)
        if length < LEAST_DAYS:
            raise InputError(
                f"The champion was trained {now - trained} days before the morning of the report;"
                f" monitor it from {LEAST_DAYS} days on, or give a later --as-of."
            )
        room = trained - first - WANTED_WINDOWS * length
        gap = min(now - trained - length, max(room - LEAST_REFERENCE_DAYS, 0))
        reference = min(max(room - gap, LEAST_REFERENCE_DAYS), REFERENCE_DAYS)
        spans = [
            DaySpan(known_before - length, known_before - lag, known_before)
            for known_before in (trained - length * back for back in range(PAST_WINDOWS))
            if known_before - length - gap - reference >= first
        ]
        if len(spans) < LEAST_WINDOWS:
            raise InputError(
                f"Only {len(spans)} spans of {length} days, each after {reference} days of"
                f" facts, lie before the champion's as_of; {LEAST_WINDOWS} are needed to say what"
                " is usual."
            )
        return cls(now, trained, length, lag, reference, tuple(spans), gap)

    @property
    def first(self) -> int:
        """The first day that anything is compared with."""
        return self.past[-1].first - self.gap - self.reference

    @property
    def gap_shortfall_days(self) -> int:
        """Days by which earlier spans are closer to their references than the one under watch."""
        return self.now - self.days - self.trained - self.gap

    def is_watched(self, day: Days) -> Flags:
        """(n,) the days under watch."""
        return (day >= self.now - self.days) & (day < self.now)

    def before(self, day: Days) -> Flags:
        """(n,) the days that those under watch are compared with."""
        return (day >= self.trained - self.reference) & (day < self.trained)

    def span(self, day: Days, first: int) -> Flags:
        """(n,) the days of an earlier span that begins with `first`."""
        return (day >= first) & (day < first + self.days)

    def before_span(self, day: Days, first: int) -> Flags:
        """(n,) the days that it is compared with."""
        last = first - self.gap
        return (day >= last - self.reference) & (day < last)

    @property
    def current(self) -> DaySpan:
        """The span under watch."""
        return DaySpan(self.now - self.days, self.now - self.lag, self.now)

    @property
    def all_spans(self) -> tuple[DaySpan, ...]:
        """The span under watch, then the earlier ones."""
        return (self.current, *self.past)
