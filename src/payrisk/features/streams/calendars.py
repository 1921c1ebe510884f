"""Which country's business days govern when the cash of an invoice can arrive."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.arrays import Texts
from payrisk.ledger import Books


def row_countries(rows: pd.DataFrame) -> Texts:
    """(n,) the rows' own `country`; None where it is empty or there is no such column."""
    if "country" not in rows.columns:
        return np.full(len(rows), None, dtype=object)
    return _or_none(rows["country"])


def governing_countries(books: Books, invoices: pd.DataFrame) -> Texts:
    """(n,) the customer's country, else our entity's bank's, else the entity's, else None."""
    codes = row_countries(invoices)
    if "entity_id" not in invoices.columns or all(code is not None for code in codes):
        return codes
    entities = books.known_rows("entities").drop_duplicates("entity_id").set_index("entity_id")
    for column in ("bank_calendar", "country"):
        named = _or_none(entities[column].reindex(pd.Index(invoices["entity_id"])))
        codes = np.where(codes == None, named, codes)  # noqa: E711 - elementwise
    return codes


def _or_none(codes: pd.Series) -> Texts:
    out = np.empty(len(codes), dtype=object)
    # a missing code is a float or None, whatever the column is made of
    out[:] = [code if isinstance(code, str) and code else None for code in codes.array]
    return out
