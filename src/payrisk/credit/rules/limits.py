"""The credit limit: the smallest of need, capacity, house tier and group headroom, in steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from payrisk.credit.applicant.account import Account

MONTH = 30


@dataclass(frozen=True)
class Limit:
    """What a limit could be by each measure, what was granted and which measure bound it.

    Minor units of `currency`; None = the measure is not known. `house_tier` counts where capacity
    or history is missing. `previous` is the limit on file, `proposed` what the measures come to,
    `granted` what is decided (None: a person has yet to decide) until the end of `expires_on`.
    """

    currency: str
    need: int | None = None
    capacity: int | None = None
    house_tier: int | None = None
    headroom: int | None = None
    previous: int | None = None
    proposed: int | None = None
    granted: int | None = None
    binding: str | None = None
    expires_on: int | None = None


def peak_need(account: Account, *, terms_days: int, delay_days: int) -> int | None:
    """What the company will owe at its peak, gross as its invoices are.

    The larger of its sales a day in the busiest month × (terms + expected delay), and, of a
    customer, the most it was billed in as many days in a row as pass until its payment is known:
    terms + expected delay + 1, so that who goes on buying as before is never held. Never more
    than it asked for. None when neither sales nor a request are known.

    >>> peak_need(Account("EUR", monthly_sales=300_000), terms_days=30, delay_days=6)
    360000
    >>> within = ((31, 310_000), (37, 390_000))
    >>> billed = Account("EUR", monthly_sales=300_000, billed_within=within)
    >>> peak_need(billed, terms_days=30, delay_days=6)
    390000
    """
    requested = account.requested_limit
    if account.monthly_sales is None:
        return requested
    owed = account.monthly_sales * (terms_days + delay_days) // MONTH
    longer = [cents for days, cents in account.billed_within if days > terms_days + delay_days]
    owed = max(owed, min(longer, default=0))
    return owed if requested is None else min(owed, requested)


def capacity(account: Account, *, net_worth_rate: float, turnover_rate: float) -> int | None:
    """What the company can carry: the smaller share of its net worth and of its turnover.

    The shares come from the risk band. None when neither figure is known.

    >>> capacity(Account("EUR", net_worth=1_000_000), net_worth_rate=0.1, turnover_rate=0.05)
    100000
    """
    parts = []
    if account.net_worth is not None:
        parts.append(math.floor(max(0, account.net_worth) * net_worth_rate))
    if account.turnover is not None:
        parts.append(math.floor(max(0, account.turnover) * turnover_rate))
    return min(parts, default=None)


class BindingMeasure(NamedTuple):
    """What the smallest measure of a limit comes to, in minor units, and its name."""

    amount: int | None = None
    name: str | None = None


def smallest_measure(limit: Limit, *, step: int, is_need_billed: bool = False) -> BindingMeasure:
    """The smallest known measure in whole steps, and its name.

    Every measure is rounded down but a need that was billed (`is_need_billed`), which is rounded
    up: who goes on buying as before must not be held by a step. None unless need is known and
    something other than need is: a limit never rests on need alone.
    """
    measures = {
        "capacity": limit.capacity,
        "house_tier": limit.house_tier,
        "headroom": limit.headroom,
        "need": limit.need,
    }
    if limit.need is None or (limit.capacity is None and limit.house_tier is None):
        return BindingMeasure()
    whole = {
        name: max(0, value) // step * step for name, value in measures.items() if value is not None
    }
    if is_need_billed:
        whole["need"] = -(-limit.need // step) * step
    name = min(whole, key=lambda each: (whole[each], measures[each]))
    return BindingMeasure(whole[name], name)


def keeps_current_limit(
    current: int, computed: int, *, step: int, move_rate: float, headroom: int
) -> bool:
    """Whether the limit on file stays: the new one is within a step, or a share, of it.

    So a limit does not follow every small change of sales or figures. Never beyond the group's
    headroom, and never where nothing should be granted.

    >>> keeps_current_limit(100_000, 104_000, step=5_000, move_rate=0.1, headroom=10**9)
    True
    """
    moves_by = abs(computed - current)
    return computed > 0 and moves_by <= max(step, move_rate * current) and current <= headroom
