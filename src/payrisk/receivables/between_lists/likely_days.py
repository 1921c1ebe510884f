"""On which days payments between two lists likely came, by how late this customer and others pay.

The chance of each days late is fitted to exact days and intervals alike (`interval_em`): first the
whole ledger's, then each customer's, which begins with the ledger's as a prior of CUSTOMER_WEIGHT
invoices, as the shrunk ECDF has it. What falls on a weekend counts for the next weekday of the
interval, or for the last one before. With even weights and a prior, ROUNDS few turns are enough:
more of them would only sharpen what the intervals do not tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from payrisk.arrays import Days, Flags, Floats, Ints
from payrisk.calendar import NEVER, SATURDAY, weekday
from payrisk.ledger import Books
from payrisk.ledger.books.settling import BY_CASH
from payrisk.ledger.facts.segments import pack_row_day
from payrisk.receivables.between_lists.interval_em import (
    CandidateDays,
    CertainDayCounts,
    fit_hazard_and_weights,
)
from payrisk.receivables.between_lists.settlement_intervals import SettlementIntervals

FIRST_LAG, LAST_LAG = -180, 480
"""Days late that are told apart."""
N_LAGS = LAST_LAG - FIRST_LAG + 1
ROUNDS = 30
CUSTOMER_ROUNDS = 10
CUSTOMER_WEIGHT = 5.0


@dataclass(frozen=True)
class LikelyDays:
    """The intervals of some books, and what each of their days weighs.

    intervals: n of them, in an order that is not the ledger's. days: weekdays, where there are
    any. weight: (k,) of each, 1 in all for an interval.
    """

    intervals: SettlementIntervals
    days: CandidateDays
    weight: Floats

    @classmethod
    def of(cls, books: Books) -> LikelyDays:
        """Fitted to what the books show; kept while they live."""
        if books not in _KEPT:
            _KEPT[books] = cls._fit(books)
        return _KEPT[books]

    @classmethod
    def _fit(cls, books: Books) -> LikelyDays:
        intervals = _ordered(SettlementIntervals.of(books), books)
        days = CandidateDays.between(intervals.earliest, intervals.latest)
        if intervals.is_exact:
            return cls(intervals, days, np.zeros(0))
        return cls(intervals, *_on_weekdays(days, _weights(books, intervals, days)))

    def sampled_days(self) -> Days:
        """(n,) one day for each interval, as `CandidateDays.drawn` draws it."""
        return np.asarray(self.days.day[self.days.sampled_weights(self.weight) > 0.5])

    def interval_index(self, invoice: Ints, day: Days) -> Ints:
        """(k,) which interval money on these invoices and days is of; −1 where it has its day."""
        keys = pack_row_day(self.intervals.invoice, self.intervals.latest)
        order = np.argsort(keys, kind="stable")
        pairs = pack_row_day(invoice, day)
        if not len(keys):
            return np.full(len(pairs), -1, dtype=np.int64)
        place = order[np.minimum(np.searchsorted(keys[order], pairs), len(keys) - 1)]
        return np.where(keys[place] == pairs, place, -1)

    def settled_on(self, books: Books) -> Days:
        """(invoices,) the day the books say each was settled, the drawn one for intervals."""
        days = books.position.settled_on.copy()
        settles = self.intervals.settles
        days[self.intervals.invoice[settles]] = self.sampled_days()[settles]
        return days


_KEPT: WeakKeyDictionary[Books, LikelyDays] = WeakKeyDictionary()


def _ordered(intervals: SettlementIntervals, books: Books) -> SettlementIntervals:
    """The intervals by customer, day and invoice: results never depend on the ledger's order."""
    if intervals.is_exact:
        return intervals
    place = np.zeros((2, len(books.position.settled_on)), dtype=np.int64)
    place[:, books.position.is_issued] = books.sorted_positions()
    customer, invoice = place[:, intervals.invoice]
    instalment = books.facts.tables["invoices"]["instalment"].to_numpy()[intervals.invoice]
    order = np.lexsort((instalment, invoice, intervals.latest, customer))
    return SettlementIntervals(
        intervals.invoice[order],
        intervals.earliest[order],
        intervals.latest[order],
        intervals.settles[order],
        intervals.watched_from,
        intervals.known_until,
    )


@dataclass(frozen=True)
class _WatchedInvoices:
    """(n,) invoices, by customer and days late: watched from, surely unpaid until, paid on."""

    customer: Ints
    enters: Ints
    leaves: Ints
    is_paid: Flags

    def paid_at(self, keys: Ints) -> Floats:
        """(cells,) exact payments at each of some sorted (customer, lag) keys."""
        of_owner = np.sort(pack_row_day(self.customer, self.leaves)[self.is_paid])
        return (np.searchsorted(of_owner, keys, "right") - np.searchsorted(of_owner, keys)).astype(
            float
        )

    def at_risk(self, customer: Ints, lag: Ints) -> Floats:
        """(cells,) invoices of each customer that were surely at risk at each lag."""
        return _n_from(self.customer, self.leaves, customer, lag) - _n_from(
            self.customer, self.enters, customer, lag + 1
        )


def _n_from(owner: Ints, lags: Ints, customer: Ints, lag: Ints) -> Floats:
    """(cells,) how many of a customer's lags are so high or higher."""
    of_owner = np.sort(pack_row_day(owner, lags))
    end = np.searchsorted(of_owner, pack_row_day(customer + 1, np.full(len(lag), -NEVER // 4)))
    return (end - np.searchsorted(of_owner, pack_row_day(customer, lag))).astype(np.float64)


def _weights(books: Books, intervals: SettlementIntervals, days: CandidateDays) -> Floats:
    """(k,) what each day weighs, by the customer's days late."""
    due = books.position.due_on
    names, _ = books.customer_names  # merged customers are one
    owner = names[books.facts.arrays.invoices.customer]
    rows = _watched_invoices(books, intervals, owner)
    lag = np.clip(days.day - due[intervals.invoice][days.item], FIRST_LAG, LAST_LAG)
    lags = np.arange(FIRST_LAG, LAST_LAG + 1)
    everyone = np.zeros(N_LAGS, dtype=np.int64)
    all_rows = _WatchedInvoices(
        np.zeros_like(rows.customer), rows.enters, rows.leaves, rows.is_paid
    )
    sure = CertainDayCounts(
        all_rows.paid_at(pack_row_day(everyone, lags)), all_rows.at_risk(everyone, lags)
    )
    # parts of an invoice are dated like whole ones, but the hazard is of what settles
    settled = intervals.settles
    whole = CandidateDays.between(intervals.earliest[settled], intervals.latest[settled])
    is_whole = settled[days.item]
    hazard, _ = fit_hazard_and_weights(whole, lag[is_whole] - FIRST_LAG, sure, ROUNDS)
    open_share = np.concatenate([[1.0], np.cumprod(1.0 - hazard)[:-1]])

    payer = owner[intervals.invoice][days.item]
    keys, cell = np.unique(pack_row_day(payer, lag), return_inverse=True)
    place = np.zeros(len(keys), dtype=np.int64)
    place[cell] = np.arange(len(cell))
    prior = CUSTOMER_WEIGHT * open_share[lag[place] - FIRST_LAG]
    of_customer = CertainDayCounts(
        rows.paid_at(keys) + prior * hazard[lag[place] - FIRST_LAG],
        rows.at_risk(payer[place], lag[place]) + prior,
    )
    start = whole.weights(hazard[lag[is_whole] - FIRST_LAG])
    weights_of_customer, _ = fit_hazard_and_weights(
        whole, cell[is_whole], of_customer, CUSTOMER_ROUNDS, start
    )
    return days.weights(weights_of_customer[cell])


def _watched_invoices(
    books: Books, intervals: SettlementIntervals, owner: Ints
) -> _WatchedInvoices:
    """Every issued invoice by the days late it was surely at risk: an interval is none of them."""
    p = books.position
    is_sold = (p.sold_on < NEVER) & (p.settled_on >= p.sold_on)
    is_closed = (p.closed_by > 0) & ~is_sold
    end = np.where(
        is_closed, p.settled_on, np.where(is_sold, p.sold_on - 1, intervals.known_until)
    )
    is_paid = is_closed & (p.closed_by == BY_CASH)
    settling = intervals.invoice[intervals.settles]
    is_paid[settling] = False
    end[settling] = intervals.earliest[intervals.settles] - 1
    enters = np.maximum(intervals.watched_from, p.due_on + FIRST_LAG)
    rows = np.flatnonzero(p.is_issued & (end >= enters))
    # one that is paid before the first lag is paid on it, as the ECDF counts it
    early = np.flatnonzero(p.is_issued & is_paid & (end < enters))
    rows = np.concatenate([rows, early])
    due = p.due_on[rows]
    return _WatchedInvoices(
        owner[rows],
        np.clip(enters[rows] - due, FIRST_LAG, LAST_LAG),
        np.clip(end[rows] - due, FIRST_LAG, LAST_LAG),
        is_paid[rows] & (end[rows] - due <= LAST_LAG),
    )


def _on_weekdays(days: CandidateDays, weight: Floats) -> tuple[CandidateDays, Floats]:
    """The weekdays alone, each with what it and the weekend before it weigh."""
    place, k = np.arange(len(days.day)), len(days.day)
    is_open = weekday(days.day) < SATURDAY
    after = np.minimum.accumulate(np.where(is_open, place, k)[::-1])[::-1]
    before = np.maximum.accumulate(np.where(is_open, place, -1))
    target = np.where(before >= days.start[days.item], before, place)
    target = np.where(after < days.stop[days.item], after, target)
    summed = np.bincount(target, weight, k).astype(np.float64)
    is_used = np.bincount(target, minlength=k) > 0
    n = np.bincount(days.item[is_used], minlength=len(days))
    stop = np.cumsum(n)
    return CandidateDays(days.item[is_used], days.day[is_used], stop - n, stop), summed[is_used]
