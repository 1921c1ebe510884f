"""PaymentCurve and DefaultRisk: the only things a model may say to credit and cash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from payrisk.arrays import Days, Ints, Probabilities
from payrisk.calendar import NEVER, iso_or_none
from payrisk.errors import InputError

CurveMeaning = Literal["settled", "money"]
"""Of a curve: settled = chance of being settled by cash; money = expected share come in cash."""

_SLACK = 1e-12  # rounding a curve may carry without breaking its laws


@dataclass(frozen=True)
class PaymentCurve:
    """Probability that one invoice is paid by each day, seen from the morning of `as_of`.

    `probability_paid_by[d]` is the chance of being paid on or before day as_of + d; it never
    decreases, stays in [0, 1] and may end below 1. `probability_never` of what is missing at
    the end will never be paid; the rest is paid beyond the horizon.

    >>> curve = PaymentCurve(as_of=0, probability_paid_by=np.array([0.0, 0.5, 0.9]))
    >>> curve.median_days()
    1
    >>> float(curve.given_unpaid_for(2).probability_paid_by[0].round(3))
    0.8
    """

    as_of: int
    probability_paid_by: Probabilities
    probability_never: float = 0.0

    def __post_init__(self) -> None:
        """Hold the curve to its laws; raises InputError when one is broken."""
        curve = np.asarray(self.probability_paid_by, dtype=np.float64)
        if curve.ndim != 1 or not curve.size:
            raise InputError("A payment curve needs one probability a day, at least one day.")
        if not np.isfinite(curve).all() or curve[0] < -_SLACK or curve[-1] > 1 + _SLACK:
            raise InputError("A payment curve's probabilities must lie between 0 and 1.")
        if (np.diff(curve) < -_SLACK).any():
            raise InputError("A payment curve may never decrease.")
        if not -_SLACK <= self.probability_never <= 1 - curve[-1] + 1e-9:
            raise InputError("The probability of never being paid exceeds what the curve leaves.")
        curve.setflags(write=False)
        object.__setattr__(self, "probability_paid_by", curve)

    @property
    def horizon_on(self) -> int:
        """Last day the curve speaks of."""
        return self.as_of + len(self.probability_paid_by) - 1

    @property
    def probability_beyond(self) -> float:
        """Chance of being paid, but after the horizon."""
        return max(0.0, 1.0 - float(self.probability_paid_by[-1]) - self.probability_never)

    def paid_by(self, day: int) -> float:
        """Chance of being paid on or before a day; raises InputError past the horizon."""
        if day > self.horizon_on:
            raise InputError("The day lies beyond the curve's horizon; ask for an earlier one.")
        return 0.0 if day < self.as_of else float(self.probability_paid_by[day - self.as_of])

    def mass(self) -> Probabilities:
        """Chance of being paid on each single day."""
        return np.diff(self.probability_paid_by, prepend=0.0)

    def day_at(self, probability: float) -> int:
        """First day by which the chance reaches `probability`; NEVER if it does not."""
        reached = self.probability_paid_by >= probability - _SLACK
        return self.as_of + int(np.argmax(reached)) if reached[-1] else NEVER

    def median_days(self) -> int:
        """Days from as_of to the median payment day; NEVER if the curve ends below one half."""
        day = self.day_at(0.5)
        return day if day == NEVER else day - self.as_of

    def given_unpaid_for(self, days: int) -> PaymentCurve:
        """The curve of the same invoice still unpaid `days` later (Bayes, horizon unchanged).

        Raises InputError when the horizon would be passed or the curve says it is surely paid.
        """
        if not 0 <= days < len(self.probability_paid_by):
            raise InputError("The curve does not reach that far; score the invoice anew.")
        paid = 0.0 if days == 0 else float(self.probability_paid_by[days - 1])
        if paid >= 1.0 - _SLACK:
            raise InputError("The curve holds this invoice surely paid by then; score it anew.")
        rest = (self.probability_paid_by[days:] - paid) / (1.0 - paid)
        return PaymentCurve(
            self.as_of + days, np.clip(rest, 0.0, 1.0), self.probability_never / (1.0 - paid)
        )


@dataclass(frozen=True)
class PaymentCurves(Sequence[PaymentCurve]):
    """Many payment curves as one block, for work at full speed.

    as_of: (n,) days. matrix: (n, h) chance of being paid by as_of + column; a row past its own
    length repeats its last value. lengths: (n,) columns that count. never: (n,).
    """

    as_of: Days
    matrix: Probabilities
    lengths: Days
    never: Probabilities = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        """Fill `never` and hold the shapes together; raises InputError when they differ."""
        n = len(self.as_of)
        if self.matrix.shape[0] != n or len(self.lengths) != n:
            raise InputError("Payment curves need one as_of, one length and one row each.")
        if len(self.never) != n:
            object.__setattr__(self, "never", np.zeros(n))

    @classmethod
    def of(cls, curves: Sequence[PaymentCurve]) -> PaymentCurves:
        """The block that holds these curves."""
        width = max((len(c.probability_paid_by) for c in curves), default=1)
        matrix = np.empty((len(curves), width))
        for row, curve in enumerate(curves):
            size = len(curve.probability_paid_by)
            matrix[row, :size] = curve.probability_paid_by
            matrix[row, size:] = curve.probability_paid_by[-1]
        return cls(
            np.array([c.as_of for c in curves], dtype=np.int64),
            matrix,
            np.array([len(c.probability_paid_by) for c in curves], dtype=np.int64),
            np.array([c.probability_never for c in curves], dtype=np.float64),
        )

    def __len__(self) -> int:
        """How many curves."""
        return len(self.as_of)

    def __getitem__(self, row: int) -> PaymentCurve:  # type: ignore[override]
        """The curve of one row."""
        return PaymentCurve(
            int(self.as_of[row]),
            np.clip(self.matrix[row, : self.lengths[row]], 0.0, 1.0),
            float(self.never[row]),
        )

    def __iter__(self) -> Iterator[PaymentCurve]:
        """Each curve in turn."""
        return (self[row] for row in range(len(self)))

    def take(self, rows: Ints) -> PaymentCurves:
        """The block of some rows, in the order given."""
        return PaymentCurves(
            self.as_of[rows], self.matrix[rows], self.lengths[rows], self.never[rows]
        )

    def mass(self) -> Probabilities:
        """(n, h) chance of being paid on each single day."""
        return np.diff(self.matrix, axis=1, prepend=0.0)

    def day_at(self, probability: float) -> Days:
        """(n,) first day by which each chance reaches `probability`; NEVER where it does not."""
        reached = self.matrix >= probability - _SLACK
        days = self.as_of + reached.argmax(axis=1)
        return np.where(reached[:, -1], days, NEVER)

    def paid_by(self, days: Days) -> Probabilities:
        """(n,) chance of each invoice being paid on or before its day; the horizon's at most."""
        column = np.clip(days - self.as_of, 0, self.matrix.shape[1] - 1)
        chance = self.matrix[np.arange(len(self)), column]
        return np.where(days < self.as_of, 0.0, chance)


@dataclass(frozen=True)
class Reason:
    """One cause of a prediction or decision, in words a person can check.

    `contribution` is on the scale the answer names (log-odds for a risk); positive = adverse.
    """

    code: str
    text: str
    contribution: float = 0.0
    source: str = ""
    dated_on: int = NEVER

    def to_json(self) -> dict[str, Any]:
        """Plain values; an answer names dozens of causes, so it is written out."""
        return {
            "code": self.code,
            "text": self.text,
            "contribution": self.contribution,
            "source": self.source,
            "dated_on": iso_or_none(self.dated_on),
        }


RiskSource = Literal["behaviour", "application", "blend", "base_rate"]
"""What a risk rests on: the invoices seen, what was applied with, both, or neither."""


@dataclass(frozen=True)
class DefaultRisk:
    """Probability that a customer defaults within `horizon_days` of `as_of`, and why.

    `is_in_default` is a status, not a probability: then `probability` is 1. `low` and `high`
    bound the probability with 90 % confidence (None = not stated); they draw together as invoices
    are seen. `reasons` hold every signed contribution in log-odds and add up to the score.
    `behaviour_weight`: share of what was seen in the ledger, against the application.
    `is_extrapolated`: no past morning has had time to show this horizon. `treated`: why the
    customer could not default in the ordinary way (under prepayment, on hold), else empty.
    `roll_up`: what the customer's payment curves alone say of it; None where none were asked.
    """

    customer_id: str
    as_of: int
    horizon_days: int
    probability: float
    reasons: tuple[Reason, ...] = ()
    is_in_default: bool = False
    n_invoices_seen: int = 0
    low: float | None = None
    high: float | None = None
    source: RiskSource = "behaviour"
    behaviour_weight: float = 1.0
    is_extrapolated: bool = False
    treated: str = ""
    roll_up: float | None = None

    def __post_init__(self) -> None:
        """Hold the probability in [0, 1] and inside its bounds; raises InputError otherwise."""
        if not (np.isfinite(self.probability) and 0.0 <= self.probability <= 1.0):
            raise InputError("A default probability must lie between 0 and 1.")
        if self.horizon_days < 1:
            raise InputError("A default risk needs a horizon of at least one day.")
        low, high = self.bounds
        if not 0.0 <= low <= self.probability <= high <= 1.0:
            raise InputError("The bounds of a default probability must hold it between them.")

    @property
    def bounds(self) -> tuple[float, float]:
        """The 90 % bounds; (0, 1) where none are stated."""
        return (0.0 if self.low is None else self.low, 1.0 if self.high is None else self.high)


@dataclass(frozen=True)
class Dependence:
    """Shares of the variance of a payment's latent normal that invoices have in common.

    Of one customer and due date (paid in one run), of one customer, and of everyone (a common
    shock); the rest is the invoice's own. Defaults: chosen by CRPS on past landmarks of public
    data (docs/design.md, 'Cash forecasts'). Raises InputError unless all are >= 0 and sum to less
    than 1.

    >>> round(Dependence().own_share, 12)
    0.48
    """

    customer_due: float = 0.3
    customer: float = 0.2
    everyone: float = 0.02

    def __post_init__(self) -> None:
        """Hold the shares to their range."""
        shares = (self.customer_due, self.customer, self.everyone)
        if min(shares) < 0 or sum(shares) >= 1:
            raise InputError("Dependence shares must be 0 or more and sum to less than 1.")

    @property
    def own_share(self) -> float:
        """The share that is the invoice's own."""
        return 1.0 - self.customer_due - self.customer - self.everyone
