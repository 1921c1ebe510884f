"""The most a customer was billed in so many days in a row: what it owes at its peak."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from payrisk.arrays import Ints
from payrisk.ledger import History

PEAK_DAYS = 396
"""Days looked back on for a peak: a year and a month, so that a season is still in view when it
comes again."""


class BillingPeaks:
    """What every customer was billed, day by day, gross, as known one morning."""

    def __init__(self, history: History) -> None:
        """Read nothing until a peak is asked for."""
        self._history = history

    def most(self, customer_id: str, currency: str, days: int) -> int:
        """The most billed within `days` days that end in the last `PEAK_DAYS`, in minor units."""
        bills = self._bills.get((customer_id, currency))
        if bills is None:
            return 0
        issued, total = bills
        first = np.searchsorted(issued, issued - days, side="right")
        within = total[1:] - total[first]
        is_recent = issued > self._history.close_of - PEAK_DAYS
        return int(within[is_recent].max(initial=0))

    @cached_property
    def _bills(self) -> dict[tuple[str, str], tuple[Ints, Ints]]:
        """(customer, currency) → days of issue (n,) in order, and sums before each (n + 1,)."""
        rows = self._history.invoices()
        rows = rows[rows["amount"] > 0].groupby(["customer_id", "currency", "issued_on"])
        daily = rows["amount"].sum().reset_index()
        keys = daily["customer_id"].astype(str), daily["currency"].astype(str)
        days, cents = (daily[c].to_numpy(np.int64) for c in ("issued_on", "amount"))
        starts = np.flatnonzero(
            np.append(
                True,
                (keys[0][1:].to_numpy() != keys[0][:-1].to_numpy())
                | (keys[1][1:].to_numpy() != keys[1][:-1].to_numpy()),
            )
        )[: len(daily)]
        ends = np.append(starts[1:], len(daily))
        return {
            (keys[0].iloc[a], keys[1].iloc[a]): (
                days[a:b],
                np.concatenate([[0], np.cumsum(cents[a:b])]),
            )
            for a, b in zip(starts, ends, strict=True)
        }
