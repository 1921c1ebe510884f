"""Causes: why an invoice is paid when it is, how likely each is, and the delay each brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import ndtr

from payrisk.arrays import Floats, Ints


class PaymentCause(NamedTuple):
    """One cause. The ready day is anchor + ⌊location + scale·(e^{skew·z} − 1)/skew⌋, z normal.

    habit: how much of the customer's own habit (days) and spread (factor) it takes on. paid:
    where the ready day moves to: the customer's payment run, the next business day, the business
    day before (a discount must not be missed), before the issue day, or never. cash_share: mean
    share of the invoice (net of withholding) that comes in cash.
    """

    name: str
    anchor: Literal["due", "issue"]
    habit: bool
    location: float
    scale: float
    skew: float
    paid: Literal["run", "business", "before", "advance", "never"]
    cash_share: float


SHORT_RANGE, DISPUTE_RANGE, DISPUTE_CREDITED = (0.01, 0.06), (0.10, 0.45), 0.4
SHORT_LEFT_OPEN, SMALL_REST = 0.3, 9_000
"""Share of short pays whose rest of at most so many cents nobody ever clears: the money came, the
invoice never settles. A larger rest is always cleared."""

_SHORT_MEAN = 1.0 - sum(SHORT_RANGE) / 2
_DISPUTE_MEAN = 1.0 - DISPUTE_CREDITED * sum(DISPUTE_RANGE) / 2

CAUSES = (
    PaymentCause("on_time", "due", True, 0.0, 2.0, 0.35, "run", 1.0),
    PaymentCause("late", "due", True, 7.0, 6.5, 0.50, "run", 1.0),
    PaymentCause("direct_debit", "due", False, 0.5, 1e-9, 0.05, "business", 1.0),
    PaymentCause("returned", "due", False, 15.0, 3.0, 0.50, "business", 1.0),
    PaymentCause("discount", "issue", False, -1.5, 1.2, 0.05, "before", 1.0),
    PaymentCause("prepaid", "issue", False, 0.0, 1.0, 0.05, "advance", 1.0),
    PaymentCause("extended", "due", True, 30.0, 3.0, 0.35, "run", 1.0),
    PaymentCause("short_pay", "due", True, 3.0, 4.0, 0.40, "run", _SHORT_MEAN),
    PaymentCause("dispute", "due", False, 22.0, 15.0, 0.45, "run", _DISPUTE_MEAN),
    PaymentCause("parts", "due", True, 26.0, 11.0, 0.40, "run", 1.0),
    PaymentCause("cannot_pay", "due", True, 24.0, 14.0, 0.40, "run", 1.0),
    PaymentCause("offset", "issue", False, 0.0, 1.0, 0.05, "never", 0.0),
    PaymentCause("credited", "issue", False, 0.0, 1.0, 0.05, "never", 0.0),
)


def chance_left_open(amount: Ints) -> Floats:
    """(n,) chance that a short pay of an invoice of so many cents leaves a rest for ever."""
    return np.where(amount * SHORT_RANGE[1] <= SMALL_REST, SHORT_LEFT_OPEN, 0.0)


NAMES = tuple(cause.name for cause in CAUSES)
(
    ON_TIME, LATE, DIRECT_DEBIT, RETURNED, DISCOUNT, PREPAID, EXTENDED, SHORT_PAY, DISPUTE,
    PARTS, CANNOT_PAY, OFFSET, CREDITED,
) = range(len(CAUSES))  # fmt: skip

FIRST_PART = (4.0, 5.0, 0.40)
"""Location, scale and skew of the first of two part payments; the second is cause `parts`."""

EXTENSION_DAYS = 30
MAX_DELAY = 365
"""No delay from a cause alone is longer (days after the anchor)."""

_LOCATION = np.array([c.location for c in CAUSES])
_SCALE = np.array([c.scale for c in CAUSES])
_SKEW = np.array([c.skew for c in CAUSES])
_HABIT = np.array([c.habit for c in CAUSES], dtype=np.float64)
_BY_DUE = np.array([c.anchor == "due" for c in CAUSES])
RUN_CAUSES = np.array([c.paid == "run" for c in CAUSES])
CASH_SHARE = np.array([c.cash_share for c in CAUSES])


@dataclass(frozen=True)
class Delay:
    """(n,) the law of each invoice's ready day for one cause or stage of payment.

    The ready day is floor + ⌊…⌋ as in `PaymentCause`, held within [earliest, latest].
    """

    start: Ints
    location: Floats
    scale: Floats
    skew: Floats
    earliest: Ints
    latest: Ints

    def ready_on(self, z: Floats) -> Ints:
        """(n,) the ready day at normal scores z."""
        days = np.floor(self.location + self.scale * np.expm1(self.skew * z) / self.skew)
        days = np.minimum(days, MAX_DELAY).astype(np.int64)
        return np.clip(self.start + days, self.earliest, self.latest)

    def score_by(self, days: Ints) -> Floats:
        """(n, h) the score z below which the invoice is ready on or before each day (n, h)."""
        y = 1.0 + self.skew[:, None] * (
            (days - self.start[:, None] + 1 - self.location[:, None]) / self.scale[:, None]
        )
        with np.errstate(divide="ignore"):
            z = np.log(np.maximum(y, 0.0)) / self.skew[:, None]
        z = np.where(days < self.earliest[:, None], -np.inf, z)
        return np.where(days >= self.latest[:, None], np.inf, z)

    def ready_by(self, days: Ints, shock: Floats, own_variance: Floats) -> Floats:
        """(n, h) chance to be ready on or before each day, z = shock + √own_variance · normal."""
        score = (self.score_by(days) - shock[:, None]) / np.sqrt(own_variance)[:, None]
        return np.asarray(ndtr(score))


def delay_law(
    cause: Ints, issued_on: Ints, due_on: Ints, location: Floats, spread: Floats, window: Ints
) -> Delay:
    """The law of the ready day of each invoice given its cause (all (n,)).

    location, spread: the customer's habit for this invoice (days, factor). window: discount days.
    """
    by_due, habit = _BY_DUE[cause], _HABIT[cause]
    start = np.where(by_due, due_on, issued_on + np.where(cause == DISCOUNT, window, 0))
    is_discount = cause == DISCOUNT
    return Delay(
        start,
        _LOCATION[cause] + habit * location,
        _SCALE[cause] * np.where(habit > 0, spread, 1.0),
        _SKEW[cause],
        issued_on + np.where(is_discount, 5, 1),
        np.where(is_discount, issued_on + window, start + MAX_DELAY),
    )


def first_part_delay(issued_on: Ints, due_on: Ints, location: Floats, spread: Floats) -> Delay:
    """The law of the day the first of two part payments is ready."""
    where, scale, skew = FIRST_PART
    return Delay(
        due_on,
        where + location,
        scale * spread,
        np.full(len(due_on), skew),
        issued_on + 1,
        due_on + MAX_DELAY,
    )


@dataclass(frozen=True)
class Inclination:
    """(n,) what shifts the causes' weights: traits of the customer, its state, what was agreed."""

    frailty: Floats
    propensity: Floats
    dispute: Floats
    takes_discount: Floats
    prepays: Floats
    offsets: Floats
    is_stressed: Floats
    by_debit: Floats


def cause_probabilities(who: Inclination) -> Floats:
    """(n, causes) probability of each cause, by a softmax of the stated weights."""
    stress, debit = who.is_stressed, who.by_debit
    weight = np.empty((len(stress), len(CAUSES)))
    by_choice = 1.0 - debit  # paid when the customer chooses, not by our direct debit
    weight[:, ON_TIME] = by_choice
    weight[:, LATE] = by_choice * np.exp(-1.4 + 0.9 * who.frailty + 0.9 * stress)
    weight[:, DIRECT_DEBIT] = debit
    weight[:, RETURNED] = debit * np.exp(-3.6 + 0.4 * who.propensity + 2.2 * stress)
    weight[:, DISCOUNT] = by_choice * who.takes_discount * np.exp(-1.5 * stress)
    weight[:, PREPAID] = who.prepays
    weight[:, EXTENDED] = np.exp(-4.5 + 0.8 * stress)
    weight[:, SHORT_PAY] = np.exp(-3.9)
    weight[:, DISPUTE] = np.exp(-3.8 + 0.6 * who.dispute)
    weight[:, PARTS] = by_choice * np.exp(-4.6 + 0.5 * who.propensity + 2.4 * stress)
    weight[:, CANNOT_PAY] = by_choice * np.exp(-5.0 + 0.6 * who.propensity + 3.4 * stress)
    weight[:, OFFSET] = who.offsets
    weight[:, CREDITED] = np.exp(-3.8 + 0.3 * who.dispute)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
