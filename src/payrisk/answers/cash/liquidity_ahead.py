"""Liquidity ahead: an entity's or pool's money from its balance on, and what it hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.answers.cash.holders import HolderMoney, holders_money
from payrisk.answers.cash.receipts import Layer, Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.arrays import Floats
from payrisk.cash.liquidity.doubts import plan_notes, stale_balances
from payrisk.cash.liquidity.hinges import decisive_invoices
from payrisk.cash.liquidity.paths import MoneyPath, dated_needs, headroom, opening_to_closing
from payrisk.cash.liquidity.plans import CashPlan
from payrisk.cash.liquidity.pools import CashPool, PoolMember
from payrisk.cash.views.fx import TYPE, BaseRates
from payrisk.errors import InputError
from payrisk.money import decimals


@dataclass(frozen=True)
class LiquidityAhead:
    """The money of every holder a plan names, and of every pool, from the morning as_of on.

    walk, needs, headroom: rows of every holder, see `paths`. lines: what each opening position is
    made of, and what is in it already (`counted` says which). members: of the pools, with rates.
    hinges: the open invoices that the riskiest need of each holder hangs on. notes: sentences.
    """

    as_of: int
    layer: Layer
    basis_said: str
    verified: str
    walk: pd.DataFrame
    needs: pd.DataFrame
    headroom: pd.DataFrame
    lines: pd.DataFrame
    members: pd.DataFrame
    hinges: pd.DataFrame
    notes: tuple[str, ...]


def liquidity_ahead(
    outlook: Outlook,
    plan: CashPlan,
    pools: Sequence[CashPool] = (),
    *,
    grain: str = "week",
    layer: Layer = "all",
    adjusted: bool = False,
    rate_type: str = TYPE,
) -> LiquidityAhead:
    """Walk a plan's balances through the cash to come; entities apart, totals in pools alone.

    Cash counts on the day the bank counts it, where value dates tell. Customers of our own group
    pay an entity and are in its money; a pool holds both sides, so they are not in its.
    Raises InputError for a holder the ledger does not know, or a rate that is not known.
    """
    receipts = Receipts.of(outlook, basis="value", adjusted=adjusted)
    names = {pool.name for pool in pools}
    single = sorted({key for key in plan.entity_currencies if key[0] not in names})
    member_keys = [(m.entity_id, m.currency) for pool in pools for m in pool.members]
    _refuse_unknown(outlook, {key[0] for key in (*single, *member_keys)})
    money = holders_money(receipts, plan, single, layer)
    chosen = [(holder.path, *_of_entity(receipts, holder)) for holder in money]
    lines, members = [holder.lines for holder in money], []
    if pools:
        outside = Receipts.of(outlook, basis="value", adjusted=adjusted, intercompany="without")
        for pool in pools:
            parts = holders_money(
                outside, plan, [(m.entity_id, m.currency) for m in pool.members], layer
            )
            rates = [_rate(outlook, member, pool.currency, rate_type) for member in pool.members]
            members += [
                _told(pool, member, *rate)
                for member, rate in zip(pool.members, rates, strict=True)
            ]
            chosen.append(_pooled(outside, plan, pool, parts, [rate for rate, _, _ in rates]))
    paths = [path for path, _, _ in chosen]
    stale = stale_balances(paths)
    verified = receipts.cash.verified
    if stale:
        verified = f"not verified: {'; '.join(filter(None, [receipts.cash.doubt, *stale]))}"
    worklists = [_worklist(*each) for each in chosen]
    return LiquidityAhead(
        outlook.cash.as_of,
        layer,
        receipts.basis_said,
        verified,
        _joined([opening_to_closing(path, grain) for path in paths]),
        _joined([dated_needs(path) for path in paths]),
        pd.DataFrame([headroom(path) for path in paths]).astype({"opening_on": "Int64"}),
        _joined(lines),
        pd.DataFrame(members),
        _joined(worklists),
        plan_notes(plan, paths, stale),
    )


def _of_entity(receipts: Receipts, holder: HolderMoney) -> tuple[Receipts, Floats]:
    """Whose invoices pay the holder: (n,) 1 for its own, 0 for all others."""
    rows = receipts.cash.invoices
    is_its = (rows["entity_id"] == holder.entity_id) & (rows["currency"] == holder.path.currency)
    return receipts, is_its.to_numpy(np.float64)


def _pooled(
    receipts: Receipts,
    plan: CashPlan,
    pool: CashPool,
    parts: Sequence[HolderMoney],
    rates: Sequence[float],
) -> tuple[MoneyPath, Receipts, Floats]:
    """The pool's money: its members' at their rates, less what is trapped; needs are its own."""
    as_of, horizon = receipts.cash.as_of, receipts.cash.horizon_days
    opening: float | None = 0.0
    for part, member, rate in zip(parts, pool.members, rates, strict=True):
        mine = part.path.opening
        opening = (
            None if opening is None or mine is None else opening + (mine - member.trapped) * rate
        )
    paths = [part.path for part in parts]
    evenings = [path.opening_on for path in paths if path.opening_on is not None]
    rows, weight = receipts.cash.invoices, np.zeros(len(receipts.cash.invoices))
    for member, rate in zip(pool.members, rates, strict=True):
        is_its = (rows["entity_id"] == member.entity_id) & (rows["currency"] == member.currency)
        weight += is_its.to_numpy(np.float64) * rate
    layers = sorted({name for path in paths for name in path.receipts})
    pooled = HolderMoney.planned(plan, pool.name, pool.currency, as_of, horizon)

    def summed(name: str) -> Floats:
        return np.asarray(
            sum(rate * getattr(p, name) for p, rate in zip(paths, rates, strict=True))
        )

    path = MoneyPath(
        pool.name,
        pool.currency,
        as_of,
        None if opening is None else round(opening),
        {
            name: np.asarray(
                sum(rate * p.receipts[name] for p, rate in zip(paths, rates, strict=True))
            )
            for name in layers
        },
        summed("inflows") + pooled.inflows,
        summed("outflows") + pooled.outflows,
        summed("drawn"),
        pooled.need,
        None if opening is None else min(evenings, default=None),
        any(path.is_stale for path in paths),
    )
    return path, receipts, weight


def _rate(
    outlook: Outlook, member: PoolMember, currency: str, rate_type: str
) -> tuple[float, float, int]:
    """Minor units of the pool for one of the member's, then the rate itself and its day."""
    day = outlook.cash.as_of - 1
    rate, on_day = member.rate, member.rate_on
    if rate is None or on_day is None:
        known = BaseRates.of(outlook.history.known_rows("rates"), currency, rate_type)
        rate, on_day = known.at(member.currency, day)
    return rate * 10.0 ** (decimals(currency) - decimals(member.currency)), rate, on_day


def _told(
    pool: CashPool, member: PoolMember, _: float, rate: float, on_day: int
) -> dict[str, object]:
    return {
        "pool": pool.name,
        "entity_id": member.entity_id,
        "currency": member.currency,
        "trapped": member.trapped,
        "pool_currency": pool.currency,
        "rate": rate,
        "rate_on": on_day,
    }


def _worklist(path: MoneyPath, receipts: Receipts, rate: Floats) -> pd.DataFrame:
    """The invoices on which the holder's riskiest need hangs; empty where no need is at risk."""
    needs = dated_needs(path)
    if not len(needs) or not (needs["probability_below"] > 0).any():
        return pd.DataFrame()
    row = needs.loc[needs["probability_below"].idxmax()]
    column = int(row["needed_on"]) - path.as_of
    return decisive_invoices(path, receipts.cash, rate > 0, rate, column)


def _refuse_unknown(outlook: Outlook, entities: set[str]) -> None:
    known = set(outlook.history.known_rows("entities")["entity_id"].astype(str))
    known |= set(outlook.history.invoices()["entity_id"].astype(str))
    unknown = sorted(entities - known)
    if unknown:
        raise InputError(
            f"The ledger knows no entity '{unknown[0]}', and no pool is named so;"
            f" use {', '.join(sorted(known)[:10])}."
        )


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    full = [table for table in tables if len(table)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame()
