"""What returned payments took back from each invoice over some days."""

from __future__ import annotations

import numpy as np

from payrisk.arrays import Ints
from payrisk.ledger.books.position import Position
from payrisk.ledger.books.reversals import carried_over, undone
from payrisk.ledger.facts.arrays import PAYMENT, RECOVERY, LedgerArrays


def given_back(
    arrays: LedgerArrays, position: Position, known: int, first: int, evening: int
) -> Ints:
    """(invoices,) cents of cash that reversals of the days first … evening took back.

    position: at the same `evening`, by the facts recorded before the same morning `known`.
    """
    link, cred, inv = arrays.allocations, arrays.credits, arrays.invoices
    ok = (link.recorded_on < known) & position.is_credited[link.credit]
    ok &= position.is_issued[link.invoice]
    back = undone(arrays, ok, known, evening)
    at = back.allocation
    payer, paid = link.credit[at], link.invoice[at]
    day = np.maximum(back.day, np.maximum(cred.happened_on[payer], inv.issued_on[paid]))
    counted = np.isin(cred.nature[payer], (PAYMENT, RECOVERY)) & (day >= first) & (day <= evening)
    cents = carried_over(back.cents, link.credit_amount[at], link.amount[at])
    out = np.zeros(len(inv.amount), dtype=np.int64)
    np.add.at(out, paid[counted], cents[counted])
    return out
