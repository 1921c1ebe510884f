"""How many days late invoices were settled, or are by now, as known one morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Ints
from payrisk.calendar import NEVER
from payrisk.errors import InputError
from payrisk.ledger import Books
from payrisk.receivables.between_lists.likely_days import LikelyDays

EARLIEST = -180
"""First days late that is counted apart; earlier payments count as paid on this day."""
LATEST = 480
"""Last days late that is counted apart; an invoice paid later was open up to here."""
WIDTH = LATEST - EARLIEST + 1

PAID = 0
STILL_OPEN = 1
CLOSED_UNPAID = 2
"""The outcome of an invoice so far: settled by cash, open (or sold), closed without cash."""


@dataclass(frozen=True)
class DaysLateCounts:
    """How many invoices of each group had each outcome at each days late.

    paid, waiting, closed: (groups, WIDTH) integers; column j is days late EARLIEST + j. paid:
    settled by cash that day. closed: without cash. waiting: known unpaid up to and with that day,
    less the invoices that were watched from the next day on only, so it may be below zero.
    """

    paid: Ints
    waiting: Ints
    closed: Ints

    @property
    def at_risk(self) -> Ints:
        """(groups, WIDTH) invoices that were open on the morning of each days late."""
        leaving = self.paid + self.waiting + self.closed
        return np.asarray(np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1])

    @property
    def n_paid(self) -> Ints:
        """(groups,) invoices settled by cash."""
        return np.asarray(self.paid.sum(axis=1))

    def paid_only(self) -> DaysLateCounts:
        """The same counts with every unpaid invoice forgotten, as most published work does."""
        return DaysLateCounts(self.paid, np.zeros_like(self.waiting), np.zeros_like(self.closed))

    def ended_only(self) -> DaysLateCounts:
        """The same counts with what still waits forgotten, for books too short to tell of it."""
        return DaysLateCounts(self.paid, np.zeros_like(self.waiting), self.closed)

    def total(self) -> DaysLateCounts:
        """All groups as one."""
        blocks = (self.paid, self.waiting, self.closed)
        return DaysLateCounts(*(block.sum(axis=0, keepdims=True) for block in blocks))

    def take(self, rows: Ints) -> DaysLateCounts:
        """The counts of some groups; row -1 is a group of nothing."""
        blocks = (self.paid, self.waiting, self.closed)
        if not len(self.paid):
            return DaysLateCounts(*(np.zeros((len(rows), WIDTH), dtype=np.int64) for _ in blocks))
        is_group = (rows >= 0)[:, None]
        return DaysLateCounts(*(np.where(is_group, block[rows], 0) for block in blocks))


def count_days_late(
    groups: Ints, n_groups: int, days_late: Days, outcome: Ints, watched_from: Days | None = None
) -> DaysLateCounts:
    """Counts of (group, days late, outcome) as a block; out-of-range days late are clipped.

    What was settled or closed later than LATEST counts as open up to LATEST: by then it was.
    watched_from: days late before which an invoice could not have been seen to be settled; it is
    not at risk there. None: all were watched from the beginning.
    """
    days_late, outcome = np.asarray(days_late, dtype=np.int64), np.asarray(outcome, dtype=np.int64)
    outcome = np.where(days_late > LATEST, STILL_OPEN, outcome)
    # What was open only before the first counted day tells nothing about any counted day.
    use = (outcome != STILL_OPEN) | (days_late >= EARLIEST)
    cell = groups * WIDTH + np.clip(days_late, EARLIEST, LATEST) - EARLIEST
    blocks = [
        np.bincount(cell[use & (outcome == how)], minlength=n_groups * WIDTH).reshape(
            n_groups, WIDTH
        )
        for how in (PAID, STILL_OPEN, CLOSED_UNPAID)
    ]
    if watched_from is not None:
        # at risk are all that leave later; those that were not there yet are taken off again
        late = use & (watched_from > EARLIEST)
        enters = np.minimum(np.clip(days_late, EARLIEST, LATEST), watched_from - 1)[late]
        place = groups[late] * WIDTH + enters - EARLIEST
        absent = np.bincount(place, minlength=n_groups * WIDTH).reshape(n_groups, WIDTH)
        blocks[STILL_OPEN] = blocks[STILL_OPEN] - absent
    return DaysLateCounts(*blocks)


@dataclass(frozen=True)
class SettlementHistory:
    """Every invoice known one morning: whose it is, its outcome so far, and how late.

    frame columns: customer_id, invoice_id, terms_days, outcome (PAID, STILL_OPEN, CLOSED_UNPAID),
    days_late (at its outcome, or reached by now), is_loss, paid_on, visible_on (day on which the
    settlement could first be known), amount (cents), currency, issued_on, due_on, watched_from
    (days late from which on it was watched, EARLIEST where always). Rows are in a fixed order
    (customer, settlement, invoice): results never depend on the ledger's. A settlement between
    two lists has one of its likely days (`LikelyDays.drawn`) in days_late; paid_on is the books'.
    """

    frame: pd.DataFrame
    _customers: pd.Index = field(init=False, repr=False)
    _codes: Ints = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the customers."""
        codes, customers = pd.factorize(self.frame["customer_id"])
        object.__setattr__(self, "_codes", codes.astype(np.int64))
        object.__setattr__(self, "_customers", pd.Index(customers))

    @classmethod
    def of(cls, books: Books) -> SettlementHistory:
        """Each invoice as the books (a History, usually) show it; kept while the books live."""
        if books not in _KEPT:
            _KEPT[books] = cls._read(books)
        return _KEPT[books]

    @classmethod
    def _read(cls, books: Books) -> SettlementHistory:
        rows = books.invoices()
        due = rows["due_on"].to_numpy(dtype=np.int64)
        paid = rows["paid_on"].to_numpy(dtype=np.int64)
        sold = rows["sold_on"].to_numpy(dtype=np.int64)
        unpaid = rows["closed_by"].isin(["without_cash", "loss"]).to_numpy()
        is_sold = (sold < NEVER) & (paid >= sold)
        is_paid = (paid < NEVER) & ~is_sold
        outcome = np.where(is_paid, PAID, np.where(unpaid & ~is_sold, CLOSED_UNPAID, STILL_OPEN))
        likely, issued = LikelyDays.of(books), books.position.is_issued
        evening = likely.intervals.known_until[issued]
        ended_on = np.where(is_sold, sold - 1, evening)
        ended_on = np.where(outcome == PAID, likely.settled_on(books)[issued], ended_on)
        watched_from = np.maximum(likely.intervals.watched_from[issued] - due, EARLIEST)
        ended_on = np.where(
            outcome == CLOSED_UNPAID, rows["closed_on"].to_numpy(dtype=np.int64), ended_on
        )
        frame = pd.DataFrame(
            {
                "customer_id": rows["customer_id"],
                "invoice_id": rows["invoice_id"],
                "terms_days": due - rows["issued_on"].to_numpy(dtype=np.int64),
                "days_late": ended_on - due,
                "outcome": outcome,
                "is_loss": (rows["closed_by"] == "loss").to_numpy(dtype=bool) & ~is_sold,
                "paid_on": paid,
                "visible_on": np.maximum(
                    paid, rows["closing_recorded_on"].to_numpy(dtype=np.int64)
                ),
                "amount": rows["amount"].to_numpy(dtype=np.int64),
                "currency": rows["currency"],
                "issued_on": rows["issued_on"].to_numpy(dtype=np.int64),
                "due_on": due,
                "watched_from": watched_from,
            }
        )
        customer, invoice = books.sorted_positions()
        order = np.lexsort((due, invoice, paid, customer))
        return cls(frame.take(order).reset_index(drop=True))

    def counts(self, customer_ids: Sequence[str] | pd.Index) -> DaysLateCounts:
        """The counts of these customers, in their order; an unknown one has nothing."""
        asked_rows = self._places(customer_ids)
        slot = np.full(len(self._customers) + 1, -1, dtype=np.int64)  # the last: not known
        rows_counted = np.unique(asked_rows[asked_rows >= 0])
        slot[rows_counted] = np.arange(len(rows_counted))
        # a customer's rows lie together: few customers cost what is theirs, not the whole ledger
        begin, end = (self._codes.searchsorted(rows_counted, side) for side in ("left", "right"))
        n = end - begin
        rows = np.repeat(begin - (np.cumsum(n) - n), n) + np.arange(int(n.sum()))
        late, outcome, watched = (column[rows] for column in self._counted)
        block = count_days_late(
            np.repeat(np.arange(len(n)), n), len(rows_counted), late, outcome, watched
        )
        return block.take(slot[asked_rows])

    def _places(self, customer_ids: Sequence[str] | pd.Index) -> Ints:
        """(n,) which of the customers each is, in the order of their rows; −1 for an unknown."""
        return np.array([self._place_of.get(who, -1) for who in customer_ids], dtype=np.int64)

    @cached_property
    def _place_of(self) -> dict[str, int]:
        return {str(who): place for place, who in enumerate(self._customers)}

    @cached_property
    def _counted(self) -> tuple[Ints, Ints, Ints]:
        days_late, outcome, watched = (
            self.frame[name].to_numpy(dtype=np.int64)
            for name in ("days_late", "outcome", "watched_from")
        )
        return days_late, outcome, watched

    @cached_property
    def _n_paid(self) -> Ints:
        """(customers + 1,) settled by cash; the last is of no customer."""
        paid = (self.frame["outcome"] == PAID).to_numpy()
        return np.bincount(self._codes[paid], minlength=len(self._customers) + 1)

    def by_terms(self, at_least: int = 0) -> tuple[Ints, DaysLateCounts]:
        """Distinct terms in days with so many settled invoices, sorted, and the counts of each."""
        days, outcome, late, watched = (
            self.frame[c].to_numpy(dtype=np.int64)
            for c in ("terms_days", "outcome", "days_late", "watched_from")
        )
        # The few terms that count are found before blocks are made.
        is_paid = (outcome == PAID) & (late <= LATEST)
        terms, group = np.unique(days, return_inverse=True)
        enough = np.bincount(group[is_paid], minlength=len(terms)) >= at_least
        rows = enough[group]
        slot = (np.cumsum(enough) - 1)[group[rows]]
        return terms[enough], count_days_late(
            slot, int(enough.sum()), late[rows], outcome[rows], watched[rows]
        )

    def total(self) -> DaysLateCounts:
        """The counts of the whole ledger, one group."""
        outcome, late, watched = (
            self.frame[c].to_numpy(dtype=np.int64)
            for c in ("outcome", "days_late", "watched_from")
        )
        return count_days_late(np.zeros(len(outcome), dtype=np.int64), 1, late, outcome, watched)

    def n_paid_of(self, customer_ids: Sequence[str] | pd.Index) -> Ints:
        """(n,) how many invoices of each customer are known to be settled by cash."""
        return np.asarray(self._n_paid[self._places(customer_ids)])

    @cached_property
    def mean_days_late(self) -> pd.Series:
        """By customer the mean days late of the invoices that are known to be settled by cash."""
        return self._paid.groupby("customer_id")["days_late"].mean()

    @cached_property
    def mean_days_late_of_all(self) -> float:
        """The same of all customers' together; NaN where none is settled."""
        return float(self._paid["days_late"].mean())

    @cached_property
    def usual_currency(self) -> dict[str, str]:
        """By customer the currency it is mostly billed in; of several as usual the first."""
        n = self.frame.groupby(["customer_id", "currency"], sort=True).size()
        most = n.sort_values(ascending=False, kind="stable").index.to_frame(index=False)
        first = most.drop_duplicates("customer_id").astype(str)
        return dict(zip(first["customer_id"], first["currency"], strict=True))

    @property
    def _paid(self) -> pd.DataFrame:
        return self.frame[self.frame["outcome"] == PAID]

    @property
    def n_paid(self) -> int:
        """How many invoices are known to be settled by cash."""
        return int((self.frame["outcome"] == PAID).sum())


_KEPT: WeakKeyDictionary[Books, SettlementHistory] = WeakKeyDictionary()


def counts_as_text(counts: Ints) -> str:
    """One group's counts as 'days late:invoices' pairs, the form a feature row carries.

    >>> import numpy as np
    >>> row = np.zeros(WIDTH, dtype=np.int64); row[[0 - EARLIEST, 5 - EARLIEST]] = (3, 1)
    >>> counts_as_text(row)
    '0:3 5:1'
    """
    return " ".join(f"{j + EARLIEST}:{counts[j]}" for j in np.flatnonzero(counts))


def counts_from_text(text: str, *, may_lack: bool = False) -> Ints:
    """The counts that `counts_as_text` wrote; raises InputError for any other text.

    may_lack: whether a count may be below zero, as those of waiting invoices may.
    """
    counts = np.zeros(WIDTH, dtype=np.int64)
    for pair in text.split():
        lag, _, n = pair.partition(":")
        try:
            column, number = int(lag) - EARLIEST, int(n)
        except ValueError:
            raise InputError(f"'{pair}' is not a 'days late:invoices' pair such as 5:1.") from None
        if not 0 <= column < WIDTH or (number < 0 and not may_lack):
            raise InputError(f"'{pair}' lies outside {EARLIEST}..{LATEST} days late.")
        counts[column] += number
    return counts
