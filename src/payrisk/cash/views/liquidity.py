"""Liquidity at risk: how likely the cash that has come by a day is below what is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import day_of
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.errors import InputError
from payrisk.money import typed_amount_cents

MOST_DIGITS = 18
"""Of an amount in minor units, as anywhere in the house."""


@dataclass(frozen=True)
class CashRequirement:
    """Cents of a currency that must have come to an entity by the evening of a day."""

    currency: str
    by_day: int
    amount: int
    entity_id: str = ""


@dataclass(frozen=True)
class DrawnReceipts:
    """Cash to come by currency and day from as_of on, in cents: expected, and in every draw.

    layer: which cash it is. currencies: (c,). expected: (c, h). draws: (n_draws, c, h).
    """

    layer: str
    as_of: int
    currencies: tuple[str, ...]
    expected: Floats
    draws: Floats

    @classmethod
    def of_open_invoices(cls, cash: CashForecast, layer: str) -> Self:
        """The cash of open invoices alone."""
        groups, draws = cash.draws("day")
        names = tuple(str(name) for name in groups["currency"])
        expected = np.zeros((len(names), cash.horizon_days))
        place = pd.Index(names).get_indexer(cash.invoices["currency"].astype(str))
        np.add.at(expected, place, cash.expected[:, : cash.horizon_days])
        return cls(layer, cash.as_of, names, expected, draws)


def shortfalls(receipts: DrawnReceipts, needs: Sequence[CashRequirement]) -> pd.DataFrame:
    """For each need: the chance that cash from as_of to that evening falls short, and by how much.

    layer, currency, by_on, need, expected, p05 and p01 of the cash (the amounts exceeded with 95 %
    and 99 %), probability_below with its standard error over the draws, mean_shortfall (cents
    missing on average when it falls short). It is a flow: what is in the bank that morning is not
    in it. Raises InputError for a day outside the horizon or a currency in which nothing comes.
    """
    rows = []
    for need in needs:
        column = need.by_day - receipts.as_of
        if not 0 <= column < receipts.expected.shape[1]:
            raise InputError("A need must fall within the forecast's days; use a longer horizon.")
        if need.currency not in receipts.currencies:
            raise InputError(f"No cash is expected in {need.currency}; name another currency.")
        place = receipts.currencies.index(need.currency)
        came = receipts.draws[:, place, : column + 1].sum(axis=1)
        # draws are floats of whole cents: half a cent is no shortfall
        short = came < need.amount - 0.5
        chance = float(short.mean())
        rows.append(
            {
                "layer": receipts.layer,
                "currency": need.currency,
                "by_on": need.by_day,
                "need": need.amount,
                "expected": round(float(receipts.expected[place, : column + 1].sum())),
                "p05": round(float(np.quantile(came, 0.05, method="inverted_cdf"))),
                "p01": round(float(np.quantile(came, 0.01, method="inverted_cdf"))),
                "probability_below": chance,
                "standard_error": float(np.sqrt(chance * (1 - chance) / len(came))),
                "mean_shortfall": round(float((need.amount - came[short]).mean()))
                if short.any()
                else 0,
            }
        )
    return pd.DataFrame(rows)


def need_from_text(text: str) -> CashRequirement:
    """The need of a text CURRENCY:AMOUNT:DATE[:ENTITY], the amount in whole units.

    Raises InputError for any other text.

    >>> need_from_text("EUR:2500.00:1970-01-11")
    CashRequirement(currency='EUR', by_day=10, amount=250000, entity_id='')
    """
    parts = text.split(":")
    if len(parts) not in (3, 4):
        raise InputError(
            "A need is written CURRENCY:AMOUNT:DATE or CURRENCY:AMOUNT:DATE:ENTITY, like"
            " EUR:250000.00:2025-06-30:DE01."
        )
    (currency, amount, date), entity = parts[:3], "".join(parts[3:])
    if len(amount) > MOST_DIGITS:
        raise InputError(f"An amount has at most {MOST_DIGITS} digits.")
    cents = typed_amount_cents(amount, currency)
    if abs(cents) >= 10**MOST_DIGITS:
        raise InputError(f"An amount has at most {MOST_DIGITS} digits.")
    return CashRequirement(currency, day_of(date), cents, entity)
