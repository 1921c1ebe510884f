"""What of the policy decides a figure of an account: ages, terms that may be granted, insurers."""

from __future__ import annotations

from dataclasses import dataclass, field

from payrisk.credit.insurance.cover import Insurers
from payrisk.ledger.facts.rules import DISPUTE_DAYS
from payrisk.receivables.loss_given_default import LossMeasures
from payrisk.receivables.recourse import RECOURSE_DAYS


@dataclass(frozen=True)
class AccountSettings:
    """The policy's numbers that figures of an account hang on.

    dispute_days: age beyond which a dispute excuses nothing. recourse_days: days after its due day
    in which an invoice sold with recourse may come back. granted_days: the terms that a band, or
    shorter terms, may grant. default_delay_days, most_delay_days: as in the policy. losses: how
    own defaults are worked out.
    """

    dispute_days: int = DISPUTE_DAYS
    recourse_days: int = RECOURSE_DAYS
    granted_days: tuple[int, ...] = ()
    default_delay_days: int = 0
    most_delay_days: int = 180
    insurers: Insurers = field(default_factory=Insurers)
    losses: LossMeasures = field(default_factory=LossMeasures)

    def windows(self, terms_days: int, delay_days: int | None) -> tuple[int, ...]:
        """Days from an invoice to the morning its payment is known, by each term, fewest first.

        terms_days, delay_days: the customer's habit.
        """
        delay = self.default_delay_days if delay_days is None else delay_days
        more = min(delay, self.most_delay_days) + 1
        terms = {terms_days, *(min(terms_days, days) for days in self.granted_days)}
        return tuple(sorted(days + more for days in terms))


USUAL = AccountSettings()
"""Where no policy is at hand."""
