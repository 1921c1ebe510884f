"""Cash of several currencies in one: by named rates of a type and a date, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Cents
from payrisk.calendar import NEVER, iso
from payrisk.cash.forecasting.apportion import apportion
from payrisk.cash.forecasting.forecast import LEVELS, CashForecast, quantile_name
from payrisk.cash.forecasting.grains import buckets
from payrisk.errors import InputError
from payrisk.money import decimals

TYPE = "spot"


@dataclass(frozen=True)
class BaseRates:
    """Rates of one type into a base currency, as known on one morning.

    table: columns from, to, type, valid_on, rate (units of `to` for one of `from`), known before
    the morning; factors: what a scenario multiplies the rate of a currency by.
    """

    base: str
    type: str
    table: pd.DataFrame
    factors: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, rates: pd.DataFrame, base: str, kind: str = TYPE) -> BaseRates:
        """From the ledger's `rates` known that morning, those of one type."""
        return cls(base, kind, rates[(rates["type"] == kind).to_numpy()].reset_index(drop=True))

    def shocked(self, currency: str, percent: float) -> BaseRates:
        """The same with one currency worth `percent` more in the base (negative: less).

        Raises InputError for the base itself or a loss of all value.
        """
        if currency == self.base:
            raise InputError(f"{currency} is the base; shock another currency against it.")
        if percent <= -100:
            raise InputError("A currency cannot lose more than all its value.")
        factor = self.factors.get(currency, 1.0) * (1 + percent / 100)
        return replace(self, factors={**self.factors, currency: factor})

    def at(self, currency: str, day: int) -> tuple[float, int]:
        """Units of the base for one of `currency` on a day, and the day that rate is of.

        The latest rate valid by that day; the inverse of the opposite rate where there is none.
        Raises InputError when neither is known.
        """
        factor = self.factors.get(currency, 1.0)
        if currency == self.base:
            return factor, day
        table = self.table[(self.table["valid_on"] <= day).to_numpy()]
        for source, other, inverse in ((currency, self.base, False), (self.base, currency, True)):
            rows = table[((table["from"] == source) & (table["to"] == other)).to_numpy()]
            if len(rows):
                last = rows.sort_values("valid_on", kind="stable").iloc[-1]
                rate = 1 / float(last["rate"]) if inverse else float(last["rate"])
                return rate * factor, int(last["valid_on"])
        raise InputError(
            f"No {self.type} rate from {currency} to {self.base} is known by {iso(day)};"
            " import one or choose another base currency or rate type."
        )

    def used(self, currencies: list[str], day: int) -> pd.DataFrame:
        """What was converted at what: currency, base, type, rate, rate_valid_on."""
        dated_rates = [self.at(currency, day) for currency in currencies]
        return pd.DataFrame(
            {
                "from": currencies,
                "to": self.base,
                "type": self.type,
                "rate": [rate for rate, _ in dated_rates],
                "rate_valid_on": np.array([on for _, on in dated_rates], dtype=np.int64),
            }
        )


def convert(cents: int, currency: str, base: str, rate: float) -> int:
    """Minor units of one currency in those of another, half to even.

    >>> convert(1000, "JPY", "EUR", 0.0061)
    610
    """
    return round(cents * rate * 10.0 ** (decimals(base) - decimals(currency)))


def convert_parts(parts: Cents, currency: str, base: str, rate: float) -> Cents:
    """Parts >= 0 of one total in another currency, summing to the converted total to the cent."""
    total = int(parts.sum())
    if total == 0:
        return np.zeros(len(parts), dtype=np.int64)
    whole = convert(total, currency, base, rate)
    done = apportion(np.array([whole], dtype=np.int64), parts[None, :] / total)
    return np.asarray(done[0])


def base_records(
    cash: CashForecast, grain: str, rates: BaseRates, on: int | None = None
) -> pd.DataFrame:
    """The whole forecast in the base currency, as `CashForecast.records`, at the rates of one day.

    on: that day, default as_of − 1, the last evening known.
    `expected` sums to the open balance converted currency by currency; quantiles are of the sum
    over currencies in each draw, at these rates: how the rates will move is not in them.
    """
    day = cash.as_of - 1 if on is None else on
    ours = buckets(grain, cash.as_of, cash.horizon_days)
    n = len(ours)
    groups, draws = cash.draws(grain)
    balance = cash.balance().set_index("currency")
    local = cash.by(grain)
    expected = np.zeros(n + 3, dtype=np.int64)
    drawn = np.zeros((draws.shape[0], n))
    for position, currency in enumerate(groups["currency"].astype(str)):
        rate = rates.at(currency, day)[0]
        local_expected = local.loc[local["currency"] == currency, "expected"].to_numpy(np.int64)
        rest = balance.loc[currency, ["settled_by_credits", "beyond_horizon", "never"]]
        parts = np.concatenate([local_expected, rest.to_numpy(np.int64)])
        expected += convert_parts(parts, currency, rates.base, rate)
        drawn += draws[:, position] * rate * 10.0 ** (decimals(rates.base) - decimals(currency))
    table = pd.DataFrame(
        {
            "as_of": cash.as_of,
            "currency": rates.base,
            "part": [grain] * n + ["settled_by_credits", "beyond_horizon", "never"],
            "starts_on": np.append(ours.starts_on, [NEVER] * 3),
            "ends_on": np.append(ours.ends_on, [NEVER] * 3),
            "expected": expected,
        }
    )
    quantiles = np.rint(np.quantile(drawn, LEVELS, axis=0, method="inverted_cdf"))
    for level, values in zip(LEVELS, quantiles, strict=True):
        table[quantile_name(level)] = pd.array([*values.astype(np.int64), *[None] * 3], "Int64")
    return table


def variance_in_base(
    totals: pd.DataFrame,
    parts: tuple[str, ...],
    frozen: Mapping[str, float],
    actual: Mapping[str, float],
    base: str,
) -> pd.DataFrame:
    """A variance by currency in the base, one row a currency and one for all.

    totals: as `Variance.totals`. frozen: rates of the forecast; actual: average rates at which
    each currency's cash came. The parts are valued at the frozen rates; what the rates moved,
    with the cents of rounding, is `fx`, so the parts still sum to the variance.
    """
    rows = []
    for row in totals.to_dict("records"):
        currency = str(row["currency"])
        was = frozen[currency]
        now = actual.get(currency, was)
        out: dict[str, Any] = {"from": currency, "currency": base}
        out |= {"frozen_rate": was, "actual_rate": now}
        out["expected"] = convert(row["expected"], currency, base, was)
        out |= {p: convert(row[p], currency, base, was) for p in parts if p != "fx"}
        out["actual"] = convert(row["actual"], currency, base, now)
        out["variance"] = out["actual"] - out["expected"]
        out["fx"] = out["variance"] - sum(out[p] for p in parts if p != "fx")
        rows.append(out)
    names = [
        "from",
        "currency",
        "frozen_rate",
        "actual_rate",
        "expected",
        *parts,
        "actual",
        "variance",
    ]
    table = pd.DataFrame(rows, columns=names)
    if len(table):
        cents = ["expected", *parts, "actual", "variance"]
        whole = {**table[cents].sum().astype("int64").to_dict(), "from": "all", "currency": base}
        table = pd.concat([table, pd.DataFrame([whole])], ignore_index=True)[names]
    return table
