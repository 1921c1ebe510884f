"""Rates of one morning: what an amount in one currency comes to in another, and by which rate."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.ledger import History
from payrisk.money import decimals


@dataclass(frozen=True)
class Rate:
    """One unit of `base` in units of `quote`, as the rate table has it of a day."""

    base: str
    quote: str
    value: float
    type: str
    valid_on: int

    @property
    def text(self) -> str:
        """The rate as people write it.

        >>> Rate("USD", "EUR", 0.92, "spot", 20_000).text
        '1 USD = 0.92 EUR (spot, 2024-10-04)'
        """
        return f"1 {self.base} = {self.value:.6g} {self.quote} ({self.type}, {iso(self.valid_on)})"

    @property
    def quote_minor_units(self) -> float:
        """One minor unit of `base` in minor units of `quote`."""
        return self.value * 10.0 ** (decimals(self.quote) - decimals(self.base))

    def convert(self, cents: int) -> int:
        """Minor units of `base` as minor units of `quote`, half to even."""
        scale = 10.0 ** (decimals(self.quote) - decimals(self.base))
        return int(np.rint(cents * self.value * scale))


class KnownRates:
    """The latest rate of each pair of currencies that was known one morning.

    Either way round, or over one third currency, the one whose older rate is the newest.
    """

    def __init__(self, history: History) -> None:
        """Read the rate table of one history."""
        table = history.known_rows("rates")
        table = table[(table["valid_on"] <= history.close_of) & (table["rate"] > 0)]
        order = table.sort_values(["valid_on", "type"], kind="stable")
        latest = order.drop_duplicates(["from", "to"], keep="last")
        self._rates: dict[tuple[str, str], Rate] = {}
        for row in latest.to_dict("records"):
            self._keep(_rate(row))
        self._currencies = sorted({currency for pair in self._rates for currency in pair})

    def _keep(self, rate: Rate) -> None:
        inverse = Rate(rate.quote, rate.base, 1 / rate.value, rate.type, rate.valid_on)
        for one in (rate, inverse):
            before = self._rates.get((one.base, one.quote))
            if before is None or one.valid_on > before.valid_on:
                self._rates[one.base, one.quote] = one

    def all_rates(self) -> list[Rate]:
        """The rate between any two of the currencies, in order of their names."""
        pairs = itertools.permutations(self._currencies, 2)
        return [rate for base, quote in pairs if (rate := self.rate(base, quote)) is not None]

    def rate(self, base: str, quote: str) -> Rate | None:
        """The rate between two currencies; None where none is known."""
        if (direct := self._rates.get((base, quote))) is not None:
            return direct
        crossed = [
            (first, second)
            for third in self._currencies
            if (first := self._rates.get((base, third))) is not None
            and (second := self._rates.get((third, quote))) is not None
        ]
        if not crossed:
            return None
        first, second = max(crossed, key=lambda pair: min(r.valid_on for r in pair))
        older = min(first, second, key=lambda r: r.valid_on)
        kind = f"{first.type} over {first.quote}"
        return Rate(base, quote, first.value * second.value, kind, older.valid_on)


def _rate(row: dict[str, object]) -> Rate:
    values = pd.Series(row)
    return Rate(
        str(values["from"]),
        str(values["to"]),
        float(values["rate"]),
        str(values["type"]),
        int(values["valid_on"]),
    )
