"""How late a customer has paid so far, as known on any morning, by prefix sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Days, Floats, Ints
from payrisk.receivables.days_late import PAID, SettlementHistory

_SHIFT = 1 << 32  # days, those before 1970 too, fit on either side; customer codes go above


@dataclass(frozen=True)
class Lateness:
    """Settled invoices sorted by customer and the day they could be known, with running sums.

    customers: the ids that have any; key: (settled,) sorted customer-and-day; sums: name →
    (settled + 1,) integers. Integers only, so no answer depends on the order of the ledger.
    """

    customers: pd.Index
    key: Ints
    sums: dict[str, Ints]

    @classmethod
    def of(cls, waiting: SettlementHistory) -> Lateness:
        """The settled invoices of what was known."""
        paid = waiting.frame[waiting.frame["outcome"] == PAID]
        codes, customers = pd.factorize(paid["customer_id"])
        visible = paid["visible_on"].to_numpy(dtype=np.int64)
        key = codes.astype(np.int64) * _SHIFT + visible
        order = np.argsort(key, kind="stable")
        late = paid["days_late"].to_numpy(dtype=np.int64)[order]
        values = {
            "days_late": late,
            "squared": late * late,
            "is_late": (late > 0).astype(np.int64),
        }
        sums = {name: np.concatenate([[0], np.cumsum(v)]) for name, v in values.items()}
        return cls(pd.Index(customers), key[order], sums)

    @property
    def mean_of_all(self) -> float:
        """Mean days late of the whole ledger; 0 when nothing is settled."""
        n = len(self.key)
        return float(self.sums["days_late"][-1] / n) if n else 0.0

    def known(self, customer_ids: pd.Series, mornings: Days) -> LatenessKnown:
        """What was known of each row's customer on its morning."""
        code = self.customers.get_indexer(pd.Index(customer_ids)).astype(np.int64)
        first = np.searchsorted(self.key, np.maximum(code, 0) * _SHIFT - _SHIFT // 2)
        last = np.searchsorted(self.key, np.maximum(code, 0) * _SHIFT + mornings)
        return LatenessKnown(self, np.where(code < 0, 0, first), np.where(code < 0, 0, last))


@dataclass(frozen=True)
class LatenessKnown:
    """Ranges of settled invoices, one a row: those known of its customer on its morning."""

    lateness: Lateness
    first: Ints
    last: Ints

    @property
    def n(self) -> Ints:
        """(n,) settled invoices known."""
        return np.asarray(self.last - self.first)

    def mean(self, name: str = "days_late", latest: int | None = None) -> Floats:
        """(n,) mean of a value over all of them or the latest few; NaN where there are none."""
        first = self.first if latest is None else np.maximum(self.first, self.last - latest)
        total = self.lateness.sums[name]
        n = self.last - first
        return np.where(n > 0, (total[self.last] - total[first]) / np.maximum(n, 1), np.nan)
