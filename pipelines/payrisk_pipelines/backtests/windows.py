"""Which past moments are judged, and what the model that says them was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk.learning.measuring.replay import ReplayedRows, rows_at_issue, rows_open_at
from payrisk.learning.measuring.splits import landmarks
from payrisk.ledger import Ledger

MOST_MORNINGS = 1_000
MOST_ORIGINS = 200


@dataclass(frozen=True)
class IssuedWindow:
    """Every invoice issued in [first, last], each on the morning of its issue."""

    train_as_of: int
    first: int
    last: int

    def moments(self, ledger: Ledger, known_before: int) -> ReplayedRows:
        """The rows, judged by what was known before `known_before`."""
        return rows_at_issue(ledger, self.first, self.last, known_before)


@dataclass(frozen=True)
class OpenInvoicesWindow:
    """Every invoice open on each of some mornings."""

    train_as_of: int
    mornings: tuple[int, ...]

    @property
    def first(self) -> int:
        """The first morning."""
        return self.mornings[0]

    def moments(self, ledger: Ledger, known_before: int) -> ReplayedRows:
        """The rows, judged by what was known before `known_before`; raises InputError past it."""
        if self.mornings[-1] > known_before:
            raise InputError(
                f"The landmark {iso(self.mornings[-1])} lies after the last known fact;"
                " end earlier."
            )
        return rows_open_at(ledger, list(self.mornings), known_before)


Window = IssuedWindow | OpenInvoicesWindow


@dataclass(frozen=True)
class RollingWindow:
    """Origins first, first + step … last, at each of which the model is fitted anew.

    Each is judged on the invoices issued in the `test_days` that begin `gap_days` after it.
    """

    first: int
    last: int
    step: int
    test_days: int
    gap_days: int = 0

    def windows(self) -> list[Window]:
        """One window an origin; raises InputError for a range that makes no sense."""
        origins = landmarks(self.first, self.last, self.step)
        if not origins or len(origins) > MOST_ORIGINS:
            raise InputError(
                "Origins are FIRST:LAST:STEP with LAST on or after FIRST and STEP a number of days"
                f" of at least 1, at most {MOST_ORIGINS}; such as 2025-01-01:2025-06-01:31."
            )
        if self.test_days < 1 or self.gap_days < 0:
            raise InputError("--test-days is at least 1 and --gap-days at least 0.")
        if len(origins) > 1 and self.test_days > self.step:
            raise InputError(
                "--test-days is longer than the step from origin to origin, so that rows would"
                " count twice; shorten it or lengthen the step."
            )
        starts = [(day, day + self.gap_days) for day in origins]
        return [IssuedWindow(day, start, start + self.test_days - 1) for day, start in starts]


def windows_of(
    *,
    train_as_of: int | None = None,
    issued_between: tuple[int, int] | None = None,
    landmark_range: tuple[int, int, int] | None = None,
    rolling: RollingWindow | None = None,
) -> list[Window]:
    """The windows of a backtest: of one training date, or of rolling origins.

    issued_between: (first, last) issue day, each invoice at its own issue date; or landmark_range:
    (first, last, step), every invoice open on each of those mornings; or `rolling`, whose origins
    are training dates each. Raises InputError unless it is exactly one kind and makes sense, and
    where the moments do not lie after training.
    """
    if sum(choice is not None for choice in (issued_between, landmark_range, rolling)) != 1:
        raise InputError(
            "Give either --issued-from with --issued-to, or --landmarks, or --origins."
        )
    if rolling is not None:
        if train_as_of is not None:
            raise InputError("Every origin is a training date; leave --train-as-of out.")
        return rolling.windows()
    if train_as_of is None:
        raise InputError("Say with --train-as-of up to when the model may know the facts.")
    window = _window(train_as_of, issued_between, landmark_range)
    if window.first < train_as_of:
        raise InputError(
            f"Rows from {iso(window.first)} would be judged by a model trained on facts up to"
            f" {iso(train_as_of)}; begin on or after the training date."
        )
    return [window]


def _window(
    train_as_of: int,
    issued_between: tuple[int, int] | None,
    landmark_range: tuple[int, int, int] | None,
) -> Window:
    if issued_between is not None:
        first, last = issued_between
        if last < first:
            raise InputError("--issued-to lies before --issued-from; swap them.")
        return IssuedWindow(train_as_of, first, last)
    assert landmark_range is not None
    mornings = landmarks(*landmark_range)
    if not mornings or len(mornings) > MOST_MORNINGS:
        raise InputError(
            "Landmarks are FIRST:LAST:STEP with LAST on or after FIRST and STEP a number of days"
            f" of at least 1, at most {MOST_MORNINGS} mornings; such as 2025-01-06:2025-03-31:7."
        )
    return OpenInvoicesWindow(train_as_of, tuple(mornings))


def judgeable_windows(
    windows: Sequence[Window], ledger: Ledger, known_before: int, tuned_until: int | None
) -> Iterator[tuple[Window, ReplayedRows, int]]:
    """Each window that has any, its rows and how many were refused for having been tuned on.

    A row issued on or before `tuned_until` took part in choosing the recipe, so it is no
    evidence. Windows in which nothing was issued are passed over.
    """
    for window in windows:
        moments = window.moments(ledger, known_before)
        is_tuned = moments.rows["issued_on"].to_numpy(dtype=np.int64) <= _or_never(tuned_until)
        rows = moments.rows[~is_tuned].reset_index(drop=True)
        if len(moments.rows):
            yield window, replace(moments, rows=rows), int(is_tuned.sum())


def _or_never(day: int | None) -> int:
    return np.iinfo(np.int64).min if day is None else day
