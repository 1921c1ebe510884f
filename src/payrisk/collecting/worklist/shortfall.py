"""Ranking for a shortfall: by how much an action lifts the chance that cash reaches a need."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from payrisk.arrays import Floats, Ints, weighted_sums
from payrisk.cash.forecasting.draws import Landings
from payrisk.collecting.worklist.gain import HORIZON_DAYS, chance_paid_by_if_answered
from payrisk.collecting.worklist.policy import STEPS, CollectingPolicy
from payrisk.collecting.worklist.stakes import Stakes
from payrisk.collecting.worklist.worth import Worths
from payrisk.errors import InputError

MOST_CUSTOMERS = 2_000
"""Customers looked at, those with most to come after the day first; the rest lift nothing more."""


class ShortfallLifts(NamedTuple):
    """chance: that cash reaches the need anyhow; lift: (k,) by how much more with an action."""

    chance: float
    lift: Floats


def shortfall_lifts(
    stakes: Stakes,
    paid_by: Floats,
    worths: Worths,
    policy: CollectingPolicy,
    *,
    day: int,
    need: float,
    cash: Floats,
    landed: Landings,
) -> ShortfallLifts:
    """The lift of each customer's best step, in the same draws in which the shortfall is seen.

    day: up to whose end cash counts. need, cash: (draws,) minor units of the list's currency that
    come by then anyhow. landed: (draws, n) the day of its curve on which each stake lands. In the
    draws in which a stake comes later, but within the horizon, an answer brings it by the day.
    Raises InputError for a day that is over or beyond the horizon.
    """
    ahead = day - stakes.as_of
    if not 0 <= ahead <= HORIZON_DAYS:
        raise InputError(f"A shortfall is looked for within {HORIZON_DAYS} days; give such a day.")
    reaches = cash >= need
    later = stakes.stake * np.asarray((landed > ahead) & (landed <= HORIZON_DAYS)).mean(axis=0)
    in_time = chance_paid_by_if_answered(paid_by, ahead)
    k = len(worths.customers)
    most = np.bincount(worths.code, later, minlength=k)
    lift = np.zeros(k)
    step = worths.value[:, : STEPS.index("plan")].argmax(axis=1) if k else np.zeros(0, np.int64)
    answered = np.array([policy.effects[name].answered for name in STEPS])
    order = np.argsort(worths.code, kind="stable")
    bounds = np.searchsorted(worths.code[order], np.arange(k + 1))
    for at in np.argsort(-most, kind="stable")[:MOST_CUSTOMERS]:
        mine: Ints = order[bounds[at] : bounds[at + 1]]
        moves = (landed[:, mine] > ahead) & (landed[:, mine] <= HORIZON_DAYS)
        gained = weighted_sums(moves, stakes.stake[mine] * in_time[mine])
        crossed = (cash + gained >= need) & ~reaches
        lift[at] = answered[step[at]] * crossed.mean()
    return ShortfallLifts(float(reaches.mean()), lift)
