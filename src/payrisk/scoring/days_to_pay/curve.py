"""Payment curves by date from daily chances by days late: rolled to business days, conditioned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from payrisk.arrays import Days, Ints, Probabilities, Texts
from payrisk.calendar import NEVER, is_business_day
from payrisk.predictions import PaymentCurves
from payrisk.receivables.days_late import EARLIEST, LATEST

BEYOND_DAYS = 120
"""Days a curve reaches past due date or as_of (docs/design.md, 'Payment curves')."""
LONGEST_TERM_DAYS = 730
"""A due date further away than this (a typing error, mostly) no longer lengthens the curve."""

_LEAST = 1e-200  # a chance of staying that no float can lose
_LONGEST_CLOSURE = 14  # no run of weekends and holidays is longer


class QuotedCurves(NamedTuple):
    """The curves of quotes, and what each rests on: full, sparse-history and so on."""

    curves: PaymentCurves
    grades: Texts


def horizon_on(as_of: Days, due_on: Days) -> Days:
    """(n,) last day each curve speaks of; at most LONGEST_TERM_DAYS + BEYOND_DAYS after as_of.

    What an invoice due still later is expected to bring is beyond the horizon.
    """
    return np.clip(due_on, as_of, as_of + LONGEST_TERM_DAYS) + BEYOND_DAYS


def n_days(as_of: Days, due_on: Days) -> Days:
    """(n,) days each curve speaks of: as_of, its horizon and all between."""
    return horizon_on(as_of, due_on) - as_of + 1


@dataclass(frozen=True)
class LagHazards:
    """Daily chance of being paid or closed, by days late, for each of some groups.

    cash, other: (groups, WIDTH) chance that an invoice open that morning is paid in cash, or is
    closed without cash, on days late EARLIEST + j. Past LATEST both stay as `tail` says.
    """

    cash: Probabilities
    other: Probabilities
    tail: tuple[float, float]

    @property
    def log_open(self) -> Probabilities:
        """(groups, WIDTH) log chance of being still open at the evening of each days late."""
        stays = np.maximum(1.0 - self.cash - self.other, _LEAST)
        return np.asarray(np.cumsum(np.log(stays), axis=1))

    def take(self, rows: Ints) -> LagHazards:
        """The hazards of some groups."""
        return LagHazards(self.cash[rows], self.other[rows], self.tail)


class OpenChances(NamedTuple):
    """Log chance of being open at an evening; then, chance that cash will come."""

    log_open: Probabilities
    cash: Probabilities


class LagCurves:
    """What is still to come for an invoice open at some days late, by its group's hazards."""

    def __init__(self, hazards: LagHazards) -> None:
        """Add the hazards up once; column 0 is the evening before EARLIEST."""
        cash, other = hazards.tail
        log = hazards.log_open
        self._log = np.hstack([np.zeros((len(log), 1)), log])
        self._log_tail = float(np.log1p(-cash - other))
        self.tail_share = cash / (cash + other)
        is_open = np.exp(self._log)
        mass = is_open[:, :-1] * hazards.cash
        after = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]
        still = is_open[:, -1:] * self.tail_share
        coming = np.hstack([after, np.zeros((len(log), 1))]) + still
        self._share = np.clip(coming / np.maximum(is_open, 1e-300), 0.0, 1.0)

    def read(self, groups: Ints, lags: Days) -> OpenChances:
        """The chances at days late `lags`.

        groups and lags broadcast together. Past LATEST the chance falls by the tail a day, so an
        invoice older than anything seen still has a curve.
        """
        column = np.clip(lags, EARLIEST - 1, LATEST) - EARLIEST + 1
        past = np.maximum(lags - LATEST, 0)
        share = np.where(past > 0, self.tail_share, self._share[groups, column])
        return OpenChances(self._log[groups, column] + past * self._log_tail, share)


def last_business_days(first: int, last: int, country: str | None) -> Days:
    """For each day of first..last, that day if it is a business day, else the one before it."""
    days = np.arange(first - _LONGEST_CLOSURE, last + 1)
    open_days = np.where(is_business_day(days, country), days, days[0])
    return np.asarray(np.maximum.accumulate(open_days)[_LONGEST_CLOSURE:])


def date_curves(
    waits: LagCurves,
    groups: Ints,
    as_of: Days,
    due_on: Days,
    *,
    countries: Texts | None = None,
    on_closed_days: float = 1.0,
) -> PaymentCurves:
    """The curve of each row given that it is open on the morning of its as_of.

    groups, as_of, due_on: (n,). `countries`: (n,) codes (None = weekends only). `on_closed_days`
    in [0, 1] is how much of the mass of weekends and holidays stays there; the rest moves to
    the next business day. Rolling comes before conditioning, so the curves of one invoice on
    two mornings agree with Bayes. What is closed without cash, now or in the tail, is `never`.
    """
    lengths = n_days(as_of, due_on)
    width = int(lengths.max(initial=1))
    # Column 0 is the evening before as_of: what the invoice has already survived.
    steps = np.minimum(np.arange(width + 1), lengths[:, None]) - 1
    days = as_of[:, None] + steps
    log, share = waits.read(groups[:, None], days - due_on[:, None])
    base = log[:, :1]
    is_open = np.exp(log - base)
    coming = is_open * share
    is_open = is_open[:, :1]
    if countries is not None and on_closed_days < 1.0 and len(as_of):
        log, share = waits.read(groups[:, None], _rolled(days, countries) - due_on[:, None])
        rolled = np.exp(log - base)
        coming = on_closed_days * coming + (1.0 - on_closed_days) * rolled * share
        is_open = on_closed_days * is_open + (1.0 - on_closed_days) * rolled[:, :1]
    paid = np.clip((coming[:, :1] - coming[:, 1:]) / is_open, 0.0, 1.0)
    paid = np.maximum.accumulate(paid, axis=1)
    never = 1.0 - coming[:, 0] / is_open[:, 0]
    never = np.clip(never, 0.0, 1.0 - paid[:, -1]) if len(paid) else never
    return PaymentCurves(as_of, paid, lengths, never)


def _rolled(days: Days, countries: Texts) -> Days:
    first, last = int(days.min()), int(days.max())
    out = np.empty_like(days)
    codes = np.array([code or "" for code in countries], dtype=object)
    for code in sorted(set(codes)):
        rows = codes == code
        out[rows] = last_business_days(first, last, code or None)[days[rows] - first]
    return out


def step_curves(as_of: Days, due_on: Days, paid_on: Days) -> PaymentCurves:
    """Curves of a point forecast: surely unpaid before `paid_on`, surely paid from it.

    The horizon's last day stands for every later one, unless the due date lies beyond it.
    """
    lengths = n_days(as_of, due_on)
    columns = np.arange(int(lengths.max(initial=1)))
    last = np.where(due_on > as_of + LONGEST_TERM_DAYS, NEVER, as_of + lengths - 1)
    day = np.clip(paid_on, as_of, last) - as_of
    return PaymentCurves(as_of, (columns >= day[:, None]).astype(np.float64), lengths)


def split_rows(n: int, size: int) -> Iterator[slice]:
    """The rows 0 to n in turns of `size`; one empty turn where there are none."""
    return (slice(begin, min(begin + size, n)) for begin in range(0, max(n, 1), size))


def stack_curves(parts: Sequence[PaymentCurves]) -> PaymentCurves:
    """Blocks of curves as one block, in order."""
    if not parts:
        return PaymentCurves.of([])
    if len(parts) == 1:
        return parts[0]
    width = max(part.matrix.shape[1] for part in parts)
    matrices = [
        np.pad(part.matrix, ((0, 0), (0, width - part.matrix.shape[1])), mode="edge")
        for part in parts
    ]
    return PaymentCurves(
        np.concatenate([part.as_of for part in parts]),
        np.vstack(matrices),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([part.never for part in parts]),
    )
