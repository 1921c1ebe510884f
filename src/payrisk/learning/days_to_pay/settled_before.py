"""The settled invoices known of a customer on each morning, for the recipe of `l1-boosting`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Ints

_SHIFT = 1 << 32  # days, those before 1970 too, fit on either side; customer codes go above


@dataclass(frozen=True)
class SettledBefore:
    """(n,) ranges of settled invoices, sorted by customer and the day they could be known.

    sums: name → (settled + 1,) running sums of integers, so that no answer depends on the order
    of the ledger. first, last: (n,) the range known of each row's customer on its morning.
    """

    sums: dict[str, Ints]
    first: Ints
    last: Ints

    @classmethod
    def of(cls, paid: pd.DataFrame, customer_ids: pd.Series, mornings: Days) -> SettledBefore:
        """The ranges of rows' customers and mornings; paid: invoices settled by cash."""
        codes, customers = pd.factorize(paid["customer_id"])
        key = codes.astype(np.int64) * _SHIFT + paid["visible_on"].to_numpy(dtype=np.int64)
        order = np.argsort(key, kind="stable")
        key = key[order]
        late = paid["days_late"].to_numpy(dtype=np.int64)[order]
        values = {
            "days_late": late,
            "squared": late * late,
            "is_late": (late > 0).astype(np.int64),
        }
        sums = {name: np.concatenate([[0], np.cumsum(v)]) for name, v in values.items()}
        code = pd.Index(customers).get_indexer(pd.Index(customer_ids)).astype(np.int64)
        base = np.maximum(code, 0) * _SHIFT
        first = np.searchsorted(key, base - _SHIFT // 2)
        last = np.searchsorted(key, base + mornings)
        return cls(sums, np.where(code < 0, 0, first), np.where(code < 0, 0, last))

    @property
    def n(self) -> Ints:
        """(n,) settled invoices known."""
        return np.asarray(self.last - self.first)

    def mean(self, name: str, latest: int | None = None) -> Floats:
        """(n,) mean of a value over all of them or the latest few; NaN where there are none."""
        first = self.first if latest is None else np.maximum(self.first, self.last - latest)
        total = self.sums[name]
        n = self.last - first
        return np.where(n > 0, (total[self.last] - total[first]) / np.maximum(n, 1), np.nan)
