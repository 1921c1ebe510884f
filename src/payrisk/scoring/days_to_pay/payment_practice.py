"""How companies pay in a country, as published: what a ledger too young to tell starts from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Ints, Probabilities, Texts
from payrisk.calendar import iso_country
from payrisk.receivables.days_late import EARLIEST, LATEST
from payrisk.scoring.days_to_pay.curve import LagHazards

ELSEWHERE = "elsewhere"
"""The entry of countries without one of their own, and where nobody tells a country."""
NUMBERS = ("never_paid", "mean_days_early", "mean_days_late", "mean_days_closed", "weight")
LAGS = np.arange(EARLIEST, LATEST + 1)
LEAST, MOST = 1e-6, 1.0 - 1e-9
"""The share still open from which on nothing is told, and the most a daily chance may be."""


@dataclass(frozen=True)
class PaymentPractice:
    """Shares paid on time by country, and the mean days by which payments are late or early.

    paid_on_time: country code, or ELSEWHERE → share. never_paid: share closed without cash. Days
    early, late and to closing are exponential. weight: how many invoices of one's own the whole
    counts for. Figures and their sources: `payment_practice.toml`; the form is ADR 0064.
    """

    paid_on_time: Mapping[str, float]
    never_paid: float
    mean_days_early: float
    mean_days_late: float
    mean_days_closed: float
    weight: float

    def places(self, countries: Texts) -> Ints:
        """(n,) the row of `hazards` each country takes; None is an unknown one."""
        index = pd.Index(list(self.paid_on_time))
        place, named = pd.factorize(np.asarray(countries, dtype=object))
        rows = index.get_indexer([iso_country(code).partition("-")[0] for code in named])
        elsewhere = list(self.paid_on_time).index(ELSEWHERE)
        rows = np.append(np.where(rows < 0, elsewhere, rows), elsewhere)
        return np.asarray(rows[place], dtype=np.int64)

    def hazards(self, usual: LagHazards) -> LagHazards:
        """(countries,) rows: cash and closing without cash, as published.

        Where too few are left open for the published shape to say more, `usual` (one row) goes on.
        """
        shares = np.array(list(self.paid_on_time.values()))[:, None]
        early = _exponential(-LAGS, LAGS <= 0, self.mean_days_early)
        late, shut = (
            _exponential(LAGS, LAGS > 0, mean)
            for mean in (self.mean_days_late, self.mean_days_closed)
        )
        paid = shares * early + (1.0 - shares - self.never_paid) * late
        closed = np.broadcast_to(self.never_paid * shut, paid.shape)
        ended = np.cumsum(paid + closed, axis=1)
        still = 1.0 - np.hstack([np.zeros((len(shares), 1)), ended[:, :-1]])
        is_told, least = still > LEAST, np.maximum(still, LEAST)
        cash = np.where(is_told, paid / least, usual.cash)
        other = np.where(is_told, closed / least, usual.other)
        return LagHazards(np.minimum(cash, MOST - other), other, usual.tail)

    def sentence(self) -> str:
        """What a reader of answers that start from it has to know."""
        return (
            "The ledger is young: how companies pay by country, as published (UK payment-practice"
            f" reports of 2025, CRIBIS 2018), counts like {self.weight:g} settled invoices of its"
            " own. Expect wide intervals."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self) | {"paid_on_time": dict(self.paid_on_time)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> PaymentPractice:
        """What `to_json` gave."""
        shares = {str(code): float(share) for code, share in body["paid_on_time"].items()}
        numbers = {name: float(body[name]) for name in NUMBERS}
        return cls(shares, **numbers)


def _exponential(days: Ints, is_counted: Flags, mean: float) -> Probabilities:
    """Shares that add up to 1 over the days counted, falling by the mean."""
    shares = np.where(is_counted, np.exp(-np.maximum(days, 0) / mean), 0.0)
    return np.asarray(shares / shares.sum())


@cache
def published_practice(weight: float) -> PaymentPractice:
    """The published figures, counting for so many invoices."""
    text = Path(__file__).with_name("payment_practice.toml").read_text("utf-8")
    return PaymentPractice.from_json(tomllib.loads(text) | {"weight": weight})
