"""What then happened to each invoice, or up to which day it is known to have stayed open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import Books
from payrisk.receivables.between_lists.settlement_intervals import SettlementIntervals

OUTCOME_COLUMNS = (
    "paid_on",
    "earliest_on",
    "closed_on",
    "closed_by",
    "last_known_on",
    "books_end_on",
)


def with_outcomes(rows: pd.DataFrame, books: Books) -> pd.DataFrame:
    """The rows with the OUTCOME_COLUMNS: what happened, and up to when that is known.

    rows: invoice_id, instalment. `earliest_on` is before `paid_on` where the payment is known to
    have come between the two days, both included, and the same otherwise. `last_known_on` is the
    last evening on which what happened is known: NEVER once the invoice is closed (nothing will
    change), the day before a sale, else the books' evening, or that of the last list where lists
    alone tell of payments. `books_end_on` is the books' evening for every row. Raises KeyError
    when an invoice is not in the books.
    """
    key = ["invoice_id", "instalment"]
    between, issued = SettlementIntervals.of(books), books.position.is_issued
    earliest = books.position.settled_on.copy()
    earliest[between.invoice[between.settles]] = between.earliest[between.settles]
    known = books.invoices()
    known = known.assign(
        earliest_on=np.minimum(known["paid_on"].to_numpy(), earliest[issued]),
        known_until=between.known_until[issued],
    ).set_index(key)
    index = pd.MultiIndex.from_frame(rows[key])
    if not index.isin(known.index).all():
        raise KeyError("an invoice to be judged is not in the books")
    found = known.loc[index]
    paid = found["paid_on"].to_numpy(dtype=np.int64)
    closed = found["closed_on"].to_numpy(dtype=np.int64)
    sold = found["sold_on"].to_numpy(dtype=np.int64)
    is_sold = sold <= closed
    is_sold &= sold < NEVER
    last = np.where(closed < NEVER, NEVER, found["known_until"].to_numpy(dtype=np.int64))
    return rows.assign(
        paid_on=np.where(is_sold, NEVER, paid),
        earliest_on=np.where(is_sold | (paid >= NEVER), NEVER, found["earliest_on"].to_numpy()),
        closed_on=np.where(is_sold, NEVER, closed),
        closed_by=found["closed_by"].where(~is_sold, None).to_numpy(),
        last_known_on=np.where(is_sold, sold - 1, last),
        books_end_on=books.close_of,
    )


def settled_before(rows: pd.DataFrame) -> pd.Series:
    """True where the invoice was closed before the row's as_of: nothing was left to predict."""
    return (rows["closed_on"] < rows["as_of"]) | (rows["last_known_on"] < rows["as_of"])
