"""How many moments and days are enough to learn from, and whose customers in a large ledger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Texts
from payrisk.ledger import History


@dataclass(frozen=True)
class Sampling:
    """How many moments and days are enough to learn from.

    issues, snapshots: moments of each kind at most. unpaid_rate: share of the days on which
    nothing arrived that are kept, each then weighing 1/rate; less where they would be more than
    unpaid_days, so that there are less than two million rows in all. whole_until: invoices above
    which only as many are learnt from, all of some customers.
    """

    issues: int = 150_000
    snapshots: int = 150_000
    unpaid_rate: float = 0.25
    unpaid_days: int = 1_500_000
    whole_until: int = 250_000

    def rate(self, days: int) -> float:
        """Share of so many days that is kept."""
        return min(self.unpaid_rate, self.unpaid_days / max(days, 1))

    def customers(self, ids: Texts) -> Flags:
        """(n,) whose customers are learnt from, by the hash of the id: the same ones next month.

        ids: of each invoice. All, unless there are more than `whole_until`.
        """
        if len(ids) <= self.whole_until:
            return np.ones(len(ids), dtype=bool)
        names, code = np.unique(ids, return_inverse=True)
        hashed = pd.util.hash_array(names, categorize=False) / 2.0**64
        return np.asarray(hashed < self.whole_until / len(ids))[code]


def is_sampled(history: History, sampling: Sampling) -> Flags:
    """(invoices of the ledger,) whose customers are learnt from, of those known on the morning.

    Invoices recorded later count for nothing: they may not change the share.
    """
    own = history.ledger.arrays.invoices
    known = np.flatnonzero(own.recorded_on < history.as_of)
    if len(known) <= sampling.whole_until:
        return np.ones(len(own.customer), dtype=bool)
    ids = np.asarray(history.ledger.arrays.customer_ids, dtype=object)[own.customer[known]]
    found = np.zeros(len(own.customer), dtype=bool)
    found[known] = sampling.customers(ids)
    return found
