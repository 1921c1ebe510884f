"""The usual currency of each customer, read anew from 'Exposure' of docs/design.md alone."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable
from fractions import Fraction

from support.plain.files import EPOCH, Row, half_even

YEAR = 365


class PlainUsual:
    """In which currency whoever it is is usually billed, as known on one morning."""

    def __init__(
        self,
        invoices: list[tuple[str, Row]],
        evening: int,
        rate: Callable[[str, str], Fraction | None],
    ) -> None:
        """invoices: every one known, with the name its customer goes by."""
        self.evening, self.rate = evening, rate
        self.everyones = Counter(row["currency"] for _, row in invoices)
        self.billed: dict[str, list[Row]] = defaultdict(list)
        for customer, row in invoices:
            self.billed[customer].append(row)

    def of(self, customer: str) -> str:
        rows = self.billed.get(customer, [])
        months: dict[tuple[str, int, int], int] = defaultdict(int)
        for row in rows:
            if self.evening - YEAR < row["issued_on"] <= self.evening:
                issued = dt.date.fromordinal(row["issued_on"] + EPOCH)
                months[row["currency"], issued.year, issued.month] += row["amount"]
        if months:
            return self._largest(months)
        return _most(Counter(row["currency"] for row in rows) or self.everyones)

    def _largest(self, months: dict[tuple[str, int, int], int]) -> str:
        first = min(currency for currency, _, _ in months)
        largest: dict[str, int] = {}
        for (currency, _, _), billed in months.items():
            rate = self.rate(currency, first)
            worth = billed if rate is None else half_even(billed * rate)
            largest[currency] = max(largest.get(currency, worth), worth)
        return min(largest, key=lambda currency: (-largest[currency], currency))


def _most(counted: Counter[str]) -> str:
    """What was counted most often; of equals the first by name."""
    return min(counted, key=lambda name: (-counted[name], name))
