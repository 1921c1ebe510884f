"""Person-period rows: every day an invoice was at risk of being paid, as seen on some morning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from payrisk.calendar import NEVER, is_business_day
from payrisk.features import Moments
from payrisk.ledger import History
from payrisk.ledger.arrays import PAYMENT
from payrisk.ledger.runs import packed, spread
from payrisk.scoring.curve import horizon_on

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LAG_QUANTILE = 0.99
"""Share of payments booked by the time up to which outcomes are trusted (DESIGN §6)."""
RECENT_DAYS = 180
"""Days of bookings that tell the booking lag."""
WEEK = 7


@dataclass(frozen=True)
class PersonPeriod:
    """Moments and the days on which their invoices were at risk, with what arrived.

    row: (k,) which moment a day is of; day: (k,). share: (k,) of what was left at the as_of, the
    part that arrived in cash that day. weight: (k,) the part still outstanding that morning, over
    the chance that the day was kept. At every day with cash there is one row for what arrived
    and one for what did not.
    """

    moments: Moments
    row: Ints
    day: Ints
    paid: npt.NDArray[np.bool_]
    weight: Floats


@dataclass(frozen=True)
class Sampling:
    """How many moments and days are enough to learn from.

    issues, snapshots: moments of each kind at most. unpaid_rate: share of the days on which
    nothing arrived that are kept, each then weighing 1/rate.
    """

    issues: int = 150_000
    snapshots: int = 150_000
    unpaid_rate: float = 0.2


@dataclass(frozen=True)
class Cash:
    """Cash on invoices by day, as known: (k,) sorted by invoice and day."""

    invoice: Ints
    day: Ints
    amount: Ints

    @classmethod
    def known(cls, history: History) -> Cash:
        """What arrived on each invoice each day; what was returned is below zero."""
        states = history.position.states
        first = np.ones(len(states.invoice), dtype=bool)
        first[1:] = states.invoice[1:] != states.invoice[:-1]
        came = np.where(first, states.cash, np.diff(states.cash, prepend=0))
        some = came != 0
        return cls(states.invoice[some], states.day[some], came[some])


def booking_lag(history: History) -> int:
    """Days after which 99 % of recent payments had been booked, as known on the morning."""
    credits = history.ledger.arrays.credits
    recent = (credits.nature == PAYMENT) & (credits.recorded_on < history.as_of)
    recent &= credits.recorded_on >= history.as_of - RECENT_DAYS
    # What a take-over brought in on the first day says nothing about booking.
    recent &= credits.recorded_on > history.ledger.first_day
    lags = (credits.recorded_on - credits.happened_on)[recent]
    return max(0, int(np.ceil(np.quantile(lags, LAG_QUANTILE)))) if len(lags) else 0


def snapshot_mornings(first: int, last: int, seed: int) -> list[int]:
    """One business day of each week, drawn by the seed."""
    rng = np.random.default_rng([seed, 7])
    found = []
    for start in range(first, last + 1 - WEEK, WEEK):
        days = np.arange(start, start + WEEK)
        days = days[is_business_day(days)]
        found.append(int(rng.choice(days)))
    return found


def moments_to_learn(history: History, end: int, seed: int, sampling: Sampling) -> Moments:
    """Invoices at issue, and open ones on a business day of each week, before the day `end`.

    Only what the ledger held by then: an invoice recorded after `end` is not there yet.
    """
    ledger = history.ledger
    rng = np.random.default_rng([seed, 3])
    issues = Moments.at_issue(ledger)
    recorded = ledger.arrays.invoices.recorded_on[issues.invoice]
    issues = _some(
        issues, (issues.as_of <= end) & (recorded < history.as_of), sampling.issues, rng
    )
    mornings = snapshot_mornings(ledger.first_day + 1, end, seed)
    return issues.joined(_open_on(history, np.array(mornings), sampling.snapshots, rng))


def _open_on(history: History, mornings: Ints, most: int, rng: np.random.Generator) -> Moments:
    """Open invoices on the mornings, at most so many drawn from all of them."""
    t = history.ledger.timeline
    rows = np.flatnonzero((t.settled_on == NEVER) & (t.sold_on == NEVER))
    begin = np.searchsorted(mornings, t.since[rows], side="right")
    ends = np.cumsum(np.searchsorted(mornings, t.until[rows], side="right") - begin)
    total = int(ends[-1]) if len(ends) else 0
    picked = np.arange(total)
    if total > most:
        picked = np.sort(rng.choice(total, most, replace=False))
    at = np.searchsorted(ends, picked, side="right")
    nth = picked - np.concatenate([[0], ends])[at] + begin[at] if total else picked
    return Moments.reading(history.ledger, rows[at], mornings[nth])


def _some(
    moments: Moments, usable: npt.NDArray[np.bool_], most: int, rng: np.random.Generator
) -> Moments:
    rows = np.flatnonzero(usable)
    if len(rows) > most:
        rows = np.sort(rng.choice(rows, most, replace=False))
    return moments.take(rows)


def person_period(
    history: History, seed: int = 0, sampling: Sampling | None = None
) -> PersonPeriod:
    """The rows to learn from on the morning of history.as_of.

    A day is at risk from the later of the as_of, the issue and the day the invoice was recorded,
    up to the horizon or to as_of − the booking lag; a sale ends it. What is closed without cash
    or lost stays at risk with nothing arriving, so that the curve is of cash alone.
    """
    sampling = sampling or Sampling()
    end = history.as_of - 1 - booking_lag(history)
    moments = moments_to_learn(history, end, seed, sampling)
    position, own = history.position, history.ledger.arrays.invoices
    invoice = moments.invoice
    first = np.maximum(moments.as_of, own.recorded_on[invoice])
    last = np.minimum(horizon_on(moments.as_of, moments.due_on), end)
    sold = position.sold_on[invoice]
    last = np.where(sold < NEVER, np.minimum(last, sold - 1), last)
    return _rows(history, moments, first, last, np.random.default_rng([seed, 5]), sampling)


def _rows(
    history: History,
    moments: Moments,
    first: Ints,
    last: Ints,
    rng: np.random.Generator,
    sampling: Sampling,
) -> PersonPeriod:
    cash = Cash.known(history)
    amount = history.ledger.arrays.invoices.amount
    begin = np.searchsorted(cash.invoice, moments.invoice)
    stop = np.searchsorted(cash.invoice, moments.invoice, side="right")
    running = np.concatenate([[0], np.cumsum(cash.amount)])
    n = len(moments)
    pair, at = spread(begin, stop)
    # what is left on each morning, of what was left on the as_of
    earlier = np.zeros(n, dtype=np.int64)
    np.add.at(earlier, pair, np.where(cash.day[at] < first[pair], cash.amount[at], 0))
    other = _without_cash(history, moments, first)
    left = np.maximum(amount[moments.invoice] - earlier - other, 0)
    alive = (left > 0) & (first <= last)
    inside = alive[pair] & (cash.day[at] >= first[pair]) & (cash.day[at] <= last[pair])
    pair, at = pair[inside], at[inside]
    share = _stayed(pair, (running[at + 1] - running[begin[pair]] - earlier[pair]) / left[pair])
    some = share > 0
    pair, at, share = pair[some], at[some], share[some]

    days = np.where(alive, last - first + 1, 0)
    kept_row, kept_day = _sampled_days(days, first, rng, sampling.unpaid_rate)
    outstanding = _outstanding(kept_row, kept_day, pair, cash.day[at], share, n)
    still = outstanding > 0
    kept_row, kept_day, outstanding = kept_row[still], kept_day[still], outstanding[still]
    return PersonPeriod(
        moments,
        np.concatenate([pair, kept_row]),
        np.concatenate([cash.day[at], kept_day]),
        np.concatenate([np.ones(len(pair), bool), np.zeros(len(kept_row), bool)]),
        np.concatenate([share, outstanding / sampling.unpaid_rate]),
    )


def _stayed(row: Ints, total: Floats) -> Floats:
    """(k,) what each movement brought that was not taken back again.

    row: (k,) sorted, the moment; total: (k,) what had arrived with it, as a share of the residual.
    """
    lifted = np.clip(total, 0.0, 1.0) + 2.0 * row
    least = np.minimum.accumulate(lifted[::-1])[::-1] - 2.0 * row
    first = np.ones(len(row), dtype=bool)
    first[1:] = row[1:] != row[:-1]
    return np.asarray(np.where(first, least, np.diff(least, prepend=0.0)))


def _without_cash(history: History, moments: Moments, first: Ints) -> Ints:
    """What had been credited otherwise than by cash before the first day at risk."""
    states = history.position.states
    key = packed(states.invoice, states.day)
    place = np.searchsorted(key, packed(moments.invoice, first)) - 1
    of = np.maximum(place, 0)
    same = (place >= 0) & (states.invoice[of] == moments.invoice) if len(states.invoice) else False
    if not np.any(same):
        return np.zeros(len(moments), dtype=np.int64)
    return np.where(same, states.reduction[of] - states.cash[of], 0)


def _sampled_days(
    days: Ints, first: Ints, rng: np.random.Generator, rate: float
) -> tuple[Ints, Ints]:
    """A share of all days at risk: (moment, day), in order."""
    total = int(days.sum())
    ends = np.cumsum(days)
    rows, found = [], []
    for begin in range(0, total, 1 << 22):
        size = min(1 << 22, total - begin)
        picked = begin + np.flatnonzero(rng.random(size) < rate)
        row = np.searchsorted(ends, picked, side="right")
        rows.append(row)
        found.append(first[row] + picked - (ends[row] - days[row]))
    empty = [np.zeros(0, dtype=np.int64)]
    return np.concatenate(rows or empty), np.concatenate(found or empty)


def _outstanding(
    row: Ints, day: Ints, paid_row: Ints, paid_day: Ints, share: Floats, n: int
) -> Floats:
    """Part of each moment's residual that is still out at the evening of a day."""
    key = packed(paid_row, paid_day)
    order = np.argsort(key, kind="stable")
    running = np.concatenate([[0.0], np.cumsum(share[order])])
    upto = np.searchsorted(key[order], packed(row, day), side="right")
    begin = np.searchsorted(key[order], packed(np.arange(n), np.zeros(n, dtype=np.int64)))
    return np.asarray(np.clip(1.0 - (running[upto] - running[begin[row]]), 0.0, 1.0))
