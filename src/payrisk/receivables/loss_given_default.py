"""Loss given default: what own defaults cost in the end, after cash, its cost and VAT."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from payrisk.arrays import Floats, Ints
from payrisk.calendar import NEVER
from payrisk.ledger import DefaultRule, History

WORKOUT_DAYS = 365
"""Days after which what a default has not brought back counts as lost."""

YEAR = 365
Z_90 = 1.645

COLUMNS = (
    "customer_id",
    "currency",
    "default_on",
    "is_secured",
    "exposure",
    "recovered",
    "discounted",
    "loss_rate",
)


@dataclass(frozen=True)
class LossRate:
    """The share of an exposure at default that is lost; 90 % bounds of its mean over n defaults.

    is_assumed: too few own defaults are worked out, so it is the policy's constant; low, high are
    None then.
    """

    rate: float
    n: int = 0
    low: float | None = None
    high: float | None = None
    is_assumed: bool = True


@dataclass(frozen=True)
class LossMeasures:
    """How own defaults are worked out, and the constant where fewer than `least` are.

    discount_rate, cost_rate: as in `worked_out_defaults`.
    """

    assumed: float = 0.65
    least: int = 20
    discount_rate: float = 0.0
    cost_rate: float = 0.0


class OwnLosses:
    """What own defaults lost, of secured customers and of others, worked out when it is asked."""

    def __init__(
        self, history: History, is_secured: Callable[[str, int], bool], measures: LossMeasures
    ) -> None:
        """is_secured: asked with a customer and the day its default began."""
        self._history, self._is_secured, self._measures = history, is_secured, measures

    def rate(self, *, is_secured: bool) -> LossRate:
        """The share that is lost of customers who are secured, or who are not."""
        rates = self._rates
        return rates[1] if is_secured else rates[0]

    @cached_property
    def defaults(self) -> pd.DataFrame:
        """The defaults worked out, as `worked_out_defaults` lists them."""
        measures = self._measures
        return worked_out_defaults(
            self._history,
            self._is_secured,
            discount_rate=measures.discount_rate,
            cost_rate=measures.cost_rate,
        )

    @cached_property
    def _rates(self) -> tuple[LossRate, LossRate]:
        worked_out, measures = self.defaults, self._measures
        secured = worked_out["is_secured"].to_numpy(dtype=bool)
        rates = worked_out["loss_rate"].to_numpy(dtype=np.float64)
        others, insured = (
            loss_rate(part, assumed=measures.assumed, least=measures.least)
            for part in (rates[~secured], rates[secured])
        )
        return others, insured


def worked_out_defaults(
    history: History,
    is_secured: Callable[[str, int], bool],
    *,
    discount_rate: float,
    cost_rate: float,
    rule: DefaultRule | None = None,
) -> pd.DataFrame:
    """Every default known that is worked out: one row a spell and currency; see COLUMNS.

    exposure: cents owed the evening before it began. recovered: cash that came for these invoices
    within `WORKOUT_DAYS`; discounted: of its day at `discount_rate` a year, less `cost_rate` of
    it. loss_rate: the rest over the exposure, less the VAT that a lost invoice lets us reclaim
    (its `tax_amount`), at least 0. Worked out is what began so long ago, or has nothing left open.
    is_secured: asked with the customer and the day it began.
    """
    spells = history.defaults(rule)
    frame = history.invoices().assign(row=np.flatnonzero(history.position.is_issued))
    frame = frame[frame["customer_id"].isin(spells["customer_id"])]
    of_customer = dict(iter(frame.groupby("customer_id")))
    rows = []
    for spell in spells.to_dict("records"):
        invoices = of_customer.get(spell["customer_id"])
        if invoices is None:  # an insolvency of somebody who was never billed
            continue
        parts = _exposures(history, invoices, int(spell["default_on"]))
        is_old = history.as_of - spell["default_on"] > WORKOUT_DAYS
        for currency, part in parts.groupby("currency"):
            if not (is_old or part["is_closed"].all()):
                continue
            rows.append(
                _worked_out(history, part, int(spell["default_on"]), discount_rate, cost_rate)
                | {
                    "customer_id": spell["customer_id"],
                    "currency": currency,
                    "default_on": spell["default_on"],
                    "is_secured": is_secured(spell["customer_id"], int(spell["default_on"])),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def loss_rate(rates: Floats, *, assumed: float, least: int) -> LossRate:
    """The mean loss of own defaults, each counted once; the constant where they are too few."""
    n = len(rates)
    if n < max(least, 2):
        return LossRate(assumed, n)
    mean = math.fsum(rates) / n
    spread = math.sqrt(math.fsum((rate - mean) ** 2 for rate in rates) / (n - 1) / n)
    low, high = max(0.0, mean - Z_90 * spread), min(1.0, mean + Z_90 * spread)
    return LossRate(mean, n, low, high, is_assumed=False)


def _exposures(history: History, frame: pd.DataFrame, default_on: int) -> pd.DataFrame:
    """Of a customer's invoices those owed the evening before, with what was left of each."""
    is_there = (frame["issued_on"] < default_on) & (
        frame[["closed_on", "sold_on"]].min(axis=1) >= default_on
    )
    frame = frame[is_there.to_numpy()]
    row = frame["row"].to_numpy(np.int64)
    owed = frame["amount"].to_numpy(np.int64) - _before(history, row, default_on)[0]
    facts = history.facts.tables["invoices"]["tax_amount"].iloc[row]
    tax = facts.astype("float64").fillna(0).to_numpy()
    frame = frame.assign(
        owed=owed,
        vat_share=np.clip(tax / np.maximum(frame["amount"].to_numpy(), 1), 0, 1),
        is_closed=(frame["closed_on"] < NEVER) | (frame["sold_on"] < NEVER),
    )
    return frame[owed > 0]


def _before(history: History, row: Ints, day: int) -> tuple[Ints, Ints]:
    """(rows,) what each invoice had been reduced by, and the cash of it, before a day."""
    states = history.position.states
    out = np.zeros((2, len(row)), dtype=np.int64)
    starts = np.searchsorted(states.invoice, row, side="left")
    ends = np.searchsorted(states.invoice, row, side="right")
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        last = start + int(np.searchsorted(states.day[start:end], day)) - 1
        if last >= start:
            out[:, place] = states.reduction[last], states.cash[last]
    return out[0], out[1]


def _worked_out(
    history: History, part: pd.DataFrame, default_on: int, discount_rate: float, cost_rate: float
) -> dict[str, float]:
    states = history.position.states
    exposure, recovered, discounted, loss = 0, 0, 0.0, 0.0
    before = _before(history, part["row"].to_numpy(), default_on)[1]
    for row, owed, share, cash in zip(
        part["row"], part["owed"], part["vat_share"], before, strict=True
    ):
        start, end = np.searchsorted(states.invoice, [row, row + 1])
        day, total = states.day[start:end], states.cash[start:end]
        within = (day >= default_on) & (day <= default_on + WORKOUT_DAYS)
        came = np.diff(np.append(cash, total[within]))
        worth = came * (1 + discount_rate) ** (-(day[within] - default_on) / YEAR)
        net = min(max(float(worth.sum()) * (1 - cost_rate), 0.0), float(owed))
        exposure += int(owed)
        recovered += int(came.sum())
        discounted += net
        loss += (owed - net) * (1 - share)
    return {
        "exposure": exposure,
        "recovered": recovered,
        "discounted": round(discounted),
        "loss_rate": loss / exposure,
    }
