"""The books' rules: when an invoice is settled, what a late payer owes on top, what default is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from payrisk.arrays import Cents, Floats, Texts
from payrisk.errors import InputError


@dataclass(frozen=True)
class Tolerance:
    """A residual up to the smaller of `amount` (cents) and `rate` × invoice counts as nothing."""

    amount: int = 100
    rate: float = 0.005


@dataclass(frozen=True)
class SettleRules:
    """How small a residual settles an invoice, and which interest was agreed for paying late.

    tolerances: by currency; others take `tolerance`. interest_rate: the year's rate agreed, up to
    which the excess of a late payment is interest; 0 = none is agreed and all of it is on account.
    """

    tolerance: Tolerance = Tolerance()
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    interest_rate: float = 0.0

    def tolerated(self, amounts: Cents, currencies: Texts) -> Cents:
        """(n,) cents each invoice may lack and still be settled."""
        absolute = np.full(len(amounts), self.tolerance.amount, dtype=np.int64)
        rate = np.full(len(amounts), self.tolerance.rate)
        for currency, tolerance in self.tolerances.items():
            here = currencies == currency
            absolute[here], rate[here] = tolerance.amount, tolerance.rate
        return np.minimum(absolute, cents_share(amounts, rate))


DISPUTE_DAYS = 60
"""Days for which a dispute takes its money out of what is overdue and out of default."""


@dataclass(frozen=True)
class DefaultRule:
    """When a customer is in default: arrear, loss or insolvency (docs/design.md, 'Default').

    An undisputed amount more than `days` past due that reaches both `share` of the customer's
    open balance and `minimum` cents in that currency; cured after `cure_days` clean days.
    `share=0, minimum=1` is the rule "any invoice". A dispute takes its money out of this for
    `dispute_days`; None: as long as it is open, and the whole invoice where it names no amount,
    which is what models of the first releases learnt.
    """

    days: int = 90
    share: float = 0.10
    minimum: int = 10_000
    cure_days: int = 90
    dispute_days: int | None = DISPUTE_DAYS

    def __post_init__(self) -> None:
        """Refuse a rule that cannot be meant; raises InputError."""
        is_odd = self.days < 0 or self.cure_days < 1 or (self.dispute_days or 0) < 0
        if is_odd or self.minimum < 1 or not 0 <= self.share <= 1:
            raise InputError(
                "A default rule needs days >= 0, cure days >= 1, a minimum of at least one cent"
                " and a share between 0 and 1."
            )

    @property
    def of_status(self) -> DefaultRule:
        """The rule by which a customer *is* in default: no old dispute hides it."""
        return self if self.dispute_days is not None else replace(self, dispute_days=DISPUTE_DAYS)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as `of_json` reads them."""
        plain: dict[str, Any] = dict(vars(self))
        if self.dispute_days is None:  # written as the first releases wrote it
            del plain["dispute_days"]
        return plain

    @classmethod
    def of_json(cls, body: Mapping[str, Any]) -> DefaultRule:
        """The rule as a bundle tells it; raises TypeError for words that are no part of one."""
        return cls(**({"dispute_days": None} | dict(body)))


def cents_share(amounts: Cents, rate: Floats | float) -> Cents:
    """Whole cents of a share of each amount, half to even."""
    return np.asarray(np.rint(np.asarray(amounts) * rate), dtype=np.int64)
