"""What then happened to each invoice, or up to which day it is known to have stayed open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger import Books

OUTCOME_COLUMNS = ("paid_on", "closed_on", "closed_by", "last_known_on", "books_end_on")


def with_outcomes(rows: pd.DataFrame, books: Books) -> pd.DataFrame:
    """The rows with paid_on, closed_on, closed_by, last_known_on and books_end_on.

    rows: invoice_id, instalment. `last_known_on` is the last evening on which what happened is
    known: NEVER once the invoice is closed (nothing will change), the day before a sale, else the
    books' evening, which `books_end_on` is for every row. Raises KeyError when an invoice is not
    in the books.
    """
    key = ["invoice_id", "instalment"]
    known = books.invoices().set_index(key)
    index = pd.MultiIndex.from_frame(rows[key])
    if not index.isin(known.index).all():
        raise KeyError("an invoice to be judged is not in the books")
    found = known.loc[index]
    paid = found["paid_on"].to_numpy(dtype=np.int64)
    closed = found["closed_on"].to_numpy(dtype=np.int64)
    sold = found["sold_on"].to_numpy(dtype=np.int64)
    is_sold = sold <= closed
    is_sold &= sold < NEVER
    last = np.where(closed < NEVER, NEVER, books.close_of)
    return rows.assign(
        paid_on=np.where(is_sold, NEVER, paid),
        closed_on=np.where(is_sold, NEVER, closed),
        closed_by=found["closed_by"].where(~is_sold, None).to_numpy(),
        last_known_on=np.where(is_sold, sold - 1, last),
        books_end_on=books.close_of,
    )


def settled_before(rows: pd.DataFrame) -> pd.Series:
    """True where the invoice was closed before the row's as_of: nothing was left to predict."""
    return (rows["closed_on"] < rows["as_of"]) | (rows["last_known_on"] < rows["as_of"])
