"""Booking lag: how many days pass until nearly all that happened on a day stands in the books.

A payment of Monday that is booked on Thursday is not known on Tuesday, so the latest days always
look emptier than they were. With lags of 0, 0, 0 and 3 days a share of 75 % is covered after 0
days and one of 99 % after 3: a look back that stops so many days before the morning sees what
those days will show for good. The lag is biased low where slow bookings are still to come, and
high where an import brought in a past all at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER
from payrisk.ledger.facts.kinds import CASH_KINDS


@dataclass(frozen=True)
class LagRule:
    """Which bookings tell the lag, and what share of them it covers.

    kinds: of credits that count (None = all). recent_days: only bookings of so many days before
    the morning count (None = all). rounding: of a quantile between two lags: up or down to a
    whole day, or the next lag that occurred. most_days: the lag is no longer.
    """

    share: float
    kinds: tuple[str, ...] | None = None
    recent_days: int | None = None
    rounding: Literal["up", "down", "occurred"] = "up"
    most_days: int = NEVER


FOR_LEARNING = LagRule(0.99, kinds=("payment",), recent_days=180)
"""A model must not learn that a payment did not come when it was only not booked yet."""

FOR_REPLAY = LagRule(0.99, rounding="down")
"""A past week's cash is compared once what came in it is booked, whatever kind of credit it is."""

FOR_WATCHING = LagRule(0.95, kinds=CASH_KINDS, recent_days=182, rounding="occurred", most_days=7)
"""A monitor had better speak within a week of what it saw than wait for the slowest bookings."""


def booking_lag(credits: pd.DataFrame, morning: int, rule: LagRule, *, after: int = -NEVER) -> int:
    """Days within which the rule's share of credits was recorded, as known on the morning.

    0 where no credit tells it. credits: `kind`, `happened_on`, `recorded_on`. after: the day up
    to which bookings do not count (a take-over's, say).

    >>> days = [0, 0, 0, 3]
    >>> table = pd.DataFrame({"kind": "payment", "happened_on": 0, "recorded_on": days})
    >>> [booking_lag(table, 9, LagRule(share)) for share in (0.5, 0.75, 0.99)]
    [0, 1, 3]
    """
    recorded = credits["recorded_on"].to_numpy(dtype=np.int64)
    counts = (recorded < morning) & (recorded > after)
    if rule.kinds is not None:
        counts &= credits["kind"].isin(rule.kinds).to_numpy()
    if rule.recent_days is not None:
        counts &= recorded >= morning - rule.recent_days
    lags = (recorded - credits["happened_on"].to_numpy(dtype=np.int64))[counts]
    if not len(lags):
        return 0
    if rule.rounding == "occurred":
        lag = int(np.quantile(lags, rule.share, method="higher"))
    else:
        between = float(np.quantile(lags, rule.share))
        lag = math.floor(between) if rule.rounding == "down" else math.ceil(between)
    return min(max(lag, 0), rule.most_days)
