"""Person-period rows: every day an invoice was at risk of being paid, as seen on some morning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Floats, Ints
from payrisk.calendar import NEVER, is_business_day
from payrisk.features import Moments
from payrisk.learning.days_to_pay.daily_cash import Cash
from payrisk.learning.days_to_pay.interval_rows import (
    ArrivedParts,
    DaysStillOut,
    place_on_likely_days,
)
from payrisk.learning.days_to_pay.sampling import Sampling, is_sampled
from payrisk.learning.measuring.replay import draw_places
from payrisk.ledger import History
from payrisk.ledger.books.settling import BY_CASH
from payrisk.ledger.facts.segments import expand_spans, pack_row_day, segment_starts
from payrisk.predictions import CurveMeaning
from payrisk.receivables.between_lists.likely_days import LikelyDays
from payrisk.receivables.booking_lag import FOR_LEARNING, booking_lag
from payrisk.scoring.days_to_pay.curve import horizon_on

WEEK = 7
PARTS_FROM = 0.002
"""Share of the weight in which the two readings must differ to be learnt apart."""


@dataclass(frozen=True)
class PersonPeriod:
    """Moments and the days on which their invoices were at risk, with what arrived.

    row: (k,) which moment a day is of; day: (k,). paid: (k,) whether the row tells what arrived
    that day or what did not. money: (k,) the part of what was left at the as_of that the row
    speaks for; settled: (k,) the same of the invoice as a whole, which is either settled by cash
    that day or not. Both are over the chance that the day was kept; 0 = not at risk.
    """

    moments: Moments
    row: Ints
    day: Ints
    paid: Flags
    money: Floats
    settled: Floats

    def weight(self, reading: CurveMeaning) -> Floats:
        """(k,) what each row weighs in one of the two readings."""
        return self.settled if reading == "settled" else self.money

    @property
    def has_part_payments(self) -> bool:
        """Whether money and settlement differ by more than small change."""
        apart = float(np.abs(self.money - self.settled).sum())
        return apart > PARTS_FROM * float(self.settled.sum())


def booking_lag_of(history: History) -> int:
    """Days after which 99 % of recent payments had been booked, as known on the morning.

    What a take-over brought in on the first day says nothing about booking.
    """
    ledger = history.ledger
    return booking_lag(
        ledger.tables["credits"], history.as_of, FOR_LEARNING, after=ledger.first_day
    )


def snapshot_mornings(first: int, last: int, seed: int) -> list[int]:
    """One business day of each week, drawn by the seed."""
    rng = np.random.default_rng([seed, 7])
    drawn = []
    for start in range(first, last + 1 - WEEK, WEEK):
        days = np.arange(start, start + WEEK)
        days = days[is_business_day(days)]
        drawn.append(int(rng.choice(days)))
    return drawn


def moments_to_learn(history: History, end: int, seed: int, sampling: Sampling) -> Moments:
    """Invoices at issue, and open ones on a business day of each week, before the day `end`.

    Only what the ledger held by then: an invoice recorded after `end` is not there yet.
    """
    ledger = history.ledger
    rng = np.random.default_rng([seed, 3])
    issues = Moments.at_issue(ledger)
    recorded = ledger.arrays.invoices.recorded_on[issues.invoice]
    is_taken = is_sampled(history, sampling)
    is_told = (issues.as_of <= end) & (recorded < history.as_of)
    usable = np.flatnonzero(is_told & is_taken[issues.invoice])
    issues = issues.take(usable[draw_places(len(usable), sampling.issues, rng)])
    mornings = snapshot_mornings(ledger.first_day + 1, end, seed)
    return issues.append(
        _open_on(history, np.array(mornings, dtype=np.int64), is_taken, sampling.snapshots, rng)
    )


def _open_on(
    history: History,
    mornings: Ints,
    is_sampled: Flags,
    most: int,
    rng: np.random.Generator,
) -> Moments:
    """Open invoices of these customers on the mornings, at most so many drawn from all of them."""
    t = history.ledger.timeline
    rows = np.flatnonzero((t.settled_on == NEVER) & (t.sold_on == NEVER) & is_sampled[t.invoice])
    begin = np.searchsorted(mornings, t.since[rows], side="right")
    ends = np.cumsum(np.searchsorted(mornings, t.until[rows], side="right") - begin)
    total = int(ends[-1]) if len(ends) else 0
    picked = draw_places(total, most, rng)
    place = np.searchsorted(ends, picked, side="right")
    nth = picked - np.concatenate([[0], ends])[place] + begin[place] if total else picked
    return Moments.of_readings(history.ledger, rows[place], mornings[nth])


def person_period(
    history: History, seed: int = 0, sampling: Sampling | None = None
) -> PersonPeriod:
    """The rows to learn from on the morning of history.as_of.

    A day is at risk from the later of the as_of, the issue and the day the invoice was recorded,
    up to the horizon or to as_of − the booking lag; a sale ends it. What is closed without cash
    or lost stays at risk with nothing arriving, so that the curve is of cash alone. Where only
    lists tell of an invoice, it is at risk from its first list to the last one known.
    """
    sampling = sampling or Sampling()
    end = history.as_of - 1 - booking_lag_of(history)
    moments = moments_to_learn(history, end, seed, sampling)
    position, own = history.position, history.ledger.arrays.invoices
    invoice = moments.invoice
    watched = LikelyDays.of(history).intervals
    first = np.maximum(moments.as_of, own.recorded_on[invoice])
    first = np.maximum(first, watched.watched_from[invoice])
    last = np.minimum(horizon_on(moments.as_of, moments.due_on), end)
    last = np.minimum(last, watched.known_until[invoice])
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
    pair, place = expand_spans(begin, stop)
    # what is left on each morning, of what was left on the as_of
    earlier = np.zeros(n, dtype=np.int64)
    np.add.at(earlier, pair, np.where(cash.day[place] < first[pair], cash.amount[place], 0))
    other = _without_cash(history, moments, first)
    left = np.maximum(amount[moments.invoice] - earlier - other, 0)
    alive = (left > 0) & (first <= last)
    inside = alive[pair] & (cash.day[place] >= first[pair]) & (cash.day[place] <= last[pair])
    pair, place = pair[inside], place[inside]
    share = _stayed(pair, (running[place + 1] - running[begin[pair]] - earlier[pair]) / left[pair])
    some = share > 0
    pair, place, share = pair[some], place[some], share[some]
    paid_on = _paid_on(history, moments)
    arrived = _arrived(pair, cash.day[place], share, np.flatnonzero(alive), paid_on, first, last)

    days = np.where(alive, last - first + 1, 0)
    rate = sampling.rate(int(days.sum()))
    row, day = _sampled_days(days, first, rng, rate)
    still = _outstanding(row, day, pair, cash.day[place], share, n) / rate
    waits = (day < paid_on[row]) / rate
    kept = (still > 0) | (waits > 0)
    waiting = DaysStillOut(row[kept], day[kept], still[kept], waits[kept])
    arrived, waiting = place_on_likely_days(
        arrived, waiting, moments.invoice, first, LikelyDays.of(history)
    )
    return PersonPeriod(
        moments,
        np.concatenate([arrived.row, waiting.row]),
        np.concatenate([arrived.day, waiting.day]),
        np.concatenate([np.ones(len(arrived.row), bool), np.zeros(len(waiting.row), bool)]),
        np.concatenate([arrived.money, waiting.money]),
        np.concatenate([arrived.settles, waiting.settled]),
    )


def _paid_on(history: History, moments: Moments) -> Ints:
    """(n,) the day each moment's invoice was settled by cash, NEVER where it was not."""
    position = history.position
    by_cash = position.closed_by == BY_CASH
    return np.where(by_cash, position.settled_on, NEVER)[moments.invoice]


def _arrived(
    row: Ints, day: Ints, share: Floats, alive: Ints, paid_on: Ints, first: Ints, last: Ints
) -> ArrivedParts:
    """What arrived on each moment, and what settled it."""
    done = alive[(paid_on[alive] >= first[alive]) & (paid_on[alive] <= last[alive])]
    key = np.concatenate([pack_row_day(row, day), pack_row_day(done, paid_on[done])])
    own, which = np.unique(key, return_inverse=True)
    money, settles = np.zeros(len(own)), np.zeros(len(own))
    np.add.at(money, which[: len(row)], share)
    settles[which[len(row) :]] = 1.0
    places = np.zeros(len(own), dtype=np.int64)
    places[which] = np.arange(len(key))
    rows, days = np.concatenate([row, done]), np.concatenate([day, paid_on[done]])
    return ArrivedParts(rows[places], days[places], money, settles)


def _stayed(row: Ints, total: Floats) -> Floats:
    """(k,) what each movement brought that was not taken back again.

    row: (k,) sorted, the moment; total: (k,) what had arrived with it, as a share of the residual.
    """
    lifted = np.clip(total, 0.0, 1.0) + 2.0 * row
    least = np.minimum.accumulate(lifted[::-1])[::-1] - 2.0 * row
    return np.asarray(np.where(segment_starts(row), least, np.diff(least, prepend=0.0)))


def _without_cash(history: History, moments: Moments, first: Ints) -> Ints:
    """What had been credited otherwise than by cash before the first day at risk."""
    states = history.position.states
    key = pack_row_day(states.invoice, states.day)
    place = np.searchsorted(key, pack_row_day(moments.invoice, first)) - 1
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
    rows, drawn = [], []
    for begin in range(0, total, 1 << 22):
        size = min(1 << 22, total - begin)
        picked = begin + np.flatnonzero(rng.random(size) < rate)
        row = np.searchsorted(ends, picked, side="right")
        rows.append(row)
        drawn.append(first[row] + picked - (ends[row] - days[row]))
    empty = [np.zeros(0, dtype=np.int64)]
    return np.concatenate(rows or empty), np.concatenate(drawn or empty)


def _outstanding(
    row: Ints, day: Ints, paid_row: Ints, paid_day: Ints, share: Floats, n: int
) -> Floats:
    """Part of each moment's residual that is still out at the evening of a day."""
    key = pack_row_day(paid_row, paid_day)
    order = np.argsort(key, kind="stable")
    running = np.concatenate([[0.0], np.cumsum(share[order])])
    upto = np.searchsorted(key[order], pack_row_day(row, day), side="right")
    begin = np.searchsorted(key[order], pack_row_day(np.arange(n), np.zeros(n, dtype=np.int64)))
    return np.asarray(np.clip(1.0 - (running[upto] - running[begin[row]]), 0.0, 1.0))
