"""Received: the cash that came on each invoice each day, prepayments before the issue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Ints
from payrisk.ledger import History
from payrisk.ledger.facts.arrays import PAYMENT
from payrisk.ledger.facts.segments import pack_row_day, segment_starts


@dataclass(frozen=True)
class Cash:
    """Cash on invoices by day, as known: (k,) sorted by invoice and day."""

    invoice: Ints
    day: Ints
    amount: Ints

    @classmethod
    def known(cls, history: History) -> Cash:
        """What arrived on each invoice each day; what was returned is below zero.

        The books date a prepayment to the issue; here it lies on the day before, when there was
        nothing to wait for.
        """
        states, billed = history.position.states, history.ledger.arrays.invoices
        first = segment_starts(states.invoice)
        came = np.where(first, states.cash, np.diff(states.cash, prepend=0))
        before = _prepaid(history)
        at_issue = states.day == billed.issued_on[states.invoice]
        moved = np.where(at_issue, np.minimum(came, before[states.invoice]), 0)
        moved = np.maximum(moved, 0)
        invoice = np.concatenate([states.invoice, states.invoice])
        day = np.concatenate([states.day - 1, states.day])
        amount = np.concatenate([moved, came - moved])
        rows = np.flatnonzero(amount)
        rows = rows[np.argsort(pack_row_day(invoice[rows], day[rows]), kind="stable")]
        return cls(invoice[rows], day[rows], amount[rows])


def _prepaid(history: History) -> Ints:
    """(invoices,) cents of each invoice that had come before its issue, as known."""
    arrays, as_of = history.ledger.arrays, history.as_of
    link, credits = arrays.allocations, arrays.credits
    is_prepaid = (link.recorded_on < as_of) & (credits.recorded_on[link.credit] < as_of)
    is_prepaid &= credits.nature[link.credit] == PAYMENT
    is_prepaid &= credits.happened_on[link.credit] < arrays.invoices.issued_on[link.invoice]
    cents = np.zeros(len(arrays.invoices.amount), dtype=np.int64)
    np.add.at(cents, link.invoice[is_prepaid], link.amount[is_prepaid])
    return cents
