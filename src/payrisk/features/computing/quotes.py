"""Quotes: invoices that the ledger need not hold, as plain columns for a few asked at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from payrisk.arrays import Ints


@dataclass(frozen=True)
class Quotes:
    """(n,) invoices as their asker states them; a table of them costs more than their curves.

    issued_on, due_on: days. amount: cents of the currency. country: None where it is not known.
    """

    invoice_id: Sequence[str]
    customer_id: Sequence[str]
    issued_on: Ints
    due_on: Ints
    amount: Ints
    currency: Sequence[str]
    country: Sequence[str | None]

    def __len__(self) -> int:
        return len(self.invoice_id)

    def in_known_countries(self, countries: Mapping[str, str | None]) -> Quotes:
        """Those that state no country in that of their customer."""
        pairs = zip(self.customer_id, self.country, strict=True)
        return replace(self, country=[stated or countries.get(who) for who, stated in pairs])

    def frame(self) -> pd.DataFrame:
        """The same as a table whose columns are those of `Books.invoices()`."""
        columns = dict(vars(self))
        columns["country"] = pd.Series(list(self.country), dtype=object)
        columns |= {"instalment": np.ones(len(self), np.int64), "residual": self.amount}
        return pd.DataFrame(columns)
