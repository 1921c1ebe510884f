"""The days under watch, and the earlier spans of the same length that say what is usual."""

from __future__ import annotations

from dataclasses import dataclass

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
class Span:
    """Days first … last − 1; what is known of them is what was recorded before `known`."""

    first: int
    last: int
    known: int


@dataclass(frozen=True)
class Windows:
    """The span under watch and those before the champion's as_of, latest first.

    now: the morning the report stands on. lag: days left out at the end of each span, so that
    most of what happened in it has been recorded. reference: days before a span, or before
    training, that it is compared with.
    """

    now: int
    trained: int
    days: int
    lag: int
    reference: int
    past: tuple[Span, ...]

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
        reference = min(max(room, LEAST_REFERENCE_DAYS), REFERENCE_DAYS)
        spans = [
            Span(known - length, known - lag, known)
            for known in (trained - length * back for back in range(PAST_WINDOWS))
            if known - length - reference >= first
        ]
        if len(spans) < LEAST_WINDOWS:
            raise InputError(
                f"Only {len(spans)} spans of {length} days, each after {reference} days of"
                f" facts, lie before the champion's as_of; {LEAST_WINDOWS} are needed to say what"
                " is usual."
            )
        return cls(now, trained, length, lag, reference, tuple(spans))

    @property
    def current(self) -> Span:
        """The span under watch."""
        return Span(self.now - self.days, self.now - self.lag, self.now)

    @property
    def every(self) -> tuple[Span, ...]:
        """The span under watch, then the earlier ones."""
        return (self.current, *self.past)
