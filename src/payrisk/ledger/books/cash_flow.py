"""What moved every invoice, and every payment, between two evenings of the same books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.ledger.books.books import Books
from payrisk.ledger.books.position import Position
from payrisk.ledger.books.reversals import known_reversals, proportional_cents
from payrisk.ledger.facts.arrays import PAYMENT, RECOVERY, LedgerArrays
from payrisk.ledger.facts.segments import WIDE, segment_ends


@dataclass(frozen=True)
class CashFlow:
    """(n,) per invoice in table order, cents of its currency, from the morning after `opening`.

    cash, other, loss: net of reversals; returned: what reversals took back of cash; opening,
    closing: what was owed (negative: overpaid). So cash = opening − closing − other − loss
    wherever `was_issued`; an invoice issued between has opening 0. is_done: settled, closed or
    sold at the end. `receipts`: per currency in cents, received (cash in the bank, net of what
    was returned) and applied (to invoices).
    """

    invoice_id: pd.Series
    instalment: Ints
    customer_id: pd.Series
    currency: pd.Series
    recorded_on: Ints
    was_issued: Flags
    is_issued: Flags
    opening: Ints
    closing: Ints
    cash: Ints
    other: Ints
    loss: Ints
    returned: Ints
    is_done: Flags
    receipts: pd.DataFrame


def cash_flow(before: Books, after: Books) -> CashFlow:
    """What moved from the evening of `before` to that of `after`, by the same knowledge."""
    version, start, end = after.facts, before.position, after.position
    arrays, table = version.arrays, version.tables["invoices"]
    then, now = _sums(start, len(table)), _sums(end, len(table))
    amount = arrays.invoices.amount
    cred = arrays.credits
    is_cash = np.isin(cred.nature, (PAYMENT, RECOVERY))
    sign = np.sign(cred.amount)

    def net(position: Position) -> Ints:
        credited = np.where(position.is_credited, cred.amount, 0)
        return np.asarray(credited - position.reversed * sign)

    receipts = pd.DataFrame(
        {
            "currency": cred.currency[is_cash],
            "received": (net(end) - net(start))[is_cash],
            "applied": (end.credit_used - start.credit_used)[is_cash],
        }
    )
    returned = _cash_taken_back(
        arrays, end, after.known_before, before.close_of + 1, after.close_of
    )
    return CashFlow(
        invoice_id=table["invoice_id"],
        instalment=table["instalment"].to_numpy(np.int64),
        customer_id=after.payers,
        currency=table["currency"],
        recorded_on=table["recorded_on"].to_numpy(np.int64),
        was_issued=start.is_issued,
        is_issued=end.is_issued,
        opening=np.where(start.is_issued, amount - start.applied, 0),
        closing=np.where(end.is_issued, amount - end.applied, 0),
        cash=now[0] - then[0],
        other=now[1] - then[1],
        loss=now[2] - then[2],
        returned=returned,
        is_done=(end.settled_on < NEVER) | (end.sold_on < NEVER),
        receipts=receipts.groupby("currency", sort=True).sum().reset_index(),
    )


def _cash_taken_back(
    arrays: LedgerArrays, position: Position, known_before: int, first: int, evening: int
) -> Ints:
    """(invoices,) cents of cash that reversals of the days first … evening took back.

    position: at the same `evening`, by the facts recorded before the same morning.
    """
    link, cred, inv = arrays.allocations, arrays.credits, arrays.invoices
    is_visible = (link.recorded_on < known_before) & position.is_credited[link.credit]
    is_visible &= position.is_issued[link.invoice]
    back = known_reversals(arrays, is_visible, known_before, evening)
    undone = back.allocation
    payer, paid = link.credit[undone], link.invoice[undone]
    day = np.maximum(back.day, np.maximum(cred.happened_on[payer], inv.issued_on[paid]))
    counted = np.isin(cred.nature[payer], (PAYMENT, RECOVERY)) & (day >= first) & (day <= evening)
    cents = proportional_cents(back.cents, link.credit_amount[undone], link.amount[undone])
    cents_back = np.zeros(len(inv.amount), dtype=np.int64)
    np.add.at(cents_back, paid[counted], cents[counted])
    return cents_back


def _sums(position: Position, n: int) -> tuple[Ints, Ints, Ints]:
    """(n,) running cash, other credits and losses of each invoice at the end."""
    states = position.states
    last = np.flatnonzero(segment_ends(states.invoice))
    out = []
    for column in (states.cash, states.other, states.loss):
        cents = np.zeros(n, dtype=np.int64)
        cents[states.invoice[last]] = column[last]
        out.append(cents)
    return out[0], out[1], out[2]


def cash_between(books: Books, rows: Ints, first: Ints, last: Ints) -> Ints:
    """(k,) net cash on invoices (rows of the table, −1 = none) on the days first … last.

    As `books` know it: what was taken back later than `last` counts from that day only.
    """
    states = books.position.states
    key = states.invoice * WIDE + states.day
    total = np.append(states.cash, 0)

    def by(day: Ints) -> Ints:
        state = np.searchsorted(key, rows * WIDE + day, side="right") - 1
        is_its_state = (state >= 0) & (np.append(states.invoice, -2)[state] == rows)
        return np.where(is_its_state, total[state], 0)

    return by(last) - by(first - 1)
