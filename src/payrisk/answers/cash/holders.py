"""Each entity's money in a currency: bank balance, booked cash, plan, and receipts to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import BOOKED, FACTOR, NEW, OPEN, VALUE, Layer, Receipts
from payrisk.arrays import Floats
from payrisk.calendar import NEVER, iso
from payrisk.cash.liquidity.paths import MoneyPath
from payrisk.cash.liquidity.plans import CashPlan
from payrisk.cash.views.changed_band import billed_by_entity
from payrisk.errors import InputError
from payrisk.ledger.facts.kinds import CASH_KINDS

BALANCE, SINCE, PLANNED = "bank_balance", "booked_since", "planned_since"
COMING, UNMATCHED = "booked_value_to_come", "unmatched"
"""Lines of what a holder has: the last two are never added to the balance again."""


class PlannedFlows(NamedTuple):
    """(h,) cents a plan says of a holder by day; need is NaN where nothing must be there."""

    inflows: Floats
    outflows: Floats
    need: Floats


class BroughtForward(NamedTuple):
    """A bank balance brought forward to the evening before the morning, and what it is made of.

    cents and of_on (the evening of the bank's own word) are None without a balance.
    """

    cents: int | None
    of_on: int | None
    lines: pd.DataFrame


@dataclass(frozen=True)
class HolderMoney:
    """An entity's money in a currency: its path, and the lines its opening is made of."""

    entity_id: str
    path: MoneyPath
    lines: pd.DataFrame

    @staticmethod
    def planned(
        plan: CashPlan, holder: str, currency: str, as_of: int, horizon_days: int
    ) -> PlannedFlows:
        """What the plan says of a holder by day; a minimum stands until the next one."""
        inflows, outflows = np.zeros(horizon_days), np.zeros(horizon_days)
        need = np.full(horizon_days, np.nan)
        for line in plan.of(holder, currency, "minimum"):
            if line.on_day < as_of + horizon_days:
                need[max(line.on_day - as_of, 0) :] = line.amount
        for line in plan.of(holder, currency, "inflow", "outflow", "need"):
            column = line.on_day - as_of
            if not 0 <= column < horizon_days:
                continue
            if line.kind == "need":
                need[column] = np.fmax(need[column], line.amount)
            else:
                (inflows if line.kind == "inflow" else outflows)[column] += line.amount
        return PlannedFlows(inflows, outflows, need)


def holders_money(
    receipts: Receipts, plan: CashPlan, keys: Sequence[tuple[str, str]], layer: Layer
) -> list[HolderMoney]:
    """The money of entities in currencies, keys: (entity, currency). Nothing counts twice.

    A bank balance of an earlier evening is brought forward by what was booked since with value
    since, and by the plan; cash booked with value to come lands on its day; cash that matches no
    invoice is in the balance already, and the forecast has taken it off what invoices will bring.
    """
    cash, history = receipts.cash, receipts.outlook.history
    as_of, horizon = cash.as_of, cash.horizon_days
    shares = billed_by_entity(history)
    wanted = {key: shares.get(key, 0.0) for key in keys}
    with_band = layer == "all"
    drawn = receipts.together.by_entity(wanted if with_band else {}, with_factors=with_band)
    booked = _booked(receipts)
    expected = cash.expected[:, :horizon].astype(np.float64)
    rows = cash.invoices
    oldest = as_of - 1 - receipts.outlook.answers.policy.stale_ledger_days
    out = []
    for entity, currency in keys:
        is_its = (rows["entity_id"] == entity) & (rows["currency"] == currency)
        layers = {OPEN: expected[is_its.to_numpy()].sum(axis=0)}
        total = drawn.get((entity, currency), np.zeros((len(cash.landed), horizon)))
        if with_band:
            coming = np.zeros(horizon)
            if currency in receipts.band.currencies:
                place = receipts.band.currencies.index(currency)
                coming = receipts.band.expected[place] * wanted[entity, currency]
            layers[NEW] = coming
        here = booked[
            ((booked["entity_id"] == entity) & (booked["currency"] == currency)).to_numpy()
        ]
        later = here[(here["counts_on"] >= as_of).to_numpy()]
        later = later[(later["counts_on"] < as_of + horizon).to_numpy()]
        layers[BOOKED] = np.bincount(
            later["counts_on"] - as_of, later["amount"], minlength=horizon
        ).astype(np.float64)
        opening = _opening(plan, here, entity, currency, as_of)
        if with_band and currency in receipts.factor.currencies:
            own = receipts.factor.of_currency(currency, entity)
            layers[FACTOR] = own.expected.sum(axis=0).astype(np.float64)
        flows = HolderMoney.planned(plan, entity, currency, as_of, horizon)
        path = MoneyPath(
            entity, currency, as_of, opening.cents, layers, flows.inflows, flows.outflows,
            total + layers[BOOKED], flows.need, opening.of_on,
            opening.of_on is not None and opening.of_on < oldest,
        )  # fmt: skip
        out.append(HolderMoney(entity, path, opening.lines))
    return out


def _booked(receipts: Receipts) -> pd.DataFrame:
    """Cash booked before the morning: entity_id, currency, counts_on (its value day), amount.

    amount: net of what was returned; unmatched: of it, what no invoice has used. counts_on is the
    booking day where no value date is known, or cash counts on it anyway.
    """
    history = receipts.outlook.history
    credits, position = history.known_rows("credits"), history.position
    inside = credits["kind"].isin(CASH_KINDS) & (credits["happened_on"] < history.as_of)
    credits = credits[inside.to_numpy()]
    if receipts.intercompany == "without":
        outside = ~credits["customer_id"].isin(receipts.outlook.related_customers)
        credits = credits[outside.to_numpy()]
    value, by_value = credits["value_on"].to_numpy(np.int64), receipts.basis == VALUE
    net = credits["amount"].to_numpy(np.int64) - position.reversed[credits.index]
    return pd.DataFrame(
        {
            "entity_id": credits["entity_id"].astype(str).to_numpy(dtype=object),
            "currency": credits["currency"].astype(str).to_numpy(dtype=object),
            "counts_on": np.where((value < NEVER) & by_value, value, credits["happened_on"]),
            "amount": net,
            "unmatched": net - position.credit_used[credits.index],
        }
    )


def _opening(
    plan: CashPlan, booked: pd.DataFrame, entity: str, currency: str, as_of: int
) -> BroughtForward:
    """What is there at the evening before the morning, as far as balances, books and plan tell."""
    balances = plan.openings(entity, currency, as_of)
    evenings = sorted({line.on_day for line in balances})
    if len(evenings) > 1:
        raise InputError(
            f"The balances of {entity} in {currency} are of {iso(evenings[0])} and"
            f" {iso(evenings[-1])}; give those of one evening."
        )
    lines: list[dict[str, object]] = []

    def add(what: str, on_day: int, amount: int, *, counted: bool, **more: str) -> None:
        lines.append(
            {"holder": entity, "currency": currency, "line": what, "account": "", "source": "",
             **more, "of_on": on_day, "amount": amount, "counted": counted}
        )  # fmt: skip

    for line in balances:
        named = {"account": line.account, "source": line.source}
        add(BALANCE, line.on_day, line.amount, counted=True, **named)
    opening = None
    if balances:
        since = booked[
            ((booked["counts_on"] > evenings[0]) & (booked["counts_on"] < as_of)).to_numpy()
        ]
        flows = plan.of(entity, currency, "inflow", "outflow")
        planned = sum(
            line.amount if line.kind == "inflow" else -line.amount
            for line in flows
            if evenings[0] < line.on_day < as_of
        )
        if len(since):
            add(SINCE, as_of - 1, int(since["amount"].sum()), counted=True, source="ledger")
        if planned:
            add(PLANNED, as_of - 1, planned, counted=True, source="plan")
        opening = sum(line.amount for line in balances) + int(since["amount"].sum()) + planned
    coming = int(booked.loc[(booked["counts_on"] >= as_of).to_numpy(), "amount"].sum())
    if coming:
        add(COMING, as_of, coming, counted=False, source="ledger")
    unmatched = int(booked.loc[(booked["counts_on"] < as_of).to_numpy(), "unmatched"].sum())
    if unmatched:
        add(UNMATCHED, as_of - 1, unmatched, counted=False, source="ledger")
    return BroughtForward(opening, evenings[0] if evenings else None, pd.DataFrame(lines))
