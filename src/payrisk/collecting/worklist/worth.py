"""What each step is worth for each customer: money sooner and loss avoided, less its cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints
from payrisk.collecting.worklist.gain import (
    HORIZON_DAYS,
    PATIENCE_DAYS,
    chance_paid_within,
    days_later_if_resented,
    days_sooner_by_plan,
    days_sooner_if_answered,
)
from payrisk.collecting.worklist.policy import STEPS, CollectingPolicy
from payrisk.collecting.worklist.stakes import Stakes
from payrisk.money import decimals

YEAR_DAYS = 365
MONTH_DAYS = 30
MOST_BLOCK = 4_096
"""Invoices worked out at once: bounds the memory, never the result."""


_PER_UNIT = ("answered", "resented", "soon", "30", "by plan", "unlikely", "lost")


def best_steps(value: Floats, forward: Floats) -> tuple[Ints, Floats]:
    """(k,) each customer's step, and the cash it brings forward; minus infinity where none is due.

    Of the steps that are worth more than they cost, the one that brings most cash forward: a place
    on a list is what is scarce, and by money's cost alone a reminder would take a call's.
    """
    brought = np.where(value > 0, forward, -np.inf)
    return brought.argmax(axis=1), brought.max(axis=1, initial=-np.inf)


@dataclass(frozen=True)
class Worths:
    """(k,) customers with late invoices, and what acting on each is worth this morning.

    code: (n,) the customer of each stake. In minor units of the list's currency: overdue, stake,
    soon (of the stake, what is likely to come anyhow within the days a run is waited for),
    within_30 (anyhow within 30 days), unlikely (not within PATIENCE_DAYS), and by STEPS (k, 3):
    value (money sooner at the rate of money, and loss avoided, less the cost) and forward (cash
    held a month earlier).
    """

    customers: pd.Index
    code: Ints
    overdue: Floats
    stake: Floats
    soon: Floats
    within_30: Floats
    unlikely: Floats
    oldest: Ints
    n_invoices: Ints
    value: Floats
    forward: Floats
    is_distressed: Flags

    @classmethod
    def of(cls, stakes: Stakes, paid_by: Floats, policy: CollectingPolicy) -> Worths:
        """Work out every customer; paid_by: (n, h) the curves of the stakes' rows."""
        n, rules = len(stakes.rows), policy.rules
        per_unit = {name: np.zeros(n) for name in _PER_UNIT}
        for low in range(0, n, MOST_BLOCK):
            rows = slice(low, low + MOST_BLOCK)
            block = np.asarray(paid_by[rows], dtype=np.float64)
            per_unit["answered"][rows] = days_sooner_if_answered(block)
            per_unit["resented"][rows] = days_later_if_resented(block)
            per_unit["soon"][rows] = chance_paid_within(block, rules.run_days)
            per_unit["30"][rows] = chance_paid_within(block, MONTH_DAYS)
            per_unit["by plan"][rows] = days_sooner_by_plan(block)
            per_unit["unlikely"][rows] = 1 - chance_paid_within(block, PATIENCE_DAYS)
            per_unit["lost"][rows] = 1 - chance_paid_within(block, HORIZON_DAYS)
        code, customers = pd.factorize(stakes.rows["customer_id"].astype(object), sort=True)
        k = len(customers)

        def summed(values: Floats) -> Floats:
            return np.bincount(code, values, minlength=k).astype(np.float64)

        stake, unlikely = summed(stakes.stake), summed(stakes.stake * per_unit["unlikely"])
        lost, by_plan = (summed(stakes.stake * per_unit[name]) for name in ("lost", "by plan"))
        oldest = np.zeros(k, dtype=np.int64)
        np.maximum.at(oldest, code, stakes.days_late)
        answered = summed(stakes.stake * per_unit["answered"])
        resented = summed(stakes.stake * per_unit["resented"])
        value, forward = np.empty((k, len(STEPS))), np.empty((k, len(STEPS)))
        for place, step in enumerate(STEPS):
            effect = policy.effects[step]
            cost = policy.costs[step] * 10 ** decimals(stakes.currency)
            if step == "plan":
                recovered = effect.answered * effect.recovered
                days, loss = recovered * by_plan, recovered * lost
            else:
                days = effect.answered * answered - effect.resented * resented
                loss = np.zeros(k)
            value[:, place] = days * policy.money_rate / YEAR_DAYS + loss - cost
            forward[:, place] = days / MONTH_DAYS
        share = np.divide(unlikely, stake, out=np.zeros(k), where=stake > 0)
        distressed = (oldest >= rules.distress_days) | (share >= rules.distress_share)
        value[~distressed, STEPS.index("plan")] = -np.inf
        return cls(
            customers=pd.Index(customers),
            code=np.asarray(code, dtype=np.int64),
            overdue=summed(stakes.overdue),
            stake=stake,
            soon=summed(stakes.stake * per_unit["soon"]),
            within_30=summed(stakes.stake * per_unit["30"]),
            unlikely=unlikely,
            oldest=oldest,
            n_invoices=np.bincount(code, minlength=k).astype(np.int64),
            value=value,
            forward=forward,
            is_distressed=distressed,
        )
