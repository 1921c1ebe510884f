"""Overrides measured: what became of customers a person decided otherwise on, beside the rest."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from payrisk.calendar import day_of
from payrisk.ledger import History

Z_90 = 1.6448536269514722
CAVEAT = (
    "Persons choose whom to override, and what is held or declined is not delivered and can hardly"
    " go unpaid: the groups differ in more than the override, so a difference is a question to"
    " look into and no proof that overriding helps or harms."
)


@dataclass(frozen=True)
class DecidedCase:
    """A kept decision on a customer of the ledger. as_of: ISO date; instead: '' = followed."""

    customer_id: str
    as_of: str
    decided: str
    instead: str


@dataclass(frozen=True)
class MeasuredGroup:
    """Customers whose decisions had one course, each counted once by its first such decision.

    matured: those of whom it is known whether they defaulted within the horizon; low, high: of
    `rate`, 90 % by Wilson; None where nobody has matured.
    """

    decided: str
    instead: str
    customers: int
    matured: int
    defaulted: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class DefaultRateDifference:
    """The default rate of the overridden less that of the followed, 90 % by Newcombe."""

    decided: str
    instead: str
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class MeasuredOverrides:
    """Every group, and where both have matured how the overridden differ from the followed.

    left_out: decisions on customers who were in default already.
    """

    horizon_days: int
    groups: tuple[MeasuredGroup, ...]
    differences: tuple[DefaultRateDifference, ...]
    left_out: int
    caveat: str = CAVEAT

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def measured_overrides(
    cases: Iterable[DecidedCase], history: History, horizon_days: int
) -> MeasuredOverrides:
    """What became of the customers within the horizon, by all that the history knows."""
    spells = history.defaults()
    first: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    left_out = 0
    for case in sorted(cases, key=lambda one: one.as_of):
        day = day_of(case.as_of)
        if _is_in_default(spells, case.customer_id, day):
            left_out += 1
            continue
        first[case.decided, case.instead].setdefault(case.customer_id, day)
    groups = tuple(
        _group(course, customers, spells, history.as_of, horizon_days)
        for course, customers in sorted(first.items())
    )
    followed = {group.decided: group for group in groups if not group.instead}
    differences = tuple(
        _difference(group, followed[group.decided])
        for group in groups
        if group.instead
        and group.matured
        and group.decided in followed
        and followed[group.decided].matured
    )
    return MeasuredOverrides(horizon_days, groups, differences, left_out)


def wilson_interval(events: int, n: int) -> tuple[float, float]:
    """The 90 % interval of a share, by Wilson.

    >>> [round(end, 3) for end in wilson_interval(0, 10)]
    [0.0, 0.213]
    """
    share, z2 = events / n, Z_90**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_90 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def _is_in_default(spells: pd.DataFrame, customer: str, day: int) -> bool:
    own = spells[spells["customer_id"] == customer]
    return bool(((own["default_on"] < day) & (own["cured_on"] >= day)).any())


def _group(
    course: tuple[str, str],
    customers: dict[str, int],
    spells: pd.DataFrame,
    known_on: int,
    horizon_days: int,
) -> MeasuredGroup:
    matured = defaulted = 0
    for customer, day in customers.items():
        days = spells.loc[spells["customer_id"] == customer, "default_on"]
        has_defaulted = bool(((days >= day) & (days < day + horizon_days)).any())
        # who has not had the time to default tells nothing, who defaulted early tells too much
        if day + horizon_days <= known_on:
            matured += 1
            defaulted += has_defaulted
    rate = defaulted / matured if matured else None
    low, high = wilson_interval(defaulted, matured) if matured else (None, None)
    return MeasuredGroup(*course, len(customers), matured, defaulted, rate, low, high)


def _difference(overridden: MeasuredGroup, followed: MeasuredGroup) -> DefaultRateDifference:
    """Newcombe's interval of the difference of two shares, from Wilson's of each."""
    p, q = _known(overridden.rate), _known(followed.rate)
    below = math.hypot(p - _known(overridden.low), _known(followed.high) - q)
    above = math.hypot(_known(overridden.high) - p, q - _known(followed.low))
    return DefaultRateDifference(
        overridden.decided, overridden.instead, p - q, p - q - below, p - q + above
    )


def _known(value: float | None) -> float:
    assert value is not None  # of groups that have matured
    return value
