"""Between which days invoices were paid, where lists of open items tell no day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Days, Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger import Books
from payrisk.ledger.books.settling import BY_CASH
from payrisk.ledger.facts.arrays import PAYMENT
from payrisk.ledger.facts.segments import pack_row_day, unpack_row_day

WHOLE_LIST = "open items"
"""The reason of an `open_items_list` that held every open invoice of its entity."""


@dataclass(frozen=True)
class SettlementIntervals:
    """Payments known to an interval, and from when until when each invoice was watched.

    invoice, earliest, latest: (k,) row of the ledger's invoices and the days between which money
    came on it, both included; the books date it to `latest`. settles: (k,) whether it settled the
    invoice. watched_from: (invoices,) first day on which its payment would have been seen: an
    invoice that only lists tell of, and that was paid before its first one, is on none (−NEVER:
    always). known_until: (invoices,) last evening on which it is known whether it was open, the
    evening of the last list where payments are told by lists alone.
    """

    invoice: Ints
    earliest: Days
    latest: Days
    settles: Flags
    watched_from: Days
    known_until: Days

    @classmethod
    def of(cls, books: Books) -> SettlementIntervals:
        """What is known of them; of books whose payments all have their day there is none."""
        n = len(books.position.settled_on)
        nothing = np.zeros(0, dtype=np.int64)
        always, still = np.full(n, -NEVER), np.full(n, books.close_of)
        if not (books.facts.tables["credits"]["latest_on"].to_numpy() < NEVER).any():
            return cls(nothing, nothing, nothing, nothing.astype(bool), always, still)
        invoice, earliest, latest = _intervals(books)
        position = books.position
        settles = (position.settled_on[invoice] == latest) & (
            position.closed_by[invoice] == BY_CASH
        )
        return cls(invoice, earliest, latest, settles, *_watched(books))

    @property
    def is_exact(self) -> bool:
        """Whether every payment has its day."""
        return not len(self.invoice)

    def __len__(self) -> int:
        return len(self.invoice)


def _intervals(books: Books) -> tuple[Ints, Days, Days]:
    """(k,) invoice, earliest and latest day; a day on which dated money came, too, is exact."""
    arrays, morning = books.facts.arrays, books.known_before
    link, credits = arrays.allocations, arrays.credits
    table = books.facts.tables["credits"]
    is_heard = (link.recorded_on < morning) & (credits.recorded_on[link.credit] < morning)
    is_heard &= (credits.nature[link.credit] == PAYMENT) & (link.amount > 0)
    is_heard &= credits.happened_on[link.credit] <= books.close_of
    credit, invoice = link.credit[is_heard], link.invoice[is_heard]
    issued = arrays.invoices.issued_on[invoice]
    latest = table["latest_on"].to_numpy(dtype=np.int64)[credit]
    earliest = table["earliest_on"].to_numpy(dtype=np.int64)[credit]
    day = np.maximum(credits.happened_on[credit], issued)
    # what has its day is its own interval, so that the later of two bounds decides
    first = np.where(latest == day, np.clip(earliest, issued, day), day)
    key, which = np.unique(pack_row_day(invoice, day), return_inverse=True)
    bound = np.full(len(key), -NEVER)
    np.maximum.at(bound, which, first)
    row, last = unpack_row_day(key)
    is_wide = bound < last
    return row[is_wide], bound[is_wide], last[is_wide]


def _watched(books: Books) -> tuple[Days, Days]:
    """(invoices,) first day on which a payment would be seen, last evening that is known."""
    arrays, position, tables = books.facts.arrays, books.position, books.facts.tables
    n = len(position.settled_on)
    since, until = np.full(n, -NEVER), np.full(n, books.close_of)
    events = books.known_rows("events")
    lists = events[(events["kind"] == "open_items_list")]
    lists = lists[lists["happened_on"] <= books.close_of]
    credits = books.known_rows("credits")
    dated = credits[(credits["latest_on"] == NEVER) & (credits["happened_on"] <= books.close_of)]
    last_dated = dated.groupby("entity_id")["happened_on"].max()
    whose = tables["invoices"]["entity_id"]
    for entity, of_entity in lists.groupby("subject"):
        days = np.unique(of_entity["happened_on"].to_numpy(dtype=np.int64))
        rows = np.flatnonzero((whose == entity).to_numpy(dtype=bool) & position.is_issued)
        if last_dated.get(entity, -NEVER) <= days[0]:
            until[rows] = days[-1]
        whole = np.unique(
            of_entity.loc[of_entity["reason"] == WHOLE_LIST, "happened_on"].to_numpy(np.int64)
        )
        nth = np.searchsorted(whole, arrays.invoices.issued_on[rows])
        # Where an invoice is known that was closed before its first list, others tell of it, too.
        is_listed = nth < len(whole)
        rows, nth = rows[is_listed], nth[is_listed]
        was_closed = position.settled_on[rows] <= whole[nth]
        is_told_closed = np.bincount(nth, was_closed, len(whole)) > 0
        since[rows] = np.where(is_told_closed[nth], -NEVER, whole[nth] + 1)
    return since, until
